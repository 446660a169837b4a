"""How words become comparable."""

import pytest

from faqbot.text import Languages, Speller, Terms, fold, stem, words


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("HOW Much", "how much"),
        ("ﬁrst vísit", "first visit"),
        ("zero\u200bwidth", "zerowidth"),
        ("don’t", "don't"),
        ("lone \ud800 surrogate", "lone  surrogate"),
    ],
)
def test_fold_hides_what_looks_alike(written: str, folded: str) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize("written", ["don't", "dont", "don’t", "DON'T", "donʼt"])
def test_an_apostrophe_makes_no_difference(written: str) -> None:
    assert words(written) == ["dont"]


def test_words_drop_punctuation_and_drawn_out_letters() -> None:
    assert words("Heyyyy!!! how much -- is it???") == ["heyy", "how", "much", "is", "it"]


def test_plurals_share_a_stem() -> None:
    assert stem("sessions") == stem("session")


def test_the_longest_term_is_replaced_first() -> None:
    synonyms = {("intensive", "outpatient", "program"): "iop", ("outpatient",): "op"}
    assert Terms(synonyms).replace("an intensive outpatient program or outpatient".split()) == ["an", "iop", "or", "op"]


def test_no_synonyms_change_nothing() -> None:
    assert Terms({}).replace(["a", "b"]) == ["a", "b"]


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller.fit([["insurance", "covers", "skill", "iop"]] * 3, {"cover": 0, "kill": 1})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("insurence", "insurance"), ("insuranse", "insurance"), ("isnurance", "insurance"), ("kill", "kill"), ("xyzzyq", "xyzzyq"), ("ins", "ins"),
     ("iopp", "iop"), ("oipp", "oipp"), ("uiop", "uiop"), ("ksill", "skill")],
)  # fmt: skip
def test_only_unknown_words_near_the_lexicon_are_repaired(speller: Speller, typed: str, meant: str) -> None:
    assert speller.repair(typed) == meant


@pytest.mark.parametrize(
    ("text", "lang"),
    [("how much does it cost", "en"), ("cuanto cuesta el programa", "es"), ("aetna", None), ("", None)],
)
def test_languages_are_told_apart_by_frequent_words(text: str, lang: str | None) -> None:
    known = Languages({"en": frozenset("how does it me".split()), "es": frozenset("cuanto el me cuesta".split())})
    assert known.guess(text) == lang
