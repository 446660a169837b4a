"""Ranking entries of any domain."""

import numpy as np
import pytest

from faqbot.features import WordVectors
from faqbot.matcher import Matcher

COFFEE = [
    ("grind", ["how fine should i grind", "which grind size for espresso", "coarse or fine grounds", "grinder setting for filter", "what grind do i need", "grind finer or coarser"]),
    ("water", ["how hot should the water be", "water temperature for brewing", "boiling water burns coffee", "is tap water fine", "what temperature do i brew at", "hard water and taste"]),
    ("store", ["how do i keep beans fresh", "store coffee in the freezer", "how long do beans last", "airtight jar for beans", "do beans go stale", "keeping coffee for weeks"]),
    ("milk", ["how to steam milk", "which milk makes good foam", "oat milk for latte", "milk froth is too thin", "foam for cappuccino", "steaming without bubbles"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(WordVectors.none()).fit(COFFEE)


def test_every_stored_phrasing_comes_back_first(matcher: Matcher) -> None:
    asked = [(id_, phrasing) for id_, phrasings in COFFEE for phrasing in phrasings]
    ranks = matcher.rank_many([phrasing for _, phrasing in asked], k=1)
    assert [rank[0].id for rank in ranks] == [id_ for id_, _ in asked]


@pytest.mark.parametrize(
    ("question", "id_"),
    [("what temp for the watter", "water"), ("frothing oat milk", "milk"), ("do my beens get stale", "store"), ("grnder settings", "grind")],
)
def test_unseen_wording_finds_its_entry(matcher: Matcher, question: str, id_: str) -> None:
    assert matcher.rank(question)[0].id == id_


def test_scores_are_probabilities_in_order(matcher: Matcher) -> None:
    scores = [match.score for match in matcher.rank("which milk foams", k=4)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


@pytest.mark.parametrize("question", ["", "???", "\ud800", "\x00", "日本語", "zzzz qqqq", "a" * 5000])
def test_any_string_can_be_ranked(matcher: Matcher, question: str) -> None:
    assert len(matcher.rank(question, k=3)) == 3


@pytest.mark.parametrize("change", [str.upper, lambda t: f"{t}!!!", lambda t: t.replace(" ", "  "), lambda t: f"  {t}\n"])
def test_case_punctuation_and_spaces_change_nothing(matcher: Matcher, change) -> None:  # type: ignore[no-untyped-def]
    question = "how hot should my water be"
    assert matcher.rank(change(question)) == matcher.rank(question)


def test_equal_entries_come_in_order_of_id() -> None:
    twins = [("b", ["alpha beta", "gamma"]), ("a", ["alpha beta", "gamma"]), ("c", ["delta", "epsilon zeta"])]
    assert [match.id for match in Matcher(WordVectors.none()).fit(twins).rank("alpha beta")][:2] == ["a", "b"]


def test_a_masked_entry_is_never_ranked(matcher: Matcher) -> None:
    ranking = matcher.ranking("steam milk", matcher.mask({"grind", "water"}))
    assert {match.id for match in ranking.matches} == {"grind", "water"}


def test_fitting_twice_gives_the_same_scores(matcher: Matcher) -> None:
    again = Matcher(WordVectors.none()).fit(COFFEE)
    questions = ["hot water", "beans in a jar", "latte", "nothing of the kind"]
    assert again.rank_many(questions) == matcher.rank_many(questions)


def test_background_lines_raise_the_background() -> None:
    lines = ["who won the match", "weather tomorrow", "tell me a joke", "football score", "will it rain", "sing a song"]
    matcher = Matcher(WordVectors.none()).fit(COFFEE, lines)
    assert matcher.ranking("will it rain tomorrow").background > matcher.ranking("is my water too hot").background


def test_synonyms_and_filler_are_data() -> None:
    plain = Matcher(WordVectors.none()).fit(COFFEE)
    taught = Matcher(WordVectors.none(), {("java",): "beans"}, ["please"]).fit(COFFEE)
    assert taught.rank("please keep java fresh")[0].score > plain.rank("please keep java fresh")[0].score


@pytest.mark.parametrize("entries", [[("only", ["one phrasing"])], [("a", ["x y"]), ("b", ["z w"])]])
def test_tiny_corpora_work(entries) -> None:  # type: ignore[no-untyped-def]
    assert Matcher(WordVectors.none()).fit(entries).rank(entries[0][1][0])[0].id == entries[0][0]


def test_nothing_to_learn_from_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one entry"):
        Matcher(WordVectors.none()).fit([("empty", [])])


def test_large_corpora_rank_by_centroids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faqbot.linear.SVC_LIMIT", 10)
    monkeypatch.setattr("faqbot.linear._MANY_ROWS", 10)
    matcher = Matcher(WordVectors.none()).fit(COFFEE)
    assert [matcher.rank(phrasings[0])[0].id for _, phrasings in COFFEE] == [id_ for id_, _ in COFFEE]
    assert np.isfinite(matcher.rank("anything")[0].score)


def test_rows_and_postings_agree(monkeypatch: pytest.MonkeyPatch, matcher: Matcher) -> None:
    monkeypatch.setattr("faqbot.linear._MANY_ROWS", 0)
    by_row = Matcher(WordVectors.none()).fit(COFFEE)
    questions = ["hot water", "beans in a jar", "latte", "quite unknown"]
    assert by_row.rank_many(questions) == matcher.rank_many(questions)
