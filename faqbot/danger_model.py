"""The learned part: plain weights, summed over what a message holds. No scikit-learn."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import repeat
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from faqbot.danger_features import BETWEEN, NEXT, REACH, Concepts, letters, phrases, scale, sentences, skips, told, windows
from faqbot.danger_rules import CATEGORIES

TABLES = ("words", "letters", "pairs", "skips", "rules")
"""Kinds of features; each has its keys and weights in the file."""
KINDS = (*CATEGORIES, "other")
"""What is told apart once there is danger: the category, and whether it is about somebody else."""
_ALONE = 1.5
"""How much surer (log-odds) one sentence by itself must be: a question added to a cry for help must not drown it."""
_PLAIN = 8
"""Words up to which a sentence is taken by its word when a rule is sure of it."""
_LEARNED_FROM = ("words.yaml", "fragments.yaml", "concepts.yaml", "rules", "messages")
_RECIPE = "13"
"""Change with the code that learns or scores: weights of another recipe are not used."""


@dataclass(frozen=True)
class Score:
    """What the learned part makes of a message: log-odds of any danger, of an emergency, of kinds and audience."""

    any: float
    emergency: float
    words: tuple[str, ...]


class _Table:
    """What one kind of feature weighs: a complex number (any danger, an emergency), and a row of ``kinds``."""

    def __init__(self, keys: Sequence[Any], weights: np.ndarray) -> None:
        self._keys = keys
        self._kinds = weights[:, 2:]
        self.weights = dict(zip(keys, (weights[:, 0] + 1j * weights[:, 1]).tolist(), strict=True))

    @cached_property
    def _rows(self) -> dict[Any, int]:
        return {key: row for row, key in enumerate(self._keys)}

    def total(self, keys: Iterable[Any]) -> complex:
        """Return the sum of the weights of ``keys``; unknown ones weigh nothing."""
        return sum(map(self.weights.get, keys, repeat(0j)), 0j)

    def kinds(self, keys: Iterable[Any]) -> np.ndarray:
        """Return the sum of the rows of ``keys``, one number per kind."""
        return self._kinds[[self._rows[key] for key in keys if key in self._rows]].sum(axis=0)


class _Skips(_Table):
    """The table of pairs of words at a distance, looked up word by word: no string is made for a pair."""

    def __init__(self, keys: Sequence[Any], weights: np.ndarray) -> None:
        super().__init__(keys, weights)
        self._after: dict[str, dict[str, complex]] = {}
        for key, weight in self.weights.items():
            first, second = key.split(BETWEEN)
            self._after.setdefault(first, {})[second] = weight

    def around(self, words: Sequence[str]) -> complex:
        """Return the sum of the weights of all pairs of a message."""
        total = 0j
        for i, word in enumerate(words):
            if after := self._after.get(word):
                for other in words[i + NEXT : i + REACH]:
                    if other in after:
                        total += after[other]
        return total


class _Pairs(_Table):
    """The table of kinds of words and of pairs of them, with its weights as a square: summed at a stroke."""

    def __init__(self, keys: Sequence[Any], weights: np.ndarray, count: int) -> None:
        super().__init__(keys, weights)
        self._square = np.zeros((count, count), complex)
        for key, weight in self.weights.items():
            a, b = divmod(key, count)
            self._square[(b, b) if a == 0 else (a - 1, b)] = weight

    def among(self, kinds: Sequence[int]) -> complex:
        """Return the sum of the weights of some kinds, in order, and of all pairs of them."""
        return complex(self._square[kinds][:, kinds].sum()) if kinds else 0j


class Model:
    """Weights as learned by ``danger_training``; scores a folded message.

    Both scores are summed at once, as one complex number: real for any danger, imaginary for an emergency.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray], concepts: Concepts) -> None:
        self._concepts = concepts
        words, letters_, pairs, skips_, rules = (_table(arrays, name) for name in TABLES)
        self._words, self._letters, self._rules = _Table(*words), _Table(*letters_), _Table(*rules)
        self._pairs, self._skips = _Pairs(*pairs, len(concepts.names)), _Skips(*skips_)
        self._bias = arrays["bias"]
        self.alarm_at, self.takeover_at, self.doubt_below = arrays["thresholds"].tolist()
        self._word = lru_cache(maxsize=16_384)(self._of_word)

    def _of_word(self, word: str) -> complex:
        return self._words.weights.get(word, 0j) + self._letters.total(letters(word))

    def score(self, tokens: Sequence[str], rules: Sequence[str]) -> Score:
        """Return the score of the gravest piece of a message; ``rules`` are the ids and the tier that rules gave."""
        tokens = told(tokens)
        base = complex(*self._bias[:2]) + self._rules.total(rules)
        pieces = list(windows(tokens)) or [[]]
        sums = [self._sum(words) for words in pieces]
        gravest = max(range(len(pieces)), key=lambda i: sums[i].real + sums[i].imag)
        whole = base + sums[gravest]
        alone = max((base.imag + self._sum(words).imag for words in sentences(tokens)), default=whole.imag) - _ALONE
        return Score(whole.real, max(whole.imag, alone), tuple(pieces[gravest]))

    def tier(self, score: Score, rules: str, urgent: Iterable[Sequence[str]], marks: Sequence[str]) -> str:
        """Return the tier of a message whose rules are sure of the tier ``rules``, and of emergencies in ``urgent`` sentences."""
        if score.emergency >= self.takeover_at or not all(self._doubts(words, marks) for words in urgent):
            return "emergency"
        return "concern" if score.any >= self.alarm_at or rules != "none" else "none"

    def _doubts(self, words: Sequence[str], marks: Sequence[str]) -> bool:
        """Does what was learned speak against an emergency that rules see in a sentence? A short one has no other meaning."""
        return len(words) > _PLAIN and self.score(words, marks).emergency < self.doubt_below

    def _sum(self, words: Sequence[str]) -> complex:
        own = sum(map(self._word, words), 0j)
        far = self._pairs.among(self._concepts.all(words)) + self._skips.around(words)
        return (own + self._words.total(phrases(words)) + far) * scale(words)

    def kinds(self, score: Score, rules: Sequence[str]) -> dict[str, float]:
        """Return the log-odds of each category, and of "other" as the audience, for a message that shows danger."""
        words = score.words
        pieces = [piece for word in words for piece in letters(word)]
        far = self._pairs.kinds(self._concepts.pairs(words)) + self._skips.kinds(skips(words))
        found = self._words.kinds([*words, *phrases(words)]) + self._letters.kinds(pieces) + far
        sums = self._bias[2:] + found * (scale(words) if words else 0.0) + self._rules.kinds(rules)
        return dict(zip(KINDS, sums.tolist(), strict=True))


def _table(arrays: Mapping[str, np.ndarray], name: str) -> tuple[list[Any], np.ndarray]:
    """Return what the rows of a table stand for, and the rows; few messages may leave a table empty."""
    keys = bytes(arrays[f"{name}.keys"]).decode()
    names: list[Any] = keys.split("\n") if keys else []
    return [int(number) for number in names] if name == "pairs" else names, arrays[f"{name}.weights"]


def read_model(file: Path | BinaryIO, concepts: Concepts) -> Model:
    """Return the model that ``danger_training`` wrote."""
    with np.load(file) as arrays:
        return Model(arrays, concepts)


def fingerprint(folder: Path) -> str:
    """Return a hash of everything in ``data/crisis`` that the weights are learned from."""
    digest = hashlib.sha256(_RECIPE.encode())
    for name in _LEARNED_FROM:
        path = folder / name
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
