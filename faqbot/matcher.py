"""How alike a question and an entry are, for a corpus of any domain.

Three kinds of evidence are weighed per entry: a linear classifier over all terms (LinearSVC, Fan et
al. 2008), the nearest stored phrasings by TF-IDF cosine, and rapidfuzz on the nearest phrasing. How they
combine is a logistic regression learned on phrasings held out of the corpus itself (Platt 1999), so that
a score is a probability: 0.5 means as likely right as not. The matcher knows no threshold.
"""

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import mul
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz

from faqbot.features import Array, Encoded, Encoder, WordVectors
from faqbot.files import shipped
from faqbot.linear import Dense, Linear, Stored, fit_background, fit_linear, store

Entries = Sequence[tuple[str, Sequence[str]]]
DIGITS = 4
"""Scores are rounded to this many digits: what machines may differ in stays below it."""
CANDIDATES = 6
"""Entries that are looked at closely after the linear classifier."""
_NEAREST = 3
_ALMOST = 0.9999
"""The most that a question can score which is not a stored phrasing."""
_PARTS = 4
"""A fold holds out one phrasing in so many."""
_FOLDS = 2
_HIDDEN = 8
"""One entry in so many is hidden in a fold: its phrasings then stand for questions that no entry answers."""
_MOST_HELD_OUT = 1500
"""Phrasings that a fold ranks at most."""
_SMALL = 1_000_000
"""Phrasings times entries up to which more than one fold is worth its time."""
EVIDENCE = ("margin", "lead", "nearest", "nearest_lead", "several", "vector", "fuzzy", "coverage")


@dataclass(frozen=True)
class Match:
    """An entry and the calibrated probability (0..1) that it is the right one; ``evidence`` is named by EVIDENCE."""

    id: str
    score: float
    phrasing: str = ""
    evidence: tuple[float, ...] = ()


@dataclass(frozen=True)
class Ranking:
    """The candidates for one question, best first, and what else was seen of the question.

    ``background`` is the margin by which it looks like lines that belong to no entry; ``unknown`` the
    share (by rarity) of its stems that no phrasing has.
    """

    matches: tuple[Match, ...]
    background: float
    unknown: float
    length: int


@dataclass(frozen=True)
class HeldOut:
    """A ranking made without having seen the phrasing; ``expect`` is None when no entry answers it."""

    text: str
    expect: str | None
    ranking: Ranking


@dataclass(frozen=True)
class _Look:
    """What one model saw of one question, before the evidence is weighed."""

    entries: tuple[int, ...]
    phrasings: tuple[str, ...]
    evidence: tuple[tuple[float, ...], ...]
    stored: int | None
    """The entry that has the question as a phrasing, word for word."""
    background: float
    unknown: float
    length: int


