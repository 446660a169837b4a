"""The reply does not hang on how a message is typed, nor on noise in the numbers behind it."""

import numpy as np
import pytest

from faqbot.bot import Bot
from faqbot.cases import Case, read_cases
from faqbot.files import shipped
from faqbot.matcher import Matcher
from faqbot.robustness import CHANGES, right_with_slips, slips, unchanged

FOLDER = shipped("data") / "cases"


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """Every tenth case of both sets, of all kinds."""
    return [case for name in ("heldout", "calibration") for case in read_cases(FOLDER / f"{name}-en.jsonl")[::10]]


@pytest.mark.parametrize("change", CHANGES)
def test_typed_otherwise_the_reply_is_the_same(bot: Bot, cases: list[Case], change: str) -> None:
    assert unchanged(bot, cases, {change: CHANGES[change]})[change] >= 0.99


def test_two_slips_cost_little(bot: Bot, cases: list[Case]) -> None:
    right, slipped = right_with_slips(bot, cases)
    assert right - slipped <= 0.05
    assert right > 0.8


def test_slips_are_slips() -> None:
    text = "how much does treatment cost"
    assert slips(text, 2) == slips(text, 2) != text
    assert slips("a b c", 2) == "a b c"


def test_near_ties_fall_the_same_way_whatever_the_noise() -> None:
    entries = [("zebra", ["stripes on a horse", "the same words"]), ("apple", ["fruit on a tree", "the same words"])]
    matcher = Matcher().fit(entries, ["nothing of the kind", "something else"])
    order = [match.id for match in matcher.rank("the same words")]
    assert order[0] == "apple"
    weights = matcher.weights_.copy()
    for noise in (1e-9, -1e-9):
        matcher.weights_ = weights + np.full(len(weights), noise)
        assert [match.id for match in matcher.rank("the same words")] == order
