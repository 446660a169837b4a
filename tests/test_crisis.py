"""Is danger noticed: every example of every rule, disguises, variants, time, failure, and the learned part."""

import dataclasses
import io
import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from faqbot import crisis
from faqbot.crisis import CrisisDetector
from faqbot.danger.bench import adversarial, growth
from faqbot.danger.evaluation import CrisisCase, Rate, evaluate_crisis, load_crisis_cases
from faqbot.danger.features import load_concepts, told
from faqbot.danger.messages import Message, side_by_side
from faqbot.danger.model import TABLES, Score, leaned, read_model
from faqbot.danger.reading import Reader
from faqbot.danger.report import crisis_page, crisis_table
from faqbot.danger.rules import TIERS, pattern_problems
from faqbot.danger.runs import Runs, apart, number, runs
from faqbot.danger.slips import Spelling, learn_words
from faqbot.files import shipped

FOLDER = shipped("data") / "crisis"
DEV = load_crisis_cases(shipped("data") / "cases" / "crisis" / "dev.jsonl")
CASES = [*DEV, *load_crisis_cases(shipped("data") / "cases" / "crisis" / "heldout.jsonl")]
READER = Reader.load(FOLDER)
ROWS = READER.rules.rows
RULES = [(row.id, text) for row in ROWS if not row.reach for text in row.says]
NEVER = [(row.id, text) for row in ROWS if not row.reach for text in row.never]
FRAMES = [(row.id, text) for row in ROWS if row.reach for text in row.says]
UNFRAMED = [(row.id, text) for row in ROWS if row.reach for text in row.never]
TIER = {row.id: row.tier for row in ROWS}


@pytest.fixture(scope="module")
def detector() -> CrisisDetector:
    return CrisisDetector.load()


def fired(text):
    """Return the ids of the rows that the words of a text call up and that match it."""
    folded = READER.read(text).folded
    called = [row for row in ROWS if set(row.words) & set(folded.tokens) and not (row.unless and row.unless.found(folded.text))]
    return {row.id for row in called if row.pattern.found(folded.text) and not (row.with_ and not row.with_.found(folded.text))}


@pytest.mark.parametrize(("rule", "text"), RULES)
def test_rule_says(rule, text):
    assert rule in fired(text) and READER.read(text).tier == TIER[rule]


@pytest.mark.parametrize(("rule", "text"), NEVER)
def test_rule_never(rule, text):
    assert (rule, TIER[rule]) not in {(hit.rule.id, tier) for hit, tier in READER.read(text).hits.items()}


@pytest.mark.parametrize(("frame", "text"), FRAMES)
def test_frame_lowers(frame, text):
    assert frame in fired(text) and READER.read(text).tier != "emergency"


@pytest.mark.parametrize(("frame", "text"), UNFRAMED)
def test_frame_leaves_alone(frame, text):
    assert READER.read(text).tier != "none"


def test_tables_are_whole():
    assert list(pattern_problems(FOLDER)) == []


@pytest.mark.parametrize(
    "text",
    ["I want to k1ll mys3lf", "k i l l myself", "i want to d.i.e", "thinking about s\u200buicide", "i want to k\u0456ll myself",
     "I WANT TO DIE", "i want to 𝗱𝗶𝗲", "i want to diiiie", "wanttodie right now", "i’m going to kill my self", "i want to dei"],
)  # fmt: skip
def test_disguises(detector, text):
    assert detector.detect(text).tier == "emergency"


@pytest.mark.parametrize("text", ["the dice game", "which skill groups do you have", "a cute charm", "I cut class to call you", "my phone died"])
def test_no_over_correction(detector, text):
    assert detector.detect(text) is None


def test_teaching_examples(detector):
    report = evaluate_crisis(DEV, detector)
    assert report.whole["emergency_noticed"].value >= 0.97
    assert report.whole["ordinary_takeover"].hits == 0


def test_signal_explains_itself(detector):
    text = "hello, I really want to die tonight"
    signal = detector.detect(text)
    (start, end) = signal.spans[0]
    assert signal.rules and signal.categories == ("suicide",) and "want to die" in text[start:end]


