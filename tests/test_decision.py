"""When a ranking is good enough."""

import pytest

from faqbot.decision import Decision, Labelled, learn, learn_blend
from faqbot.matcher import Match, Ranking


def _ranking(*scores: float, background: float = -1.0, unknown: float = 0.0) -> Ranking:
    matches = tuple(Match(f"entry-{i}", score) for i, score in enumerate(scores))
    return Ranking(matches, background, unknown, 5)


PLAIN = Decision((1, 0, 0, 0, 0, 0), (1, 0, 0, 0, 0, 1), 0.7, 0.4)


@pytest.mark.parametrize(("score", "outcome"), [(0.9, "answer"), (0.5, "suggest"), (0.05, "abstain")])
def test_two_thresholds_part_three_outcomes(score: float, outcome: str) -> None:
    assert PLAIN.decide(_ranking(score, 0.01)).outcome == outcome


def test_nothing_ranked_means_silence() -> None:
    assert PLAIN.decide(_ranking()).outcome == "abstain"


def test_noise_below_the_last_digit_changes_nothing() -> None:
    verdicts = {PLAIN.decide(_ranking(0.7 + noise, 0.2)).outcome for noise in (-1e-9, 0, 1e-9)}
    assert len(verdicts) == 1


@pytest.fixture(scope="module")
def cases() -> list[Labelled]:
    """Sure questions are right, far ones have a high background, and some are in between."""
    right, none = frozenset({"entry-0"}), frozenset[str]()
    sure = [Labelled(_ranking(0.9 + i / 1000, 0.1), right) for i in range(60)]
    second = [Labelled(_ranking(0.5, 0.45 + i / 1000), frozenset({"entry-1"})) for i in range(20)]
    far = [Labelled(_ranking(0.5 + i / 200, 0.1, background=1.0, unknown=0.5), none) for i in range(60)]
    return [case for trio in zip(sure, far, second * 3, strict=True) for case in trio]


def test_learning_parts_questions_with_and_without_an_answer(cases: list[Labelled]) -> None:
    decision = learn(cases)
    assert decision.decide(_ranking(0.95, 0.1)).outcome == "answer"
    assert decision.decide(_ranking(0.5, 0.46)).outcome == "suggest"
    assert decision.decide(_ranking(0.6, 0.1, background=1.0, unknown=0.5)).outcome == "abstain"


def test_learning_twice_gives_the_same(cases: list[Labelled]) -> None:
    assert learn(cases) == learn(cases)


def test_follow_ups_count_on_both_rankings(cases: list[Labelled]) -> None:
    blend = learn_blend([([case.ranking, case.ranking], case.right) for case in cases])
    assert blend.merge([_ranking(0.4, 0.5), _ranking(0.9, 0.1)]).matches[0].id == "entry-0"


def test_a_single_view_stays_as_it_is(cases: list[Labelled]) -> None:
    blend = learn_blend([([case.ranking], case.right) for case in cases])
    assert blend.merge([cases[0].ranking]) is cases[0].ranking
    assert blend.decision == learn(cases)
