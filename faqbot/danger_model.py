"""The learned part: plain weights, summed over what a message holds. No scikit-learn, no numpy."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from faqbot.danger_features import Concepts, letters, phrases, scale, windows

Vector = tuple[float, ...]
_LEARNED_FROM = ("words.yaml", "fragments.yaml", "concepts.yaml", "rules", "messages")
_RECIPE = "1"
"""Change with the code that learns or scores: weights of another recipe are not used."""


@dataclass(frozen=True)
class Score:
    """What the learned part makes of a message: log-odds of any danger, of an emergency, of kinds and audience."""

    any: float
    emergency: float
    words: tuple[str, ...]


class Model:
    """Weights as learned by ``danger_training``; scores a folded message."""

    def __init__(self, weights: Mapping[str, Any], concepts: Concepts) -> None:
        self._concepts = concepts
        self._words: dict[str, Vector] = {key: tuple(pair) for key, pair in weights["words"].items()}
        self._letters: dict[str, Vector] = {key: tuple(pair) for key, pair in weights["letters"].items()}
        self._pairs: dict[int, Vector] = {int(key): tuple(pair) for key, pair in weights["pairs"].items()}
        self._rules: dict[str, Vector] = {key: tuple(pair) for key, pair in weights["rules"].items()}
        self._bias: Vector = tuple(weights["bias"])
        self._kinds: Mapping[str, Any] = weights["kinds"]
        self.alarm_at = float(weights["thresholds"]["alarm"])
        self.takeover_at = float(weights["thresholds"]["takeover"])
        self._word = lru_cache(maxsize=16_384)(self._of_word)

    def _of_word(self, word: str) -> Vector:
        alarm, takeover = self._words.get(word, (0.0, 0.0))
        for piece in letters(word):
            if piece in self._letters:
                a, e = self._letters[piece]
                alarm, takeover = alarm + a, takeover + e
        return alarm, takeover

    def score(self, tokens: Sequence[str], rules: Sequence[str]) -> Score:
        """Return the score of the gravest piece of a message; ``rules`` are the ids and the tier that rules gave."""
        best = Score(float("-inf"), float("-inf"), ())
        for words in windows(tokens):
            alarm, takeover = self._sums(words)
            if alarm + takeover > best.any + best.emergency:
                best = Score(alarm, takeover, tuple(words))
        alarm, takeover = self._bias
        for rule in rules:
            a, e = self._rules.get(rule, (0.0, 0.0))
            alarm, takeover = alarm + a, takeover + e
        return Score(best.any + alarm, best.emergency + takeover, best.words)

    def _sums(self, words: Sequence[str]) -> Vector:
        alarm = takeover = 0.0
        for word in words:
            a, e = self._word(word)
            alarm, takeover = alarm + a, takeover + e
        for table, keys in ((self._words, phrases(words)), (self._pairs, self._concepts.pairs(words))):
            for key in keys:
                found = table.get(key)  # type: ignore[attr-defined]
                if found:
                    alarm, takeover = alarm + found[0], takeover + found[1]
        size = scale(words)
        return alarm * size, takeover * size

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