@pytest.mark.parametrize(
    ("text", "category", "audience"),
    [("my wife took the whole bottle just now", "overdose", "other"), ("I want to kill myself", "suicide", "self"),
     ("stopped drinking two days ago, shaking and seeing bugs", "medical", "self"), ("he's outside and he'll kill me", "abuse", "self"),
     ("I'm going to hurt him", "violence", "self"), ("i cut myself again tonight", "self-harm", "self"),
     ("my son wants to die", "suicide", "other"), ("mi hijo dice que se quiere morir", "suicide", "other")],
)  # fmt: skip
def test_category_and_audience(detector, text, category, audience):
    signal = detector.detect(text)
    assert (signal.categories[0], signal.audience) == (category, audience)


def variants(text, chance):
    """Yield twenty machine-made ways to send the same message."""
    words = text.split()
    long = [i for i, word in enumerate(words) if len(word) >= 6 and word.isalpha()] or None
    for _ in range(4):
        if long:
            i = chance.choice(long)
            at = chance.randrange(1, len(words[i]) - 2)
            word = words[i]
            slip = chance.choice([word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:], word[:at] + word[at + 1] + word[at] + word[at + 2 :]])
            yield " ".join([*words[:i], slip, *words[i + 1 :]])
    yield text.upper()
    yield text.lower()
    yield text.title()
    yield text.replace(" ", "  ")
    yield text.replace("'", "’")
    yield text.replace("'", "")
    yield text.rstrip(".?!") + "..."
    yield text.rstrip(".?!") + "!!!"
    yield f"hey {text}"
    yield f"hi, {text}"
    yield f"{text}. do you take aetna"
    yield f"{text} 😭"
    yield f"  {text}\n"
    yield text.replace("o", "о").replace("e", "е")
    yield text.replace("i", "\u200bi")
    yield text + " please"


def test_long_messages_are_made_by_one_author_and_hold_one_danger_at_most():
    says = {"none": "asks about", "emergency": "dies of"}
    short = [Message(f"{source} {said} {i}", tier, "", "", source) for source in ("ann", "bo") for tier, said in says.items() for i in range(60)]
    made = side_by_side(short)
    ordinary, dangers = ([message for message in made if message.tier == tier] for tier in says)
    assert all(message.joined and {"ann", "bo"} & set(message.text.split()) == {message.source} for message in made)
    assert all(26 <= len(message.text.split()) <= 60 and "dies" not in message.text for message in ordinary) and ordinary
    assert all(message.text.count("dies of") == 1 for message in dangers)
    before = {message.text.partition("dies of")[0].count("asks") for message in dangers}
    after = {message.text.partition("dies of")[2].count("asks") for message in dangers}
    assert before == {0, 1, 2} and after == {0, 1, 2, 3, 4}


def grave(detector, text):
    """Return how grave a text is taken: 0 ordinary, 1 concern, 2 emergency."""
    signal = detector.detect(text)
    return TIERS.index(signal.tier if signal else "none")


def test_variants_of_emergencies_keep_their_tier(detector):
    chance = random.Random(1)
    noticed = [(case.text, tier) for case in CASES if case.tier == "emergency" and (tier := grave(detector, case.text))]
    tries = [(other, tier) for text, tier in noticed for other in variants(text, chance)]
    lost = [other for other, tier in tries if grave(detector, other) < tier]
    assert len(noticed) > 500 and len(lost) <= len(tries) / 100, lost


def test_variants_of_ordinary_messages_raise_no_takeover(detector):
    chance = random.Random(2)
    harmless = [case.text for case in CASES if case.tier == "none" and grave(detector, case.text) < 2]
    tries = [other for text in harmless for other in variants(text, chance)]
    raised = [other for other in tries if grave(detector, other) == 2]
    assert len(harmless) > 600 and not raised, raised


def test_the_last_line_of_a_long_story_counts(detector):
    story = "my dog likes long walks and we talk about the weather. " * 70
    assert detector.detect(story) is None or detector.detect(story).tier == "concern"
    assert detector.detect(story + "I am going to kill myself.").tier == "emergency"


