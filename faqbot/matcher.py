"""How alike a question and an entry are, for a corpus of any domain.

Three kinds of evidence are weighed per entry: a linear classifier over all terms (LinearSVC, Fan et
al. 2008), the nearest stored phrasings by TF-IDF cosine, and rapidfuzz on the nearest phrasing. How they
combine is a logistic regression learned on phrasings held out of the corpus itself (Platt 1999), so that
a score is a probability: 0.5 means as likely right as not. The matcher knows no threshold.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz

from faqbot.features import Array, Encoded, Encoder, WordVectors
from faqbot.files import shipped
from faqbot.linear import Dense, Linear, Stored, fit_background, fit_linear, store

Entries = Sequence[tuple[str, Sequence[str]]]
DIGITS = 4
"""Scores are rounded to this many digits: what machines may differ in stays below it."""
CANDIDATES = 10
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

    entries: Array
    phrasings: tuple[str, ...]
    evidence: Array
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

    def look(self, question: Encoded, only: Array | None = None) -> _Look:
        """Gather the evidence for the most likely entries (of those for which ``only`` is true)."""
        allowed = np.diff(self.starts) > 0
        if only is not None:
            allowed &= only
        margins = np.where(allowed, self.linear.scores(question), -np.inf).round(5)
        order = np.argsort(-margins, kind="stable")
        entries = order[: min(CANDIDATES, int(np.isfinite(margins).sum()))]
        stored = self.keys.get(question.key)
        if stored is not None and stored not in entries:
            stored = stored if allowed[stored] else None
            entries = entries if stored is None else np.append(entries[:-1], stored)
        spans = [slice(self.starts[entry], self.starts[entry + 1]) for entry in entries]
        alike = (_padded(self.stored.within(question, spans)) / 2).round(5)
        close = _padded([self.stored.vectors[span] @ question.vector for span in spans])
        top, nearest = margins[entries], alike.max(axis=1, initial=-np.inf)
        phrasings = tuple(self.texts[span.start + best] for span, best in zip(spans, alike.argmax(axis=1).tolist(), strict=True))
        asked = " ".join(question.words)
        rarity = {stem: self.encoder.rarity(stem) for stem in question.stems}
        evidence = [
            top,
            top - _best_other(top),
            nearest,
            nearest - _best_other(nearest),
            _mean_of_nearest(alike),
            close.max(axis=1, initial=-np.inf),
            [fuzz.token_set_ratio(asked, phrasing) / 100 for phrasing in phrasings],
            [_share(rarity, self.stems[entry]) for entry in entries],
        ]
        return _Look(
            entries,
            phrasings,
            np.column_stack(evidence).round(5),
            stored,
            float(self.outside.scores(question)[0]),
            1 - _share(rarity, self.lexicon),
            len(question.stems),
        )


def keys_of(encoded: Sequence[Encoded], owner: Array) -> dict[str, int]:
    """Return which entry has which phrasing, word for word; phrasings of two entries are left out."""
    owners: dict[str, set[int]] = {}
    for item, entry in zip(encoded, owner.tolist(), strict=True):
        owners.setdefault(item.key, set()).add(entry)
    return {key: min(entries) for key, entries in owners.items() if len(entries) == 1 and key}


def _padded(rows: Sequence[Array]) -> Array:
    """Return rows of unlike lengths as one matrix, filled up with -inf, at least _NEAREST wide."""
    matrix = np.full((len(rows), max(_NEAREST, *map(len, rows), 0)), -np.inf)
    for line, row in zip(matrix, rows, strict=True):
        line[: len(row)] = row
    return matrix


def _mean_of_nearest(alike: Array) -> Array:
    """Return the mean of the _NEAREST largest values of each row, or of all when it has fewer."""
    nearest = np.sort(np.partition(alike, -_NEAREST)[:, -_NEAREST:])
    there = np.isfinite(nearest)
    return np.where(there, nearest, 0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)


def _share(rarity: Mapping[str, float], known: frozenset[str]) -> float:
    """Return the share, by rarity, of the stems that are known."""
    total = sum(rarity.values())
    return sum(map(rarity.__getitem__, filter(known.__contains__, rarity))) / total if total else 0.0


def _best_other(values: Array) -> Array:
    """Return, for each value, the largest of the others (itself when there is no other)."""
    if len(values) < 2:
        return values
    second, first = np.sort(values)[-2:]
    return np.where(values == first, second, first)


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
        chances = _sigmoid(look.evidence @ self.weights_[:-1] + self.weights_[-1]).round(DIGITS)
        chances = np.where(look.entries == look.stored, 1.0, np.minimum(chances, _ALMOST))
        matches = [
            Match(self.ids_[entry], float(chance), phrasing, tuple(row))
            for entry, chance, phrasing, row in zip(look.entries, chances, look.phrasings, look.evidence.tolist(), strict=True)
        ]
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


def _sigmoid(values: Array) -> Array:
    return 1 / (1 + np.exp(-np.clip(values, -30, 30)))


def _weigh(looks: Sequence[tuple[str, int | None, _Look]]) -> Array:
    """Learn how the evidence combines: a logistic regression over all candidates of what was held out."""
    from sklearn.linear_model import LogisticRegression

    rights = [look.entries == (-1 if right is None else right) for _, right, look in looks]
    labels = np.concatenate(rights) if rights else np.zeros(0)
    if not 0 < labels.sum() < len(labels):
        return np.array([1.0, 0, 3.0, 0, 0, 0, 0, 0, -1.5])
    evidence = np.concatenate([look.evidence for _, _, look in looks])
    model = LogisticRegression(C=10.0, max_iter=1000).fit(evidence, labels)
    return np.concatenate([model.coef_[0], model.intercept_]).round(6)
