"""Linear scores for every entry: fitted with scikit-learn, used as plain numpy arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from faqbot.features import Array, Encoded

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SVC_LIMIT = 4_000_000
"""Phrasings times entries up to which a LinearSVC is fitted; above it, entry centroids stand in."""
_MANY_ROWS = 20_000
_COMMON, _FEW = 0.03, 200
"""A term in more than this share of the phrasings (and in more than so many) tells hardly one from another."""
_FAINT = 0.02
"""Smaller weights of a mean phrasing are common terms: they part nothing, and cost most of the time."""
_SEED = 20260101
_DECIMALS = 5


@dataclass(frozen=True)
class Dense:
    """One weight per column and entry; ``table`` is float32, (sparse columns + dimensions, entries)."""

    table: Array
    bias: Array

    def scores(self, encoded: Encoded) -> Array:
        """Return one score per entry."""
        width = len(self.table) - len(encoded.vector)
        sparse = encoded.weights @ self.table[encoded.columns]
        return sparse + encoded.vector @ self.table[width:] + self.bias

    def arrays(self) -> dict[str, Array]:
        """Return what ``from_arrays`` needs."""
        return {"table": self.table, "bias": self.bias}


@dataclass(frozen=True)
class Postings:
    """Sparse rows stored by column, so that a question touches only the columns that it has."""

    pointers: Array
    rows: Array
    weights: Array
    vectors: Array

    @classmethod
    def build(cls, matrix: "csr_matrix", vectors: Array) -> "Postings":
        """Build from a sparse matrix (rows, columns) and the vector of each row."""
        by_column = matrix.tocsc()
        by_column.sort_indices()
        return cls(
            by_column.indptr.astype(np.int64),
            by_column.indices.astype(np.int32),
            by_column.data.round(_DECIMALS).astype(np.float32),
            vectors.round(_DECIMALS).astype(np.float32),
        )

    def products(self, encoded: Encoded) -> Array:
        """Return the product of every row with a question's sparse terms."""
        starts, ends = self.pointers[encoded.columns], self.pointers[encoded.columns + 1]
        lengths = ends - starts
        where = np.arange(lengths.sum()) + np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
        weights = self.weights[where] * np.repeat(encoded.weights, lengths)
        return np.bincount(self.rows[where], weights, minlength=len(self.vectors))

    def scores(self, encoded: Encoded) -> Array:
        """Return the product of every row with a question's terms and vector."""
        return self.products(encoded) + self.vectors @ encoded.vector

    def within(self, encoded: Encoded, spans: Sequence[slice]) -> list[Array]:
        """Return the products of the rows in each of the spans."""
        products = self.products(encoded)
        return [products[span] for span in spans]

    def arrays(self) -> dict[str, Array]:
        """Return what ``from_arrays`` needs."""
        return {name: getattr(self, name) for name in ("pointers", "rows", "weights", "vectors")}


@dataclass(frozen=True)
class Rows:
    """Sparse rows stored by row, for corpora so large that only a few rows are worth a look."""

    pointers: Array
    columns: Array
    weights: Array
    vectors: Array

    def within(self, encoded: Encoded, spans: Sequence[slice]) -> list[Array]:
        """Return the products of the rows in each of the spans with a question's sparse terms."""
        dense = np.zeros(int(self.columns.max(initial=0)) + 1, np.float32)
        known = encoded.columns < len(dense)
        dense[encoded.columns[known]] = encoded.weights[known]
        return [self._span(dense, self.pointers[span.start : span.stop + 1]) for span in spans]

    def _span(self, dense: Array, bounds: Array) -> Array:
        own = slice(bounds[0], bounds[-1])
        products = dense[self.columns[own]] * self.weights[own]
        owner = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
        return np.bincount(owner, products, minlength=len(bounds) - 1)

    def arrays(self) -> dict[str, Array]:
        """Return what ``from_arrays`` needs."""
        return {name: getattr(self, name) for name in ("pointers", "columns", "weights", "vectors")}


Linear = Dense | Postings
Stored = Postings | Rows


def from_arrays(arrays: dict[str, Array]) -> Any:
    """Return what was saved by ``arrays``."""
    kind = Dense if "table" in arrays else Postings if "rows" in arrays else Rows
    return kind(**arrays)


