"""When a ranking is good enough: answer, suggest, or keep silent. Sees scores, never words.

Two logistic regressions (Platt 1999), learned on labelled questions that are not in the corpus, give the
probability that the best entry is right, and that the right one is among the first three. Two thresholds
on them minimise the cost of what a visitor would have got. Features beyond these did not help a
cross-validated fit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np

from faqbot.matcher import Ranking

Outcome = Literal["answer", "suggest", "abstain"]
FEATURES = ("score", "lead", "background", "unknown", "length")
SUGGESTIONS = 3
DIGITS = 4

# What an outcome costs a visitor. A wrong answer is the worst that can happen; an offer costs a tap.
_COST_IN_SCOPE = {"right": 0.0, "offered": 1.0, "silent": 2.2, "misled": 2.3, "wrong": 2.4}
_COST_OUT_OF_SCOPE = {"silent": 0.0, "misled": 0.2, "wrong": 3.0}
_GRID = tuple(round(0.05 * step, 2) for step in range(1, 20))
_FOLDS = 5


@dataclass(frozen=True)
class Labelled:
    """A ranking and the ids that answer the question; none when no entry does."""

    ranking: Ranking
    right: frozenset[str]


@dataclass(frozen=True)
class Verdict:
    """What to do with a ranking; ``confidence`` is the chance (0..1) that the best entry is right."""

    outcome: Outcome
    confidence: float
    features: dict[str, float]


@dataclass(frozen=True)
class Decision:
    """Learned weights (one per feature, then the bias) for "the best is right" and "among the first three"."""

    best: tuple[float, ...]
    among: tuple[float, ...]
    answer_threshold: float
    suggest_threshold: float

    def decide(self, ranking: Ranking) -> Verdict:
        """Return the verdict on a ranking."""
        features = _features(ranking)
        best, among = (_chance(weights, features) for weights in (self.best, self.among))
        outcome = _outcome(best, among, self.answer_threshold, self.suggest_threshold)
        if not ranking.matches:
            outcome = "abstain"
        return Verdict(outcome, best, dict(zip(FEATURES, features, strict=True)))


@dataclass(frozen=True)
class Blend:
    """How the rankings of several views of one message add up, and when their sum is good enough."""

    weights: tuple[float, ...]
    """One per view, then the bias, on the scale of log-odds."""
    decision: Decision

    def merge(self, views: Sequence[Ranking]) -> Ranking:
        """Return one ranking of the candidates of all views; all but the scores is the first view's."""
        return _merge(views, self.weights)


def learn_blend(cases: Sequence[tuple[Sequence[Ranking], frozenset[str]]]) -> Blend:
    """Learn from (views of a message, ids that answer it). A single view stays as it is."""
    from sklearn.linear_model import LogisticRegression

    weights: tuple[float, ...] = (1.0, 0.0)
    if len(cases[0][0]) > 1:
        tables = [(_chances(views), right) for views, right in cases if right]
        rows = [[_logit(chance) for chance in chances] for table, _ in tables for chances in table.values()]
        labels = [id_ in right for table, right in tables for id_ in table]
        model = LogisticRegression(max_iter=1000).fit(np.array(rows), np.array(labels))
        weights = tuple(round(float(value), 5) for value in (*model.coef_[0], model.intercept_[0]))
    return Blend(weights, learn([Labelled(_merge(views, weights), right) for views, right in cases]))


def _chances(views: Sequence[Ranking]) -> dict[str, list[float]]:
    """Return, for every candidate of any view, its score in each of them."""
    scores = [{match.id: match.score for match in view.matches} for view in views]
    return {id_: [own.get(id_, 0.0) for own in scores] for id_ in sorted(set().union(*scores))}


def _merge(views: Sequence[Ranking], weights: Sequence[float]) -> Ranking:
    if len(views) == 1:
        return views[0]
    known = {match.id: match for view in reversed(views) for match in view.matches}
    matches = [replace(known[id_], score=_chance(weights, list(map(_logit, chances)))) for id_, chances in _chances(views).items()]
    return replace(views[0], matches=tuple(sorted(matches, key=lambda match: (-match.score, match.id))))


def learn(cases: Sequence[Labelled]) -> Decision:
    """Learn weights on all cases, and thresholds on chances that were cross-validated over them."""
    features = np.array([_features(case.ranking) for case in cases])
    best = np.array([_is_right(case, 1) for case in cases])
    among = np.array([_is_right(case, SUGGESTIONS) for case in cases])
    chances = list(zip(_cross_validated(features, best), _cross_validated(features, among), strict=True))
    pairs = [(high, low) for high, low in product(_GRID, _GRID)]
    costs = [sum(map(_cost, cases, (_outcome(*chance, *pair) for chance in chances))) for pair in pairs]
    answer, suggest = pairs[int(np.argmin(np.round(costs, 6)))]
    return Decision(_fit(features, best), _fit(features, among), answer, suggest)


def _features(ranking: Ranking) -> tuple[float, ...]:
    first, second = ([match.score for match in ranking.matches[:2]] + [0.0, 0.0])[:2]
    return (
        round(_logit(first), DIGITS),
        round(_logit(first) - _logit(second), DIGITS),
        ranking.background,
        ranking.unknown,
        round(math.log1p(ranking.length), DIGITS),
    )


def _logit(chance: float) -> float:
    return math.log((chance + 1e-3) / (1 - chance + 1e-3))


def _chance(weights: Sequence[float], features: Sequence[float]) -> float:
    return _sigmoid(weights[-1] + sum(w * f for w, f in zip(weights, features, strict=False)))


def _sigmoid(value: float) -> float:
    return round(1 / (1 + math.exp(-max(min(value, 30.0), -30.0))), DIGITS)


def _outcome(best: float, among: float, answer_threshold: float, suggest_threshold: float) -> Outcome:
    if best >= answer_threshold:
        return "answer"
    return "suggest" if among >= suggest_threshold else "abstain"


def _is_right(case: Labelled, first: int) -> bool:
    return any(match.id in case.right for match in case.ranking.matches[:first])


def _cost(case: Labelled, outcome: Outcome) -> float:
    costs = _COST_IN_SCOPE if case.right else _COST_OUT_OF_SCOPE
    if outcome == "abstain":
        return costs["silent"]
    good = _is_right(case, 1 if outcome == "answer" else SUGGESTIONS)
    if outcome == "answer":
        return costs["right"] if good else costs["wrong"]
    return costs["offered"] if good else costs["misled"]


def _fit(features: np.ndarray, labels: np.ndarray) -> tuple[float, ...]:
    from sklearn.linear_model import LogisticRegression  # a second to import, and needed only to learn

    center, scale = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
    model = LogisticRegression(max_iter=1000).fit((features - center) / scale, labels)
    weights = model.coef_[0] / scale
    return tuple(float(w) for w in (*weights, model.intercept_[0] - weights @ center) for w in [round(w, 5)])


def _cross_validated(features: np.ndarray, labels: np.ndarray) -> list[float]:
    chances = np.zeros(len(labels))
    for fold in range(_FOLDS):
        held = np.arange(len(labels)) % _FOLDS == fold
        weights = _fit(features[~held], labels[~held])
        chances[held] = [_chance(weights, row) for row in features[held]]
    return chances.tolist()
