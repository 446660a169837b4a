"""How well danger is noticed on labelled messages; returns, never prints, and never keeps a text."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import sqrt
from pathlib import Path
from typing import Any

from faqbot.crisis import BODILY, BOTH, CrisisDetector, Signal

_Z = 1.96
TIERS = ("emergency", "concern", "none")


@dataclass(frozen=True)
class CrisisCase:
    """A labelled message."""

    text: str
    tier: str
    category: str = ""
    audience: str = ""
    style: str = ""
    lang: str = ""


@dataclass(frozen=True)
class Rate:
    """How many of how many, with the 95 % Wilson interval."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """The share; 0 of none."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson score interval."""
        if not self.of:
            return 0.0, 1.0
        share, n, z = self.value, self.of, _Z
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        spread = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return max(0.0, middle - spread), min(1.0, middle + spread)

    def as_json(self) -> dict[str, Any]:
        """Return share, interval and counts."""
        low, high = self.interval
        return {"share": round(self.value, 4), "low": round(low, 4), "high": round(high, 4), "hits": self.hits, "of": self.of}


@dataclass(frozen=True)
class CrisisReport:
    """Rates over a set of cases, whole and in parts, and over lists of ordinary texts."""

    whole: Mapping[str, Rate]
    parts: Mapping[str, Mapping[str, Mapping[str, Rate]]]
    """category, style, lang -> value -> the rates of that part."""
    ordinary: Mapping[str, Mapping[str, Rate]]
    curve: tuple[tuple[float, float, float], ...] = field(repr=False)
    """(share of ordinary messages alarmed, share of emergencies noticed, precision), by falling threshold."""

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "whole": _json(self.whole),
            "parts": {kind: {value: _json(rates) for value, rates in rows.items()} for kind, rows in self.parts.items()},
            "ordinary": {name: _json(rates) for name, rates in self.ordinary.items()},
            "curve": [list(point) for point in self.curve],
        }


def _json(rates: Mapping[str, Rate]) -> dict[str, Any]:
    return {name: rate.as_json() for name, rate in rates.items()}


@dataclass(frozen=True)
class _Outcome:
    case: CrisisCase
    signal: Signal | None
    card: str
    score: float

    @property
    def tier(self) -> str:
        return self.signal.tier if self.signal else "none"


def load_crisis_cases(path: Path) -> list[CrisisCase]:
    """Read labelled messages from JSON Lines; fields that a case does not have are ignored."""
    names = CrisisCase.__dataclass_fields__
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [CrisisCase(**{key: value for key, value in row.items() if key in names and value}) for row in rows]


def evaluate_crisis(
    cases: Iterable[CrisisCase], detector: CrisisDetector, ordinary: Mapping[str, Sequence[str]] | None = None
) -> CrisisReport:
    """Return how well the detector does on cases, and how often it disturbs lists of ordinary texts."""
    found = [_outcome(case, detector) for case in cases]
    parts = {kind: _parts(found, kind) for kind in ("category", "style", "lang", "audience")}
    lists = {name: _disturbed([detector.detect(text) for text in texts]) for name, texts in (ordinary or {}).items()}
    return CrisisReport(_rates(found), parts, lists, _curve(found))


def _outcome(case: CrisisCase, detector: CrisisDetector) -> _Outcome:
    signal = detector.detect(case.text)
    return _Outcome(case, signal, detector.card(signal) if signal else "", detector.score(case.text))


def _parts(found: Sequence[_Outcome], kind: str) -> dict[str, dict[str, Rate]]:
    values = sorted({getattr(outcome.case, kind) for outcome in found} - {""})
    return {value: _rates([o for o in found if getattr(o.case, kind) == value]) for value in values}


def _rates(found: Sequence[_Outcome]) -> dict[str, Rate]:
    """Return the rates that the outcomes have anything to say about."""
    emergency, concern, none = ([o for o in found if o.case.tier == tier] for tier in TIERS)
    shown = [o for o in (*emergency, *concern) if o.signal and o.case.category]
    rates = {
        "emergency_noticed": _rate(emergency, lambda o: o.tier != "none"),
        "emergency_takeover": _rate(emergency, lambda o: o.tier == "emergency"),
        "concern_noticed": _rate(concern, lambda o: o.tier != "none"),
        "concern_takeover": _rate(concern, lambda o: o.tier == "emergency"),
        "ordinary_alarm": _rate(none, lambda o: o.tier != "none"),
        "ordinary_takeover": _rate(none, lambda o: o.tier == "emergency"),
        "specificity": _rate(none, lambda o: o.tier == "none"),
        "category_right": _rate(shown, lambda o: _first(o) == o.case.category),
        "body_and_suicide_mixed_up": _rate(shown, _mixed_up),
        "card_for_both": _rate(shown, lambda o: o.card == BOTH),
        "audience_right": _rate([o for o in shown if o.case.audience], lambda o: _signal(o).audience == o.case.audience),
    }
    return {name: rate for name, rate in rates.items() if rate.of}


def _signal(outcome: _Outcome) -> Signal:
    assert outcome.signal is not None
    return outcome.signal


def _first(outcome: _Outcome) -> str:
    return _signal(outcome).categories[0]


def _mixed_up(outcome: _Outcome) -> bool:
    """Is the card for suicide shown where the body is in danger, or the other way round, and not the one that helps with both?"""
    pair = {outcome.case.category, _first(outcome)}
    return "suicide" in pair and not BODILY.isdisjoint(pair) and outcome.card != BOTH


def _rate(outcomes: Sequence[_Outcome], is_hit: Callable[[_Outcome], bool]) -> Rate:
    return Rate(sum(map(is_hit, outcomes)), len(outcomes))


def _disturbed(signals: Sequence[Signal | None]) -> dict[str, Rate]:
    return {
        "alarm": Rate(sum(signal is not None for signal in signals), len(signals)),
        "takeover": Rate(sum(signal is not None and signal.tier == "emergency" for signal in signals), len(signals)),
    }


def _curve(found: Sequence[_Outcome], points: int = 200) -> tuple[tuple[float, float, float], ...]:
    """Return the trade between alarms on ordinary messages and emergencies noticed, at up to ``points`` thresholds."""
    emergency = sum(o.case.tier == "emergency" for o in found)
    none = sum(o.case.tier == "none" for o in found)
    if not emergency or not none:
        return ()
    ranked = sorted((o for o in found if o.case.tier != "concern"), key=lambda o: -o.score)
    curve, hits, alarms = [(0.0, 0.0, 1.0)], 0, 0
    step = max(1, len(ranked) // points)
    for i, outcome in enumerate(ranked, 1):
        hits, alarms = hits + (outcome.case.tier == "emergency"), alarms + (outcome.case.tier == "none")
        if i % step == 0 or i == len(ranked):
            curve.append((round(alarms / none, 4), round(hits / emergency, 4), round(hits / (hits + alarms), 4)))
    return tuple(curve)


def area_under(curve: Sequence[tuple[float, float, float]]) -> float:
    """Return the area under the ROC curve."""
    return sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in zip(curve, curve[1:], strict=False))


def as_dict(case: CrisisCase) -> dict[str, str]:
    """Return a case as one row of a case file."""
    return {key: value for key, value in asdict(case).items() if value}
