"""How long danger detection takes: ordinary messages, the longest message, and adversarial ones."""

import random
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from faqbot.crisis import CrisisDetector

LONG = 4_000
MEDIAN_BUDGET_US = 100.0
LONG_BUDGET_MS = 5.0
GROWTH_BUDGET = 3.0
"""Twice the text may take up to three times as long: linear, with room for noise."""
_REPEATS = 7
"""The least of so many times counts: a machine may pause."""
_WORDS = (
    "i want to die not never do kill myself the pills my gun he will and wish was if no reason live end it all "
    "tonight a e k i l l . , ? ! lol 3 0 $ * ' overdose took too many of you treat help son"
).split(" ")
_STORY = "my dog likes long walks in the park and we talk about the weather and the garden. "


@dataclass(frozen=True)
class CrisisBench:
    """Times of detection; budgets are held or not."""

    median_us: float
    p99_us: float
    long_ms: float
    worst_growth: float
    """The time for a text twice as long, divided by the time for the text, at worst over adversarial strings."""

    def as_json(self) -> dict[str, Any]:
        """Return the figures and whether the budgets are held."""
        return {**asdict(self), "held": self.held}

    @property
    def held(self) -> bool:
        """Are all budgets held?"""
        return self.median_us <= MEDIAN_BUDGET_US and self.long_ms <= LONG_BUDGET_MS and self.worst_growth <= GROWTH_BUDGET


def bench_crisis(messages: Sequence[str], detector: CrisisDetector, seed: int = 0) -> CrisisBench:
    """Return the times of a detector over ordinary messages, a long story, and random adversarial strings."""
    for message in messages:
        detector.detect(message)
    times = sorted(_seconds(detector.detect, message) for message in messages)
    story = (_STORY * (LONG // len(_STORY) + 1))[: LONG - 30] + " i want to kill myself tonight"
    return CrisisBench(
        median_us=statistics.median(times) * 1e6,
        p99_us=times[int(len(times) * 0.99)] * 1e6,
        long_ms=min(_seconds(detector.detect, text) for text in (story,) * _REPEATS) * 1e3,
        worst_growth=max(growth(detector, text) for text in adversarial(seed)),
    )


def adversarial(seed: int, count: int = 40) -> Iterable[str]:
    """Yield strings of risk words, separators and repeats that invite backtracking."""
    chance = random.Random(seed)
    for _ in range(count):
        few = chance.sample(_WORDS, chance.randint(1, 5))
        between = chance.choice([" ", " ", " ", "", ".", "-", "  "])
        yield (between.join(chance.choice(few) for _ in range(LONG)))[:LONG]


def growth(detector: CrisisDetector, text: str) -> float:
    """Return by how much the time grows when a text is doubled."""
    half = min(_seconds(detector.detect, text[: len(text) // 2]) for _ in range(_REPEATS))
    whole = min(_seconds(detector.detect, text) for _ in range(_REPEATS))
    return whole / max(half, 1e-4)


def _seconds(call: Callable[[str], object], text: str) -> float:
    start = time.perf_counter()
    call(text)
    return time.perf_counter() - start