@dataclass(frozen=True)
class Model:
    """Everything learned but the weighing of evidence."""

    encoder: Encoder
    texts: tuple[str, ...]
    starts: Array
    """Number of each entry's first phrasing in ``texts``, and of all phrasings at the end."""
    stored: Stored
    linear: Linear
    outside: Dense
    stems: tuple[frozenset[str], ...]
    """The stems of each entry's phrasings."""
    lexicon: frozenset[str]
    keys: Mapping[str, int]
    """Phrasings, word for word -> the entry that has them; those of two entries are left out."""

    @classmethod
    def fit(
        cls, encoder: Encoder, texts: Sequence[str], owner: Array, count: int, encoded: Sequence[Encoded], outside: Sequence[Encoded]
    ) -> "Model":
        stems: list[set[str]] = [set() for _ in range(count)]
        for entry, item in zip(owner, encoded, strict=True):
            stems[entry].update(item.stems)
        return cls(
            encoder,
            tuple(texts),
            np.searchsorted(owner, np.arange(count + 1)),
            store(encoded, encoder.width),
            fit_linear(encoded, owner, count, encoder.width),
            fit_background(encoded, outside, encoder.width),
            tuple(map(frozenset, stems)),
            frozenset().union(*stems),
            keys_of(encoded, owner),
        )

    @cached_property
    def _phrased(self) -> Array:
        """Which entries have phrasings."""
        return np.diff(self.starts) > 0

    @cached_property
    def _spans(self) -> list[slice]:
        """Which phrasings each entry has."""
        return list(map(slice, self.starts[:-1].tolist(), self.starts[1:].tolist()))

    def look(self, question: Encoded, only: Array | None = None) -> _Look:
        """Gather the evidence for the most likely entries (of those for which ``only`` is true)."""
        allowed = self._phrased if only is None else self._phrased & only
        margins = np.where(allowed, self.linear.scores(question), -np.inf).round(5)
        entries = np.argsort(-margins, kind="stable")[: min(CANDIDATES, int(np.count_nonzero(allowed)))].tolist()
        stored = self.keys.get(question.key)
        if stored is not None and not allowed[stored]:
            stored = None
        if stored is not None and stored not in entries:
            entries[-1] = stored
        spans = [self._spans[entry] for entry in entries]
        alike = self._alike(question, spans)
        near = [sorted((np.partition(row, -_NEAREST)[-_NEAREST:] if len(row) > _NEAREST else row).tolist()) for row in alike]
        phrasings = tuple(self.texts[span.start + int(row.argmax())] for span, row in zip(spans, alike, strict=True))
        top, nearest = [float(margins[entry]) for entry in entries], [values[-1] for values in near]
        asked = " ".join(question.words)
        rarity = {stem: self.encoder.rarity(stem) for stem in question.stems}
        evidence = (
            top,
            _leads(top),
            nearest,
            _leads(nearest),
            [sum(values) / len(values) for values in near],
            [float((self.stored.vectors[span] @ question.vector).max()) for span in spans],
            [fuzz.token_set_ratio(asked, phrasing) / 100 for phrasing in phrasings],
            [_share(rarity, self.stems[entry]) for entry in entries],
        )
        return _Look(
            tuple(entries),
            phrasings,
            tuple(zip(*([round(value, 5) for value in values] for values in evidence), strict=True)),
            stored,
            float(self.outside.scores(question)[0]),
            1 - _share(rarity, self.lexicon),
            len(question.stems),
        )

    def _alike(self, question: Encoded, spans: Sequence[slice]) -> list[Array]:
        """Return how alike (0..1) a question and the phrasings in each of the spans are."""
        rows = self.stored.within(question, spans)
        values = (np.concatenate([*rows, ()]) / 2).round(5)
        ends = np.cumsum([len(row) for row in rows]).tolist()
        return [values[end - len(row) : end] for row, end in zip(rows, ends, strict=True)]


def keys_of(encoded: Sequence[Encoded], owner: Array) -> dict[str, int]:
    """Return which entry has which phrasing, word for word; phrasings of two entries are left out."""
    owners: dict[str, set[int]] = {}
    for item, entry in zip(encoded, owner.tolist(), strict=True):
        owners.setdefault(item.key, set()).add(entry)
    return {key: min(entries) for key, entries in owners.items() if len(entries) == 1 and key}


def _share(rarity: Mapping[str, float], known: frozenset[str]) -> float:
    """Return the share, by rarity, of the stems that are known."""
    total = sum(rarity.values())
    return sum(map(rarity.__getitem__, filter(known.__contains__, rarity))) / total if total else 0.0


def _leads(values: Sequence[float]) -> list[float]:
    """Return by how much each value is ahead of the largest of the others; 0 when there is no other."""
    if len(values) < 2:
        return [0.0] * len(values)
    first, second = sorted(values, reverse=True)[:2]
    return [value - (second if value == first else first) for value in values]


