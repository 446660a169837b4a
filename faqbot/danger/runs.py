"""Runs of words and what they weigh: one, two or three in a row, or two with others between them.

A run is kept as a number whose digits are the numbers of its words, so that all runs of a message are looked up at once
and hundreds of thousands of them take little memory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce

import numpy as np

BETWEEN = "~"
"""Stands for the words between two: "took ~ pills" in "took all of my pills"."""
NEXT, REACH = 2, 11
"""From how many words further on, and below how many, a word belongs to another that is not its neighbour."""
_SCORES = 2
"""The first columns of weights: any danger, an emergency; the others tell kinds."""
_NONE, _APART, _FIRST = 0, 1, 2
"""Where in a row of digits stand: no word, BETWEEN, and the first word of a message."""
_MIX, _HIGH, _MIDDLE = np.uint64(0x9E3779B97F4A7C15), np.uint64(48), np.uint64(16)
"""What mixes the digits of a key, and how far to shift the sixteen bits that name its bucket, and the next 32 that tell it from others there."""
_LENGTHS = np.array([1, 2, 3, *range(NEXT + 1, REACH + 1)])
"""How many words each of the runs spans that begin at a word."""


def runs(words: Sequence[str]) -> list[str]:
    """Return the words, and the pairs and triples of neighbours."""
    pairs = [f"{a} {b}" for a, b in zip(words, words[1:], strict=False)]
    return [*words, *pairs, *(f"{pair} {c}" for pair, c in zip(pairs, words[2:], strict=False))]


def apart(words: Sequence[str]) -> list[str]:
    """Return the pairs of words with others between them, in their order."""
    return [f"{a} {BETWEEN} {b}" for i, a in enumerate(words) for b in words[i + NEXT : i + REACH]]


def number(names: Sequence[str], weights: np.ndarray) -> dict[str, np.ndarray]:
    """Return the arrays that ``Runs`` needs, for runs by name and their rows of weights."""
    words = sorted({BETWEEN}.union(*map(str.split, names)))
    numbers, base = _numbers(words), _base(words)
    keys = np.array([reduce(lambda key, word: key * base + numbers[word], name.split(), 0) for name in names], np.int64)
    order = np.lexsort((keys, _mixed(keys)[0]))
    text = np.frombuffer("\n".join(words).encode(), np.uint8)
    rows = weights[order].astype(np.float16)  # there are many, and a thousandth is enough
    sums, kinds = np.hsplit(rows, [_SCORES])
    return {"runs.words": text, "runs.keys": keys[order], "runs.weights": sums, "runs.kinds": kinds}


def _mixed(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return in which bucket each key is kept, and its tag there: bits of its product with an odd number (Knuth 1973, 6.4).

    Tags take half the memory of keys; one message in a million holds a run that is taken for another.
    """
    products = keys.view(np.uint64) * _MIX
    return (products >> _HIGH).view(np.int64), (products >> _MIDDLE).astype(np.uint32)


def _numbers(words: Sequence[str]) -> dict[str, int]:
    return {word: number for number, word in enumerate(words, 1)}


def _base(words: Sequence[str]) -> int:
    """One more than the largest digit, which stands for every unknown word."""
    return len(words) + 2


@lru_cache(maxsize=8)
def _places(count: int) -> np.ndarray:
    """Return where the three digits of each run stand, for all runs that begin at each of so many words; (3, runs)."""
    places = []
    for i in range(_FIRST, _FIRST + count):
        places += [(_NONE, _NONE, i), (_NONE, i, i + 1), (i, i + 1, i + 2)]
        places += [(i, _APART, j) for j in range(i + NEXT, i + REACH)]
    return np.ascontiguousarray(np.transpose(places))


@dataclass
class Found:
    """The runs that a message holds: their rows, what they weigh, and which of all runs that may begin at its words they are."""

    rows: np.ndarray
    sums: np.ndarray
    runs: np.ndarray
    words: int

    @cached_property
    def _spans(self) -> tuple[np.ndarray, np.ndarray]:
        """Between which words each run lies."""
        firsts, kinds = np.divmod(self.runs, len(_LENGTHS))
        return firsts, firsts + _LENGTHS[kinds]

    def within(self, start: int, end: int) -> complex:
        """Return the sum of what those runs weigh that lie between two words."""
        sums = self.sums
        if end - start < self.words:
            firsts, ends = self._spans
            sums = sums[(firsts >= start) & (ends <= end)]
        return complex(*sums.sum(axis=0, dtype=float).tolist())


class Runs:
    """What runs weigh: a complex number (any danger, an emergency), and a row of kinds."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        words = bytes(arrays["runs.words"]).decode().split("\n")
        self._numbers, base = _numbers(words), _base(words)
        self._unknown = base - 1
        self._before, self._past = [0, self._numbers[BETWEEN]], [self._unknown] * (REACH - 1)
        self._values = np.array([base * base, base, 1])
        keys = arrays["runs.keys"]
        buckets, tags = _mixed(keys)
        sizes = np.bincount(buckets, minlength=1 << 16)
        self._first = np.cumsum(sizes) - sizes
        self._tags = np.zeros((len(sizes), sizes.max(initial=1)), np.uint32)
        self._tags[buckets, np.arange(len(keys)) - self._first[buckets]] = tags
        self._sums, self._kinds = arrays["runs.weights"], arrays["runs.kinds"]

    def find(self, words: Sequence[str]) -> Found:
        """Return the known runs of a message."""
        digits = np.array(self._before + [self._numbers.get(word, self._unknown) for word in words] + self._past)
        places = _places(max(64, 1 << len(words).bit_length()))[:, : len(words) * len(_LENGTHS)]
        keys = self._values @ digits.take(places)
        buckets, tags = _mixed(keys)
        same = self._tags.take(buckets, axis=0, mode="clip") == tags[:, None]
        known, place = np.divmod(same.ravel().nonzero()[0], same.shape[1])
        rows = self._first[buckets[known]] + place
        return Found(rows, self._sums.take(rows, axis=0), known, len(words))

    def kinds(self, found: Found) -> np.ndarray:
        """Return the sum of the rows of kinds of all those runs."""
        return self._kinds[found.rows].sum(axis=0, dtype=np.float32)