def test_time_grows_with_length_only(detector):
    assert max(growth(detector, text) for text in adversarial(3, 12)) < 6


def test_works_by_rules_alone_if_nothing_can_be_learned(monkeypatch, caplog):
    def fail(_folder):
        raise OSError("no room")

    monkeypatch.setattr(crisis, "weights_file", fail)
    assert CrisisDetector.load().detect("I want to die").tier == "emergency"
    assert "rules alone" in caplog.text


def test_learning_is_the_same_to_the_byte(tmp_path, monkeypatch):
    monkeypatch.setenv("FAQBOT_CACHE", str(tmp_path))
    data = tmp_path / "data" / "crisis"
    data.mkdir(parents=True)
    for path in FOLDER.iterdir():
        if path.name != "messages":
            (data / path.name).symlink_to(path)
    (data / "messages").mkdir()
    for name in ("phones", "others"):
        lines = (FOLDER / "messages" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[::6]
        (data / "messages" / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    learned = crisis.train(data.parent)
    first = learned.read_bytes()
    assert crisis.train(data.parent).read_bytes() == first
    model = read_model(learned, load_concepts(FOLDER))
    assert model.score("i want to die tonight".split(), ()).emergency > model.score("do you take my insurance".split(), ()).emergency


def test_unknown_words_are_taken_for_frequent_ones_one_slip_away():
    spelling = Spelling(["bottle", "tonight", "bottled", "tonights"], 3)
    typed = "tonigth tongiht tonnight toight tonights botle bottlee onight tonightzz bott 10th".split()
    assert spelling.repair(typed) == "tonight tonight tonight tonight tonights bottle bottle onight tonightzz bott 10th".split()


def test_signs_in_unknown_words_are_taken_for_letters():
    assert Spelling(["bottle", "cash", "little"], 3).repair(["b0ttle", "ca$h", "1itt1e", "b0t1"]) == ["bottle", "cash", "little", "b0t1"]


def test_unknown_words_are_taken_for_frequent_ones_that_sound_like_them():
    spelling = Spelling(["suicidal", "anxiety", "quitar", "pharmacy", "depressed", "thoughts", "bottle", "needle"], 7)
    typed = "suisidel anksiety kitar farmasy dipressed thots batl needel".split()
    assert spelling.repair(typed) == "suicidal anxiety quitar pharmacy depressed thots batl needel".split()


def test_words_run_together_are_taken_apart():
    words = "i my to do the is pay bill where want help with front door parking".split()
    spelling = Spelling(words, len(words))
    assert spelling.repair(["whereisthefrontdoor"]) == "where is the front door".split()
    assert spelling.repair(["ineedhelp", "wherezisthe", "mytodoisthe"]) == ["ineedhelp", "wherezisthe", "mytodoisthe"]


@pytest.mark.parametrize(
    ("typed", "folded"),
    [("w a n t  t o  e n d  i t", "want to end it"), ("p a r k i n g ?", "parking"), ("do u r a b", "do you are a b")],
)  # fmt: skip
def test_letters_typed_apart_are_words(typed, folded):
    assert READER.folder.fold(typed).text.strip(" ?") == folded


def test_known_words_stand_in_several_messages():
    messages = [["pills", "pills", "tonight"]] * 3 + [["pills"]] * 12 + [["once"], ["once"]]
    assert learn_words(messages) == (["pills", "tonight"], 1)


def empty_model(bias=1.0, danger=0.0):
    arrays = {f"{table}.keys": np.zeros(0, np.uint8) for table in TABLES} | {f"{table}.weights": np.zeros((0, 9)) for table in TABLES}
    arrays |= number([], np.zeros((0, 9))) | {"spelling.words": np.zeros(0, np.uint8), "spelling.often": np.array(0)}
    file = io.BytesIO()
    np.savez(file, bias=np.array([danger, bias, *range(2, 9)]), thresholds=np.array([0.5, 2.0, -1.0, -3.0]), doubts=np.zeros((0, 2)), **arrays)
    file.seek(0)
    return read_model(file, load_concepts(FOLDER))


@pytest.mark.parametrize(
    ("any_", "emergency", "rules", "tier"),
    [(-5, -5, "none", "none"), (0.5, 0, "none", "concern"), (-5, 2, "none", "emergency"), (-5, -5, "concern", "concern"), (-5, 2, "concern", "emergency")],
)  # fmt: skip
def test_what_was_learned_raises_a_tier_and_silences_no_plain_word(any_, emergency, rules, tier):
    for words in ([], ["word"] * 8):
        assert empty_model().tier(Score(any_, emergency, ()), [(rules, words)], []) == tier


@pytest.mark.parametrize(
    ("bias", "words", "tier"), [(-1.0, ["word"] * 9, "emergency"), (-1.1, ["word"] * 9, "concern"), (-1.1, ["word"] * 8, "emergency")]
)
def test_a_doubted_emergency_becomes_a_concern(bias, words, tier):
    model = empty_model(bias)
    score, claim = model.score(words, []), ("emergency", words)
    assert model.tier(score, [claim], []) == tier
    assert model.tier(score, [claim, ("emergency", ["i", "will"])], []) == "emergency"
    polite = ["hi", ",", *words[1:], "please"]
    assert model.tier(score, [("emergency", polite)], []) == ("emergency" if len(words) == 9 else tier)


@pytest.mark.parametrize("claimed", ["concern", "emergency"])
def test_what_rules_see_is_denied_where_sentence_and_message_both_speak_against_it(claimed):
    words = ["word"] * 9
    sure, unsure = empty_model(-5.0, -5.0), empty_model(-5.0, -2.0)
    assert sure.tier(sure.score(words, []), [(claimed, words)], []) == "none"
    assert sure.tier(sure.score(words, []), [(claimed, words), ("concern", words[1:])], []) == "concern"
    assert sure.tier(Score(-2.0, -5.0, ()), [(claimed, words)], []) == "concern"
    assert sure.tier(Score(-5.0, -5.0, ()), [(claimed, ["word"] * 61)], []) == "concern"
    assert unsure.tier(Score(-5.0, -5.0, ()), [(claimed, words)], []) == "concern"


@pytest.mark.parametrize(
    ("said", "rest"),
    [("hi , hey i see", "i see"), ("i say hi", "i say hi"), ("hola", ""), ("", ""), ("please i see emocry", "i see"), ("emocry", ""), ("i see . so .", "i see . so"), ("see ?", "see ?"), (". ,", "")],
)
def test_greetings_courtesy_tears_and_the_last_stop_do_not_count(said, rest):
    assert told(said.split()) == rest.split()


@pytest.mark.parametrize("said", ["I want to", "hi, im going to...", "voy a"])
def test_what_is_only_begun_tells_nothing(detector, said):
    assert detector.detect(said) is None


@pytest.mark.parametrize("said", ["want to die", "gonna overdose", "kill myself i want to"])
def test_what_is_told_in_few_words_counts(detector, said):
    assert detector.detect(said).tier == "emergency"


@pytest.mark.parametrize("said", ["voices tell me to", "i swallowed a", "im about to"])
def test_what_breaks_off_after_telling_enough_counts(detector, said):
    assert detector.detect(said)


def test_weights_may_hold_nothing_of_a_kind():
    model = empty_model()
    score = model.score(["hello", "there"], [])
    assert (score.any, score.emergency) == (leaned(0.0, 1.0), 1.0)
    assert list(model.kinds(score, []).values()) == [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]


def test_a_question_beside_a_cry_for_help_does_not_drown_it(detector):
    cries = [case.text.rstrip(".?!") for case in DEV if case.tier == "emergency" and (s := detector.detect(case.text)) and s.tier == "emergency"]
    asked = [f"{cry}. do you take aetna, and what would a month in the evening program cost me" for cry in cries]
    kept = [bool(s := detector.detect(text)) and s.tier == "emergency" for text in asked]
    assert sum(kept) / len(kept) >= 0.92, [text for text, ok in zip(asked, kept, strict=True) if not ok]


def test_importable_without_heavy_modules():
    code = "import sys, faqbot.crisis; print([m for m in ('sklearn', 'pydantic') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_messages_are_well_formed():
    for path in sorted((FOLDER / "messages").glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert all(row["tier"] in ("emergency", "concern", "none") and row["text"].strip() for row in rows), path.name
        assert all(row["category"] for row in rows if row["tier"] != "none"), path.name


def test_an_emergency_among_questions_is_noticed(detector):
    cases = load_crisis_cases(shipped("data") / "cases" / "crisis" / "calibration.jsonl")
    cries = [case.text.rstrip(".?!") for case in cases if case.tier == "emergency" and len(case.text.split()) < 25]
    asked = [f"how much is a week without insurance? is there parking for visitors? {cry}. my son is in school until three." for cry in cries]
    missed = [text for text in asked if not detector.detect(text)]
    assert len(asked) > 300 and len(missed) <= len(asked) * 0.08, missed


class _Fixed:
    """A detector that gives each text the tier it names."""

    def detect(self, text):
        return None if text == "none" else crisis.Signal(text, ("suicide",), "self", (), ())

    def card(self, signal):
        return signal.categories[0]

    def score(self, text):
        return float(len(text))


class _Unsure(_Fixed):
    """A detector that leaves neither body nor suicide out."""

    def card(self, signal):
        return crisis.BOTH


def test_help_with_both_is_no_mix_up():
    rates = evaluate_crisis([CrisisCase("emergency", "emergency", "overdose", "self")], _Unsure()).whole
    assert rates["body_and_suicide_mixed_up"].hits == 0 and rates["card_for_both"].hits == 1 and rates["category_right"].hits == 0


def test_report_counts():
    cases = [CrisisCase("emergency", "emergency", "suicide", "self"), CrisisCase("none", "emergency", "suicide", "self"),
             CrisisCase("concern", "concern", "overdose", "self"), CrisisCase("concern", "none"), CrisisCase("none", "none")]  # fmt: skip
    report = evaluate_crisis(cases, _Fixed(), {"list": ["none", "emergency"]})
    whole = {name: (rate.hits, rate.of) for name, rate in report.whole.items()}
    assert whole["emergency_noticed"] == (1, 2) and whole["ordinary_alarm"] == (1, 2)
    assert whole["category_right"] == (1, 2) and whole["body_and_suicide_mixed_up"] == (1, 2)
    assert report.ordinary["list"]["takeover"].value == 0.5
    assert json.dumps(report.as_json()) and "NOT HELD" in crisis_table(report) and "<svg" in crisis_page(report)


def test_wilson_interval():
    low, high = Rate(98, 100).interval
    assert (round(low, 3), round(high, 3)) == (0.930, 0.994)
    assert dataclasses.astuple(Rate(0, 0)) == (0, 0) and Rate(0, 0).interval == (0.0, 1.0)


def test_cases_file_lists_only_known_fields():
    assert all(case.tier in ("emergency", "concern", "none") for case in DEV) and Path(FOLDER).is_dir()


def test_runs_weigh_what_their_names_weigh():
    chance = random.Random(5)
    # Enough of them for buckets that hold several keys.
    words = [f"w{chance.randrange(40)}" for _ in range(600)]
    names = sorted({*runs(words[:500]), *apart(words[:500])})
    weights = {name: np.array([chance.random() for _ in range(9)], np.float32) for name in names}
    table = Runs(number(names, np.array([*weights.values()])))
    for start, end in ((0, 600), (0, 0), (17, 58), (599, 600)):
        piece = words[start:end]
        known = [weights[name] for name in (*runs(piece), *apart(piece)) if name in weights]
        expected = sum(known, np.zeros(9))
        found = table.find(words).within(start, end)
        assert (found.real, found.imag) == pytest.approx(tuple(expected[:2]), rel=1e-3)
        assert table.kinds(table.find(piece)) == pytest.approx(expected[2:], rel=1e-3)
    assert table.find(["never", "heard"]).within(0, 2) == 0


def test_pairs_of_kinds_are_summed_as_learned(detector):
    model = detector._model
    words = "my brother has not picked up his phone since last night and he took all of his pills".split()
    among = model._pairs.among(model._concepts.all(words))
    assert among == pytest.approx(model._pairs.total(model._concepts.pairs(words))) and among != 0