class Matcher:
    """Ranks the entries of a corpus for a question. Fitted once, read-only afterwards."""

    def __init__(
        self,
        vectors: WordVectors | None = None,
        synonyms: Mapping[tuple[str, ...], str] | None = None,
        filler: Iterable[str] = (),
    ) -> None:
        self.vectors = WordVectors.load(shipped("data") / "vectors.npz") if vectors is None else vectors
        self.synonyms = synonyms or {}
        self.filler = frozenset(filler)

    def fit(self, entries: Entries, background: Sequence[str] = ()) -> "Matcher":
        """Learn from (id, phrasings) pairs; ``background`` are lines that belong to no entry.

        Sets ``ids_``, ``model_``, ``weights_`` (one per EVIDENCE, then the bias) and ``held_out_``, rankings of
        phrasings and background lines by models that had not seen them. Raises ValueError without phrasings.
        """
        texts = [text for _, phrasings in entries for text in phrasings]
        if not texts:
            raise ValueError("there is nothing to learn from: give at least one entry with a phrasing")
        self.ids_ = tuple(id_ for id_, _ in entries)
        owner = np.repeat(np.arange(len(entries)), [len(phrasings) for _, phrasings in entries])
        encoder = Encoder.fit([*texts, *background], self.vectors, self.synonyms, self.filler)
        inside = [encoder.encode(text) for text in texts]
        outside = [encoder.encode(line) for line in background]
        looks = list(self._held_out(encoder, texts, owner, inside, background, outside))
        self.weights_ = _weigh(looks)
        self.held_out_ = [HeldOut(text, self._id(right), self._combine(look)) for text, right, look in looks]
        self.model_ = Model.fit(encoder, texts, owner, len(entries), inside, outside)
        return self

    def rank(self, question: str, k: int = 5) -> list[Match]:
        """Return the ``k`` likeliest entries, best first; equal scores in order of id."""
        return list(self.ranking(question).matches[:k])

    def rank_many(self, questions: Iterable[str], k: int = 5) -> list[list[Match]]:
        """Return ``rank`` of every question."""
        return [self.rank(question, k) for question in questions]

    def ranking(self, question: str, only: Array | None = None) -> Ranking:
        """Return everything that was seen of a question; ``only`` is a mask of entries made by ``mask``."""
        return self._combine(self.model_.look(self.model_.encoder.encode(question), only))

    def mask(self, ids: Container[str]) -> Array:
        """Return which of ``ids_`` are in ``ids``."""
        return np.array([id_ in ids for id_ in self.ids_], bool)

    def _id(self, entry: int | None) -> str | None:
        return None if entry is None else self.ids_[entry]

    def _combine(self, look: _Look) -> Ranking:
        *weights, bias = self.weights_.tolist()
        matches = []
        for entry, phrasing, row in zip(look.entries, look.phrasings, look.evidence, strict=True):
            chance = min(round(_sigmoid(sum(map(mul, weights, row)) + bias), DIGITS), _ALMOST)
            matches.append(Match(self.ids_[entry], 1.0 if entry == look.stored else chance, phrasing, row))
        matches.sort(key=lambda match: (-match.score, -match.evidence[0], match.id))
        return Ranking(tuple(matches), round(look.background, DIGITS), round(look.unknown, DIGITS), look.length)

    def _held_out(self, encoder, texts, owner, inside, background, outside):  # type: ignore[no-untyped-def]
        """Yield (text, right entry or None, look) for what each of the folds had not seen."""
        count, place = len(self.ids_), _place(owner)
        step = max(1, len(texts) // _PARTS // _MOST_HELD_OUT)
        for fold in range(_FOLDS if len(owner) * count <= _SMALL else 1):
            held = place % _PARTS == fold
            hidden = (owner % _HIDDEN == fold) if count > _HIDDEN else np.zeros(len(owner), bool)
            seen = np.flatnonzero(~held & ~hidden)
            if len(seen) == 0:
                continue
            model = Model.fit(
                encoder, [texts[i] for i in seen], owner[seen], count, [inside[i] for i in seen],
                [item for i, item in enumerate(outside) if i % _PARTS != fold],
            )  # fmt: skip
            for i in np.flatnonzero(held)[::step]:
                yield texts[i], None if hidden[i] else int(owner[i]), model.look(inside[i])
            for i in range(fold, len(outside), _PARTS):
                yield background[i], None, model.look(outside[i])


def _place(owner: Array) -> Array:
    """Return each row's place among the rows of its entry; ``owner`` is sorted."""
    return np.arange(len(owner)) - np.searchsorted(owner, owner)


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(min(value, 30.0), -30.0)))


def _weigh(looks: Sequence[tuple[str, int | None, _Look]]) -> Array:
    """Learn how the evidence combines: a logistic regression over all candidates of what was held out."""
    from sklearn.linear_model import LogisticRegression

    labels = [entry == right for _, right, look in looks for entry in look.entries]
    if not 0 < sum(labels) < len(labels):
        return np.array([1.0, 0, 3.0, 0, 0, 0, 0, 0, -1.5])
    evidence = [row for _, _, look in looks for row in look.evidence]
    model = LogisticRegression(C=10.0, max_iter=1000).fit(evidence, labels)
    return np.concatenate([model.coef_[0], model.intercept_]).round(6)
