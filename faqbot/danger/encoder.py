"""A second opinion where the linear score leaves doubt: a small transformer in plain numpy.

It is half of all-MiniLM-L6-v2 (Reimers & Gurevych 2019; BERT, Devlin et al. 2019) as fine-tuned by ``danger.tuning``
on the messages of ``data/crisis``, with its weights rounded to one byte each. One message takes a few milliseconds,
so it is asked only where its opinion can matter.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from threadpoolctl import ThreadpoolController

LENGTH = 192
"""Pieces of words that are read at most."""
HEADS = 12
_LONGEST = 40
"""Letters of the longest word that is taken apart; longer ones are unknown."""
_START, _END, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
_UNITS = re.compile(r"[^\W_]+|[^\w\s]|_")
_TINY = 1e-12
_LINEAR = ("attend", "merge", "widen", "narrow")


# One column a piece of a word, not one row: wide weights times few columns is the quicker product.


@dataclass(frozen=True)
class _Linear:
    """A linear map of columns."""

    weights: np.ndarray
    bias: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self.weights @ x + self.bias


@dataclass(frozen=True)
class _Norm:
    """Layer normalisation of columns."""

    gain: np.ndarray
    bias: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        x = x - x.mean(axis=0)
        return x / np.sqrt((x * x).mean(axis=0) + _TINY) * self.gain + self.bias


class Encoder:
    """Reads the words of a message; its file is read when it is first asked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pieces = lru_cache(maxsize=16_384)(self._cut)
        self._blas = ThreadpoolController()

    @cached_property
    def _arrays(self) -> dict[str, np.ndarray]:
        with np.load(self._path) as arrays:
            return dict(arrays)

    @cached_property
    def seen(self) -> frozenset[str]:
        """The files of messages that it was tuned on: thresholds are set by others."""
        return frozenset(_lines(self._arrays["seen"]))

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {piece: row for row, piece in enumerate(_lines(self._arrays["pieces"]))}

    @cached_property
    def _layers(self) -> list["_Layer"]:
        return [_layer(self._arrays, number) for number in range(len(self._arrays["norms"]))]

    def opinion(self, tokens: Sequence[str]) -> np.ndarray:
        """Return two log-odds: of any danger, and of an emergency."""
        pieces = [row for token in tokens for row in self._pieces(token)]
        rows = [self._rows[_START], *pieces[: LENGTH - 2], self._rows[_END]]
        arrays = self._arrays
        x = arrays["embedding"][rows] * arrays["factors"][rows] + arrays["places"][: len(rows)]
        x = _norm(arrays["norm"])(np.ascontiguousarray(x.T))
        with self._blas.limit(limits=1):  # several threads gain little here, and wait long for each other on a busy machine
            for layer in self._layers:
                x = layer(x)
        return x.mean(axis=1) @ arrays["head"] + arrays["bias"]

    def _cut(self, token: str) -> tuple[int, ...]:
        """Return the rows of the pieces of a token: the longest known one first (WordPiece)."""
        return tuple(row for unit in _UNITS.findall(token) for row in self._unit(unit))

    def _unit(self, unit: str) -> list[int]:
        rows: list[int] = []
        start = 0
        while start < len(unit) <= _LONGEST:
            for end in range(len(unit), start, -1):
                piece = f"##{unit[start:end]}" if start else unit[:end]
                if piece in self._rows:
                    rows.append(self._rows[piece])
                    start = end
                    break
            else:
                break
        return rows if rows and start == len(unit) else [self._rows[_UNKNOWN]]


@dataclass(frozen=True)
class _Layer:
    """One layer: words look at each other, then each is thought over."""

    attend: _Linear
    merge: _Linear
    widen: _Linear
    narrow: _Linear
    norms: tuple[_Norm, _Norm]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        width, size = x.shape
        queries, keys, values = self.attend(x).reshape(3, HEADS, width // HEADS, size)
        looks = queries.transpose(0, 2, 1) @ keys * (width // HEADS) ** -0.5
        looks = np.exp(looks - looks.max(axis=2, keepdims=True))
        seen = values @ (looks / looks.sum(axis=2, keepdims=True)).transpose(0, 2, 1)
        x = self.norms[0](x + self.merge(seen.reshape(width, size)))
        return self.norms[1](x + self.narrow(_gelu(self.widen(x))))


def _layer(arrays: Mapping[str, np.ndarray], number: int) -> _Layer:
    first, second = arrays["norms"][number]
    return _Layer(*(_linear(arrays, name, number) for name in _LINEAR), (_norm(first), _norm(second)))


def _norm(rows: np.ndarray) -> _Norm:
    gain, bias = rows[:, :, None]
    return _Norm(gain, bias)


def _linear(arrays: Mapping[str, np.ndarray], name: str, number: int) -> _Linear:
    """Return a map whose weights are kept as whole numbers, with one factor for each output."""
    weights, factors, bias = (arrays[f"{name}.{part}"][number] for part in ("weights", "factors", "bias"))
    return _Linear(np.ascontiguousarray((weights * factors).T), bias[:, None])


def _gelu(x: np.ndarray) -> np.ndarray:
    """Return the Gaussian error linear unit, by its tanh approximation (Hendrycks & Gimpel 2016)."""
    return 0.5 * x * (1 + np.tanh(0.7978846 * (x + 0.044715 * x * x * x)))


def _lines(text: np.ndarray) -> list[str]:
    return bytes(text).decode().split("\n")
