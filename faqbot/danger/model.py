"""The learned part: plain weights, summed over what a message holds. No scikit-learn."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from faqbot.danger.encoder import Encoder
from faqbot.danger.features import WINDOW, Concepts, breaks_off, is_story, letters, scale, spoken, told, windows
from faqbot.danger.rules import CATEGORIES, TIERS
from faqbot.danger.runs import Found, Runs
from faqbot.danger.slips import Spelling
from faqbot.danger.text import Span

TABLES = ("letters", "pairs", "rules")
"""Kinds of features beside runs of words; each has its keys and weights in the file."""
KINDS = (*CATEGORIES, "other")
"""What is told apart once there is danger: the category, and whether it is about somebody else."""
_LEANS = 0.05
"""How much the score for an emergency counts in the one for any danger: where few alarms are wanted, emergencies come first."""
_PLAIN = 8
"""Words up to which a sentence is taken by its word when a rule is sure of it."""
_LEARNED_FROM = ("words.yaml", "fragments.yaml", "concepts.yaml", "rules", "messages")
ENCODER = "encoder.npz"
"""What the second opinion is read from, if there is one."""
_RECIPE = "39"
"""Change with the code that learns or scores: weights of another recipe are not used."""


@dataclass(frozen=True)
class Score:
    """What the learned part makes of a message: how near (as log-odds) to any danger and to an emergency, and the words that weigh most."""

    any: float
    emergency: float
    words: tuple[str, ...]


_NOTHING = Score(-6.0, -6.0, ())
"""What tells nothing is as far from danger (log-odds) as anything that was learned from."""


@dataclass(frozen=True)
class Doubt:
    """Linear scores from ``low`` on leave doubt; there the encoder's opinion counts for ``share`` of the score."""

    low: float
    share: float

    def leaves(self, score: Any) -> Any:
        """Does a score (or each of an array) leave doubt?"""
        return score >= self.low

    def settle(self, score: Any, opinion: Any, disputed: Any) -> Any:
        """Return the score with the opinion counted in, where there is doubt or rules say something of their own."""
        return np.where(self.leaves(score) | disputed, (1 - self.share) * score + self.share * opinion, score)


def leaned(alarm: Any, takeover: Any) -> Any:
    """Return the score, or array of scores, that an alarm is given for."""
    return (1 - _LEANS) * alarm + _LEANS * takeover


class _Table:
    """What one kind of feature weighs: a complex number (any danger, an emergency), and a row of kinds."""

    def __init__(self, keys: Sequence[Any], weights: np.ndarray) -> None:
        self._rows = dict(zip(keys, range(len(keys)), strict=True))
        self._kinds = weights[:, 2:]
        self._sums = (weights[:, 0] + 1j * weights[:, 1].astype(float)).tolist()

    def total(self, keys: Iterable[Any]) -> complex:
        """Return the sum of the weights of ``keys``; unknown ones weigh nothing."""
        return sum((self._sums[self._rows[key]] for key in keys if key in self._rows), 0j)

    def kinds(self, keys: Iterable[Any]) -> np.ndarray:
        """Return the sum of the rows of ``keys``, one number per kind."""
        return self._kinds[[self._rows[key] for key in keys if key in self._rows]].sum(axis=0)


class _Pairs(_Table):
    """The table of kinds of words and of pairs of them, with its weights as a square: summed at a stroke."""

    def __init__(self, keys: Sequence[Any], weights: np.ndarray, count: int) -> None:
        super().__init__(keys, weights)
        self._square = np.zeros((count, count), complex)
        for key, weight in zip(keys, self._sums, strict=True):
            a, b = divmod(key, count)
            self._square[(b, b) if a == 0 else (a - 1, b)] = weight

    def among(self, kinds: Sequence[int]) -> complex:
        """Return the sum of the weights of some kinds, each once, and of all pairs of them."""
        return complex(self._square.take(kinds, axis=0).take(kinds, axis=1).sum()) if kinds else 0j


