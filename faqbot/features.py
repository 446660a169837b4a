"""How a text becomes numbers: spelling repair, synonyms, TF-IDF terms and a mean word vector.

An Encoder is fitted on the texts of a corpus and is plain data afterwards: dictionaries and numpy
arrays. It knows no word by itself; synonyms and filler come from the vocabulary, word vectors from
a file. Terms are stems (one and two in a row) and character 2- to 5-grams inside words, weighted
by sublinear TF-IDF (Salton & Buckley 1988), each kind scaled to unit length.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from faqbot.text import Speller, Terms, stem, words

Array = np.ndarray


@dataclass(frozen=True)
class WordVectors:
    """Vectors of common words: ``matrix`` is float32, (words, dimensions), rows of unit length."""

    rows: Mapping[str, int]
    matrix: Array

    @property
    def size(self) -> int:
        """The number of dimensions; 0 when there are no vectors."""
        return int(self.matrix.shape[1])

    @classmethod
    def none(cls) -> "WordVectors":
        """Return vectors that know no word."""
        return cls({}, np.zeros((0, 0), np.float32))

    @classmethod
    @lru_cache(maxsize=4)
    def load(cls, path: Path) -> "WordVectors":
        """Read a file made by ``vectors``: int8 ``matrix`` and newline-joined ``words``; none if there is no file."""
        if not path.exists():
            return cls.none()
        with np.load(path) as data:
            matrix = data["matrix"].astype(np.float32)
            names = bytes(data["words"]).decode().split("\n")
        matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-6)
        return cls({name: row for row, name in enumerate(names)}, matrix)


@dataclass(frozen=True)
class Encoded:
    """A text as numbers: its repaired ``words`` and ``stems``, sparse terms, and a vector of unit length or zero.

    ``key`` is the same for texts that differ in case, punctuation and accents only.
    """

    key: str
    words: tuple[str, ...]
    stems: tuple[str, ...]
    columns: Array
    weights: Array
    vector: Array


@dataclass(frozen=True)
class Encoder:
    """Turns texts into numbers, all in the same space of ``width`` sparse columns."""

    columns: Mapping[str, int]
    idf: Array
    stem_columns: int
    """Columns below this are stems and pairs of stems; the others are character n-grams."""
    speller: Speller
    synonyms: Mapping[tuple[str, ...], str]
    filler: frozenset[str]
    vectors: WordVectors

    @property
    def width(self) -> int:
        """The number of sparse columns."""
        return len(self.idf)

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        vectors: WordVectors,
        synonyms: Mapping[tuple[str, ...], str] | None = None,
        filler: Iterable[str] = (),
    ) -> "Encoder":
        """Learn the lexicon, the terms and how rare each is from ``texts``."""
        tokens = [words(text) for text in texts]
        speller = Speller.fit(tokens, vectors.rows)
        blank = cls({}, np.zeros(0, np.float32), 0, speller, synonyms or {}, frozenset(filler), vectors)
        counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        for token in tokens:
            repaired, stems = blank._normalise(token)
            counts[0].update(set(stem_terms(stems)))
            counts[1].update(set(char_terms(repaired)))
        kept = [sorted(t for t, n in counts[0].items()), sorted(t for t, n in counts[1].items() if n > 1)]
        names = [*kept[0], *kept[1]]
        idf = [math.log((1 + len(texts)) / (1 + counts[i][t])) + 1 for i in (0, 1) for t in kept[i]]
        columns = {name: column for column, name in enumerate(names)}
        return cls(
            columns, np.array(idf, np.float32), len(kept[0]), speller, blank.synonyms, blank.filler, vectors
        )

    def encode(self, text: str) -> Encoded:
        """Return ``text`` as numbers; any string is fine."""
        tokens = words(text)
        repaired, stems = self._normalise(tokens)
        of_stems = [self.columns[term] for term in stem_terms(stems) if term in self.columns]
        blocks = self._block(np.array(of_stems, np.int32)), self._block(self._char_columns(repaired))
        ids, weights = zip(*blocks, strict=True)
        return Encoded(
            key=" ".join(tokens),
            words=tuple(repaired),
            stems=tuple(stems),
            columns=np.concatenate(ids),
            weights=np.concatenate(weights),
            vector=self._vector(repaired),
        )

    def rarity(self, stem_: str) -> float:
        """Return the inverse document frequency of a stem; that of a stem never seen is the largest."""
        column = self.columns.get(stem_)
        return self._rarest if column is None else self._rarities[column]

    @cached_property
    def _rarities(self) -> list[float]:
        """``idf`` of the stems as plain floats, which are quicker to pick one by one."""
        return self.idf[: self.stem_columns].tolist()

    @cached_property
    def _rarest(self) -> float:
        return float(self.idf.max(initial=1.0))

    def _normalise(self, tokens: Sequence[str]) -> tuple[list[str], list[str]]:
        repaired = [self.speller.repair(word) for word in tokens]
        content = [word for word in repaired if word not in self.filler] or repaired
        return content, [stem(word) for word in self._terms.replace(content)]

    @cached_property
    def _terms(self) -> Terms:
        return Terms(self.synonyms)

    def _char_columns(self, repaired: Sequence[str]) -> Array:
        return np.concatenate([self._columns_of(word) for word in repaired]) if repaired else np.zeros(0, np.int32)

    @cached_property
    def _columns_of(self) -> Callable[[str], Array]:
        """The columns of a word's character n-grams, kept for words seen before."""

        def columns_of(word: str) -> Array:
            return np.array([self.columns[term] for term in char_terms([word]) if term in self.columns], np.int32)

        return lru_cache(maxsize=20_000)(columns_of)

    def _block(self, columns: Array) -> tuple[Array, Array]:
        """Return each column once, and its weight; all weights together have unit length."""
        columns = np.sort(columns)
        # np.unique does the same, with twice the overhead.
        begins = np.ones(len(columns) + 1, bool)
        np.not_equal(columns[1:], columns[:-1], out=begins[1:-1])
        places = begins.nonzero()[0]
        ids, counts = columns[places[:-1]], places[1:] - places[:-1]
        weights = (1 + np.log(counts)) * self.idf[ids]
        return ids, (weights / np.sqrt(weights @ weights)).astype(np.float32)

    def _vector(self, repaired: Sequence[str]) -> Array:
        known = [(self.vectors.rows[w], self.rarity(stem(w))) for w in repaired if w in self.vectors.rows]
        if not known:
            return np.zeros(self.vectors.size, np.float32)
        rows, weights = zip(*known, strict=True)
        mean = np.array(weights, np.float32) @ self.vectors.matrix[list(rows)]
        return mean / max(float(np.linalg.norm(mean)), 1e-6)


def stem_terms(stems: Sequence[str]) -> list[str]:
    """Return the stems and the pairs of neighbours."""
    return [*stems, *(f"{a} {b}" for a, b in zip(stems, stems[1:], strict=False))]


def char_terms(tokens: Iterable[str]) -> list[str]:
    """Return the character 2- to 5-grams of every word, word ends marked by ``_``."""
    return [term for token in tokens for term in _grams(token)]


@lru_cache(maxsize=50_000)
def _grams(word: str) -> tuple[str, ...]:
    padded = f"_{word}_"
    grams = [padded[i : i + n] for n in (2, 3, 4, 5) for i in range(len(padded) - n + 1)]
    return tuple(f"#{gram}" for gram in grams)