def store(encoded: Sequence[Encoded], width: int) -> Stored:
    """Keep phrasings so that a question can be compared with them: by column, or by row when there are many."""
    matrix, vectors = sparse_rows(encoded, width), np.stack([e.vector for e in encoded]).round(_DECIMALS)
    if len(encoded) <= _MANY_ROWS:
        return Postings.build(_without_common(matrix), vectors)
    weights = matrix.data.round(_DECIMALS).astype(np.float32)
    return Rows(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), weights, vectors.astype(np.float32))


def fit_linear(encoded: Sequence[Encoded], owner: Array, count: int, width: int) -> Linear:
    """Fit scores for ``count`` entries on phrasings and their ``owner`` (entry number, sorted)."""
    present = np.unique(owner)
    if len(present) < 3 or len(owner) * count > SVC_LIMIT:
        return _centroids(encoded, owner, count, width)
    from sklearn.svm import LinearSVC  # a second to import, and needed only to learn

    features = _features(encoded, width)
    model = LinearSVC(C=1.0, random_state=_SEED).fit(features, owner)
    table = np.zeros((features.shape[1], count), np.float32)
    bias = np.full(count, -1e3, np.float32)
    table[:, present] = np.round(model.coef_.T, _DECIMALS)
    bias[present] = np.round(model.intercept_, _DECIMALS)
    return Dense(table, bias)


def fit_background(inside: Sequence[Encoded], outside: Sequence[Encoded], width: int) -> Dense:
    """Fit one score that is high for lines like ``outside``; all zero when there are none."""
    size = width + len(inside[0].vector)
    if not outside:
        return Dense(np.zeros((size, 1), np.float32), np.zeros(1, np.float32))
    from sklearn.svm import LinearSVC

    labels = np.array([0] * len(inside) + [1] * len(outside))
    model = LinearSVC(C=0.3, class_weight="balanced", random_state=_SEED).fit(
        _features([*inside, *outside], width), labels
    )
    return Dense(np.round(model.coef_.T, _DECIMALS).astype(np.float32), model.intercept_.round(_DECIMALS))


def _without_common(matrix: "csr_matrix") -> "csr_matrix":
    """Return a matrix without the entries of columns that very many rows have."""
    common = np.bincount(matrix.indices, minlength=matrix.shape[1]) > max(_COMMON * matrix.shape[0], _FEW)
    matrix.data[common[matrix.indices]] = 0
    matrix.eliminate_zeros()
    return matrix


def sparse_rows(encoded: Sequence[Encoded], width: int) -> "csr_matrix":
    """Return the sparse terms of texts as a matrix (texts, columns)."""
    from scipy.sparse import csr_matrix  # slow to import, and needed only to learn

    pointers = np.concatenate(([0], np.cumsum([len(e.columns) for e in encoded])))
    columns = np.concatenate([e.columns for e in encoded])
    weights = np.concatenate([e.weights for e in encoded])
    return csr_matrix((weights, columns, pointers), shape=(len(encoded), width))


def _features(encoded: Sequence[Encoded], width: int) -> "csr_matrix":
    from scipy.sparse import csr_matrix, hstack

    return hstack([sparse_rows(encoded, width), csr_matrix(np.stack([e.vector for e in encoded]))]).tocsr()


def _centroids(encoded: Sequence[Encoded], owner: Array, count: int, width: int) -> Postings:
    """Return every entry's mean phrasing, scaled to unit length."""
    from scipy.sparse import csr_matrix

    sizes = np.maximum(np.bincount(owner, minlength=count), 1)
    picks = csr_matrix((1 / sizes[owner], (owner, np.arange(len(owner)))), shape=(count, len(owner)))
    means = picks @ sparse_rows(encoded, width)
    vectors = picks @ np.stack([e.vector for e in encoded])
    squares = np.asarray(means.multiply(means).sum(axis=1)).ravel() + (vectors * vectors).sum(axis=1)
    scale = 1 / np.sqrt(np.maximum(squares, 1e-12))
    scaled = csr_matrix(means.multiply(scale[:, None]))
    scaled.data[scaled.data < _FAINT] = 0
    scaled.eliminate_zeros()
    return Postings.build(scaled, vectors * scale[:, None])