class Model:
    """Weights as learned by ``danger.training``; scores a folded message.

    Both scores are summed at once, as one complex number: real for any danger, imaginary for an emergency.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray], concepts: Concepts, encoder: Encoder | None = None) -> None:
        self._concepts, self._encoder = concepts, encoder
        letters_, pairs, rules = (_table(arrays, name) for name in TABLES)
        self._runs, self._letters, self._rules = Runs(arrays), _Table(*letters_), _Table(*rules)
        self._pairs = _Pairs(*pairs, len(concepts.names))
        self._bias = arrays["bias"]
        self._base = complex(*self._bias[:2])
        self.alarm_at, self.takeover_at, self.doubt_below, self.deny_below = arrays["thresholds"].tolist()
        self._doubts = [Doubt(*row) for row in arrays["doubts"].tolist()]
        self._spelling = Spelling(bytes(arrays["spelling.words"]).decode().split("\n"), int(arrays["spelling.often"]))
        self._inside = lru_cache(maxsize=16_384)(lambda word: self._letters.total(letters(word)))

    def score(self, tokens: Sequence[str], rules: Sequence[str], *, disputed: bool = False) -> Score:
        """Return the score of the gravest piece of a message; ``rules`` are the ids and the tier that rules gave.

        The encoder is asked in doubt, and where rules are sure of something (``disputed``), so that no score alone speaks against them.
        It reads a message whole, but not a story, which takes long enough without.
        """
        tokens = self._spelling.repair(told(tokens))
        if breaks_off(tokens):
            return _NOTHING
        words = spoken(tokens)
        found = self._runs.find(words)
        base = self._base + self._rules.total(rules)
        sums = {piece: base + self._sum(words, found, piece) for piece in windows(tokens)}
        gravest = max(sums, key=lambda piece: sums[piece].real + sums[piece].imag)
        score = self._settled(sums[gravest], () if is_story(tokens) else tokens, disputed)
        return Score(leaned(score.real, score.imag), score.imag, tuple(words[slice(*gravest)]))

    def _settled(self, score: complex, tokens: Sequence[str], disputed: bool) -> complex:
        """Return scores, with the encoder's opinion of some tokens, if any, where they leave doubt or are disputed."""
        if not self._encoder or not tokens:
            return score
        scores = score.real, score.imag
        if not disputed and not any(doubt.leaves(value) for doubt, value in zip(self._doubts, scores, strict=True)):
            return score
        opinion = self._encoder.opinion(tokens)
        return complex(*(doubt.settle(*values, disputed) for doubt, *values in zip(self._doubts, scores, opinion, strict=True)))

    def tier(self, score: Score, claims: Iterable[tuple[str, Sequence[str]]], marks: Sequence[str]) -> str:
        """Return the tier of a message, given the tiers that rules are sure of and the words of the sentences that they stand in."""
        if score.emergency >= self.takeover_at:
            return "emergency"
        tiers = [self._upheld(*claim, score, marks) for claim in claims]
        if score.any >= self.alarm_at:
            tiers.append("concern")
        return max(tiers, key=TIERS.index, default="none")

    def _upheld(self, tier: str, words: Sequence[str], whole: Score, marks: Sequence[str]) -> str:
        """Return what is left of a tier that rules see in a sentence where what was learned speaks against it; a short one has no other meaning."""
        if len(told(words)) <= _PLAIN:
            return tier
        own = self.score(words, marks, disputed=True)
        if tier == "emergency" and own.emergency >= self.doubt_below:
            return tier
        # One line among many others weighs little, for the encoder too.
        return "concern" if len(words) > WINDOW or max(own.any, whole.any) >= self.deny_below else "none"

    def _sum(self, words: Sequence[str], found: Found, piece: Span) -> complex:
        own = words[slice(*piece)]
        kinds = self._pairs.among(self._concepts.all(own))
        return (sum(map(self._inside, own), kinds) + found.within(*piece)) * scale(own)

    def kinds(self, score: Score, rules: Sequence[str]) -> dict[str, float]:
        """Return the log-odds of each category, and of "other" as the audience, for a message that shows danger."""
        words = score.words
        pieces = [piece for word in words for piece in letters(word)]
        found = self._letters.kinds(pieces) + self._pairs.kinds(self._concepts.pairs(words)) + self._runs.kinds(self._runs.find(words))
        sums = self._bias[2:] + found * (scale(words) if words else 0.0) + self._rules.kinds(rules)
        return dict(zip(KINDS, sums.tolist(), strict=True))


def _table(arrays: Mapping[str, np.ndarray], name: str) -> tuple[list[Any], np.ndarray]:
    """Return what the rows of a table stand for, and the rows; few messages may leave a table empty."""
    keys = bytes(arrays[f"{name}.keys"]).decode()
    names: list[Any] = keys.split("\n") if keys else []
    return [int(number) for number in names] if name == "pairs" else names, arrays[f"{name}.weights"]


def read_model(file: Path | BinaryIO, concepts: Concepts, encoder: Encoder | None = None) -> Model:
    """Return the model that ``danger.training`` wrote."""
    with np.load(file) as arrays:
        return Model(arrays, concepts, encoder)


def fingerprint(folder: Path) -> str:
    """Return a hash of everything in ``data/crisis`` that the weights are learned from."""
    digest = hashlib.blake2b(_RECIPE.encode())  # twice as quick as SHA-256, at every start
    second = [ENCODER] if (folder / ENCODER).exists() else []
    for path in (folder / name for name in (*_LEARNED_FROM, *second)):
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
