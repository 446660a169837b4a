"""The learned part: plain weights, summed over what a message holds. No scikit-learn, no numpy."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from pathlib import Path
from typing import Any

from faqbot.danger_features import Concepts, letters, phrases, scale, windows

_LEARNED_FROM = ("words.yaml", "fragments.yaml", "concepts.yaml", "rules", "messages")
_RECIPE = "4"
"""Change with the code that learns or scores: weights of another recipe are not used."""


@dataclass(frozen=True)
class Score:
    """What the learned part makes of a message: log-odds of any danger, of an emergency, of kinds and audience."""

    any: float
    emergency: float
    words: tuple[str, ...]


class Model:
    """Weights as learned by ``danger_training``; scores a folded message.

    Each weight is one complex number, so that both scores are summed at once: real for any danger,
    imaginary for an emergency.
    """

    def __init__(self, weights: Mapping[str, Any], concepts: Concepts) -> None:
        self._concepts = concepts
        self._words = {key: complex(*pair) for key, pair in weights["words"].items()}
        self._letters = {key: complex(*pair) for key, pair in weights["letters"].items()}
        self._pairs = {int(key): complex(*pair) for key, pair in weights["pairs"].items()}
        self._rules = {key: complex(*pair) for key, pair in weights["rules"].items()}
        self._bias = complex(*weights["bias"])
        self._kinds: Mapping[str, Any] = weights["kinds"]
        self.alarm_at = float(weights["thresholds"]["alarm"])
        self.takeover_at = float(weights["thresholds"]["takeover"])
        self._word = lru_cache(maxsize=16_384)(self._of_word)

    def _of_word(self, word: str) -> complex:
        return self._words.get(word, 0j) + _total(self._letters, letters(word))

    def score(self, tokens: Sequence[str], rules: Sequence[str]) -> Score:
        """Return the score of the gravest piece of a message; ``rules`` are the ids and the tier that rules gave."""
        base = self._bias + _total(self._rules, rules)
        pieces = list(windows(tokens)) or [[]]
        sums = [self._sum(words) for words in pieces]
        gravest = max(range(len(pieces)), key=lambda i: sums[i].real + sums[i].imag)
        whole = base + sums[gravest]
        return Score(whole.real, whole.imag, tuple(pieces[gravest]))

    def _sum(self, words: Sequence[str]) -> complex:
        own = sum(map(self._word, words), 0j)
        return (own + _total(self._words, phrases(words)) + _total(self._pairs, self._concepts.pairs(words))) * scale(words)

    def kinds(self, score: Score, rules: Sequence[str]) -> dict[str, float]:
        """Return the log-odds of each category, and of "other" as the audience, for a message that shows danger."""
        own, words = self._kinds, score.words
        size = scale(words) if words else 0.0
        parts = (
            ("words", [*words, *phrases(words)], size),
            ("letters", [piece for word in words for piece in letters(word)], size),
            ("pairs", [str(number) for number in self._concepts.pairs(words)], size),
            ("rules", rules, 1.0),
        )
        sums = list(own["bias"])
        for table, keys, factor in parts:
            found = [weights for key in keys if (weights := own[table].get(key))]
            for i, total in enumerate(map(sum, zip(*found, strict=True))):
                sums[i] += total * factor
        return dict(zip(own["names"], sums, strict=True))


def _total(weights: Mapping[Any, complex], keys: Iterable[Any]) -> complex:
    return sum(map(weights.get, keys, repeat(0j)), 0j)


def read_model(body: bytes, concepts: Concepts) -> Model:
    """Return the model that ``danger_training`` wrote."""
    return Model(json.loads(body), concepts)


def fingerprint(folder: Path) -> str:
    """Return a hash of everything in ``data/crisis`` that the weights are learned from."""
    digest = hashlib.sha256(_RECIPE.encode())
    for name in _LEARNED_FROM:
        path = folder / name
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
