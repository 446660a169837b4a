"""How right the bot is on labelled cases. Returns figures, never prints."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from faqbot.bot import Bot
from faqbot.cases import Case
from faqbot.replies import Reply

OUTCOMES = ("right", "offered", "wrong", "abstained")
_BINS = 10


@dataclass(frozen=True)
class Judged:
    """A case, and what the visitor got; ``first`` is the best entry whether it was shown or not."""

    case: Case
    outcome: str
    shown: tuple[str, ...]
    first: str
    confidence: float


@dataclass(frozen=True)
class Report:
    """Every case with its outcome; figures are shares between 0 and 1."""

    judged: tuple[Judged, ...]

    def where(self, keep: Callable[[Case], bool]) -> "Report":
        """Return the report on some of the cases."""
        return Report(tuple(item for item in self.judged if keep(item.case)))

    def shares(self) -> dict[str, float]:
        """Return how many cases there are, and the share of each outcome."""
        counts = Counter(item.outcome for item in self.judged)
        total = len(self.judged)
        return {"cases": total} | {name: _share(counts[name], total) for name in OUTCOMES}

    def confusions(self, most: int = 15) -> list[tuple[str, str, int]]:
        """Return the pairs (expected, answered, times) of wrong answers, most frequent first."""
        wrong = [item for item in self.judged if item.outcome == "wrong"]
        pairs = Counter((item.case.expect[0] if item.case.expect else "-", item.shown[0]) for item in wrong)
        return [(expected, shown, times) for (expected, shown), times in pairs.most_common(most)]

    def auroc(self) -> float:
        """Return the chance that an in-scope question is held surer than an out-of-scope one (ties half)."""
        inside = [item.confidence for item in self.judged if item.case.expect]
        outside = [item.confidence for item in self.judged if not item.case.expect]
        return auroc(inside, outside)

    def calibration(self) -> tuple[float, list[tuple[float, float, int]]]:
        """Return the expected calibration error, and per bin (mean confidence, share right, cases).

        Guo et al. 2017, ten bins of equal width; right means that the best entry is a right one.
        """
        bins: list[list[Judged]] = [[] for _ in range(_BINS)]
        for item in self.judged:
            bins[min(int(item.confidence * _BINS), _BINS - 1)].append(item)
        rows = [
            (
                sum(item.confidence for item in own) / len(own),
                _share(sum(item.first in item.case.right for item in own), len(own)),
                len(own),
            )
            for own in bins
            if own
        ]
        return sum(abs(sure - right) * n for sure, right, n in rows) / max(len(self.judged), 1), rows

    def precision_coverage(self) -> list[tuple[float, float, float]]:
        """Return (threshold, coverage of in-scope questions, precision among all answered) for twenty thresholds."""
        inside = sum(bool(item.case.expect) for item in self.judged)
        rows = []
        for step in range(20):
            answered = [item for item in self.judged if item.confidence >= step / 20]
            right = sum(item.first in item.case.right for item in answered)
            covered = sum(bool(item.case.expect) for item in answered)
            rows.append((step / 20, _share(covered, inside), _share(right, len(answered))))
        return rows

    def as_json(self) -> dict[str, Any]:
        """Return all figures: in scope by voice, out of scope by kind, follow-ups, two-part questions."""
        simple = self.where(lambda case: case.simple)
        inside = simple.where(lambda case: bool(case.expect))
        outside = simple.where(lambda case: not case.expect)
        error, bins = simple.calibration()
        return {
            "in_scope": inside.shares(),
            "by_voice": {v: inside.where(lambda c, v=v: c.voice == v).shares() for v in _names(inside, "voice")},
            "out_of_scope": outside.shares(),
            "by_kind": {k: outside.where(lambda c, k=k: c.kind == k).shares() for k in _names(outside, "kind")},
            "follow_ups": self.where(lambda case: bool(case.history) and len(case.expect) == 1).shares(),
            "two_part": self.where(lambda case: len(case.expect) > 1).shares(),
            "top_1": _share(sum(item.first in item.case.right for item in inside.judged), len(inside.judged)),
            "auroc": round(simple.auroc(), 4),
            "calibration_error": round(error, 4),
            "calibration": bins,
            "precision_coverage": simple.precision_coverage(),
            "confusions": simple.confusions(),
        }


def evaluate(bot: Bot, cases: Iterable[Case]) -> Report:
    """Ask the bot every case and judge the replies."""
    return Report(tuple(judge(case, bot.reply(case.text, history=case.history)) for case in cases))


def judge(case: Case, reply: Reply) -> Judged:
    """Return what the visitor got for a case.

    A right answer shows every part of what was expected; offered means that a suggestion (or a part) does.
    Out of scope, right means that nothing was answered and nothing offered, abstained is the same.
    """
    answered = tuple(answer.id for answer in reply.answers)
    offered = tuple(suggestion.id for suggestion in reply.suggestions)
    best = [explanation for explanation in reply.explain if explanation.matches]
    first = best[0].matches[0].id if best else ""
    confidence = max((explanation.confidence for explanation in reply.explain), default=0.0)
    return Judged(case, _outcome(case, answered, offered), answered or offered, first, confidence)


def _outcome(case: Case, answered: Sequence[str], offered: Sequence[str]) -> str:
    if answered:
        return "right" if case.expect and _covers(case, answered) else "wrong"
    if offered:
        return "offered" if not case.expect or set(offered) & case.right else "abstained"
    return "abstained"


def _covers(case: Case, answered: Sequence[str]) -> bool:
    """Return whether everything expected is answered, and nothing else."""
    if len(case.expect) == 1:
        return set(answered) <= case.right
    return set(case.expect) <= set(answered) <= case.right


def auroc(high: Sequence[float], low: Sequence[float]) -> float:
    """Return the chance that one of ``high`` is above one of ``low``, ties counting half (Mann-Whitney)."""
    if not high or not low:
        return math.nan
    above = sum((a > b) + 0.5 * (a == b) for a in high for b in low)
    return above / (len(high) * len(low))


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 0.0


def _names(report: Report, field: str) -> list[str]:
    return sorted({getattr(item.case, field) for item in report.judged})
