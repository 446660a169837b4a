"""Learning the weights of the learned part from ``data/crisis/messages``; the only user of scikit-learn here."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, diags, hstack
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from faqbot.danger.encoder import Encoder
from faqbot.danger.features import Concepts, letters, load_concepts, scale, spoken, told
from faqbot.danger.messages import Message, load_messages, side_by_side
from faqbot.danger.model import Doubt, leaned
from faqbot.danger.reading import Reader
from faqbot.danger.rules import CATEGORIES
from faqbot.danger.runs import apart, number, runs
from faqbot.danger.slips import Spelling, learn_words

ALARMS = 0.07
"""The share of hard ordinary messages that may carry a concern because of the learned part alone: a needless two
lines of help cost far less than a person missed. Two of the authors who set thresholds wrote by far the most and hardest of these
messages: at this share about 2 in 100 of ``data/cases/crisis/calibration.jsonl`` carry one."""
TAKEOVERS = 0.021
"""The share of hard ordinary messages that may be taken over, by rules or by the learned part: as few as still leave over 95 in
100 emergencies of ``data/cases/crisis/calibration.jsonl`` taken over."""
DOUBTED, DENIED = 0.01, 0.01
"""The shares of emergencies seen by rules that the learned part may turn into concerns, and of all dangers seen by rules that it may leave
unnoticed where it is surest: more than half of the ordinary messages that rules see go with them, and of the dangers hardly any emergency."""
_SHARES = {"runs": 0.25, "letters": 0.1, "pairs": 0.06, "apart": 0.12, "rules": 0.5}
"""How much each kind of feature weighs before learning, and with it how freely it is learned."""
_ASKED = 0.4, 0.3
"""The shares of the hard ordinary messages whose linear scores, for danger and for emergencies, leave doubt: well above those
that may be disturbed, for near the threshold the encoder tells most."""
_AT_LEAST = {"runs": 5, "letters": 4, "pairs": 4, "apart": 10, "rules": 2}
"""In how many messages a feature must stand to be learned."""
TWINS = "pairs"
"""Files whose names begin so hold a danger and an ordinary message in nearly the same words."""
_AGAINST = "probe", TWINS
"""Files whose names begin so hold what authors wrote to find the detector's faults, or twins: to learn from, not to set thresholds by."""
_STRENGTH = 3.0
_FOLDS = 5
_CONCERN = 0.15
"""How much a concern counts where emergencies are told from the rest: less, for taking it over harms less than missing one."""
_SMOOTHING = 0.05
_TELLING = 0.2, 5.0
"""How little and how much a column may count for what it tells by itself, before learning; the mean column counts 1."""
_DECIMALS = 3
_LEAST = 0.05
"""Weights nearer to zero than this are left out."""


@dataclass(frozen=True)
class Lesson:
    """Messages as they are read, and what is to be learned about each: one array element per message."""

    messages: Sequence[Message]
    table: "_Table"
    sure: Any
    """The tiers that rules are sure of."""

    @classmethod
    def read(cls, folder: Path, reader: Reader) -> "Lesson":
        """Read the messages of ``data/crisis``."""
        messages = load_messages(folder)
        messages += side_by_side(messages)
        readings = [reader.read(message.text) for message in messages]
        table = _Table.build([reading.folded.tokens for reading in readings], [reading.marks for reading in readings], load_concepts(folder))
        return cls(messages, table, np.array([reading.sure for reading in readings]))

    @cached_property
    def alarm(self) -> Any:
        """Does it show danger?"""
        return np.array([message.tier != "none" for message in self.messages])

    @cached_property
    def takeover(self) -> Any:
        """Is it an emergency?"""
        return np.array([message.tier == "emergency" for message in self.messages])

    @cached_property
    def sources(self) -> Any:
        """The file it stands in."""
        return np.array([message.source for message in self.messages])

    @cached_property
    def judged(self) -> Any:
        """Did its author write it as it is, and of danger too, and without sight of the detector's faults? Such messages set thresholds."""
        authors = {message.source for message in self.messages if message.tier != "none" and not message.source.startswith(_AGAINST)}
        return np.array([message.source in authors and not message.joined for message in self.messages])

    @cached_property
    def urgent(self) -> Any:
        """How much it counts where emergencies are told from the rest."""
        return np.where(self.takeover | ~self.alarm, 1.0, _CONCERN)

    @cached_property
    def unseen_alarm(self) -> Any:
        """Log-odds of danger, from a model that saw nothing of its author."""
        return _unseen(self.table.matrix, self.alarm, self.sources)

    @cached_property
    def unseen_takeover(self) -> Any:
        """Log-odds of an emergency, from a model that saw nothing of its author."""
        return _unseen(self.table.matrix, self.takeover, self.sources, self.urgent)


def train(lesson: Lesson, encoder: Encoder | None = None) -> bytes:
    """Return the weights as an .npz file, the same bytes for the same files."""
    matrix, alarm = lesson.table.matrix, lesson.alarm
    danger = matrix[alarm]
    shown = [message for message in lesson.messages if message.tier != "none"]
    models = [
        _fit(matrix, alarm),
        _fit(matrix, lesson.takeover, lesson.urgent),
        *(_fit(danger, np.array([message.category == category for message in shown]), balanced=True) for category in CATEGORIES),
        _fit(danger, np.array([message.audience == "other" for message in shown]), balanced=True),
    ]
    arrays = lesson.table.weights(np.column_stack([model.weights for model in models]))
    arrays["bias"] = np.array([model.bias for model in models], np.float32).round(_DECIMALS)
    arrays |= _decision(lesson, encoder)
    file = io.BytesIO()
    np.savez(file, **arrays)  # read at every start, and quicker when not compressed
    return file.getvalue()


def _decision(lesson: Lesson, encoder: Encoder | None) -> dict[str, Any]:
    """Return the thresholds, and where and how much the encoder counts; set by authors that neither part has seen."""
    judged = lesson.judged
    if encoder:
        fresh = judged & ~np.isin(lesson.sources, sorted(encoder.seen))
        judged = fresh if fresh.any() else judged
    ordinary, seen = judged & ~lesson.alarm, lesson.sure == "emergency"
    doubts, (alarms, graver) = _second(lesson, encoder, judged) if encoder else ([], (lesson.unseen_alarm, lesson.unseen_takeover))
    alarms = leaned(alarms, graver)
    contradicted = _lowest(graver[judged & lesson.takeover & seen], DOUBTED)
    by_rules = (seen & (graver >= contradicted))[ordinary].sum()
    left = max(TAKEOVERS * ordinary.sum() - by_rules, 1) / (ordinary & ~seen).sum()
    thresholds = (
        _threshold(alarms[ordinary & (lesson.sure == "none")], ALARMS),
        _threshold(graver[ordinary & ~seen], left),
        contradicted,
        _lowest(alarms[judged & lesson.alarm & (lesson.sure != "none")], DENIED),
    )
    return {"thresholds": np.array(thresholds), "doubts": np.array([astuple(doubt) for doubt in doubts]).reshape(-1, 2)}


def _second(lesson: Lesson, encoder: Encoder, judged: Any) -> tuple[list[Doubt], list[Any]]:
    """Return where the scores leave doubt, and the scores of all messages with the encoder's opinion of the judged ones."""
    scores, disputed = (lesson.unseen_alarm, lesson.unseen_takeover), lesson.sure != "none"
    lows = [_threshold(values[judged & ~lesson.alarm], share) for values, share in zip(scores, _ASKED, strict=True)]
    asked = judged & np.any([disputed, *(values >= low for values, low in zip(scores, lows, strict=True))], axis=0)
    opinions = np.zeros((len(judged), len(scores)))
    opinions[asked] = [encoder.opinion(lesson.table.texts[row].split(" ")) for row in np.flatnonzero(asked)]
    doubts, settled = [], []
    for values, low, own, labels in zip(scores, lows, opinions.T, (lesson.alarm, lesson.takeover), strict=True):
        rows = judged & (disputed | (values >= low))
        doubts.append(Doubt(low, _share(np.column_stack([values, own])[rows], labels[rows])))
        settled.append(np.where(rows, doubts[-1].settle(values, own, disputed), values))
    return doubts, settled


def _share(scores: Any, labels: Any) -> float:
    """Return how much the second of two scores counts where both together tell best (stacking, Wolpert 1992)."""
    first, second = LogisticRegression().fit(scores, labels).coef_[0]
    return round(float(second / (first + second)), _DECIMALS)


@dataclass(frozen=True)
class _Fitted:
    """A linear score: one weight per column, and the bias."""

    weights: Any
    bias: float

    def scores(self, matrix: Any) -> Any:
        """Return one score per row."""
        return matrix @ self.weights + self.bias


def _fit(matrix: Any, labels: Any, weights: Any = None, *, balanced: bool = False) -> _Fitted:
    """Fit a logistic regression on columns that count the more, the better each by itself parts the labels."""
    telling = diags(_telling(matrix, labels, np.ones(len(labels)) if weights is None else weights))
    kind = "balanced" if balanced else None
    model = LogisticRegression(C=_STRENGTH, solver="liblinear", dual=True, random_state=0, tol=1e-2, max_iter=1000, class_weight=kind)
    model.fit((matrix @ telling).tocsr(), labels, weights)
    return _Fitted(telling @ model.coef_[0], float(model.intercept_[0]))


def _telling(matrix: Any, labels: Any, weights: Any) -> Any:
    """Return how much each column tells by itself: the root of its log-count ratio (Wang & Manning 2012), bounded."""
    shares = [matrix.T @ (weights * side) + _SMOOTHING for side in (labels, ~labels)]
    ratios = np.abs(np.log(shares[0] / shares[0].sum()) - np.log(shares[1] / shares[1].sum()))
    return np.sqrt(np.clip(ratios / ratios.mean(), *_TELLING))


def _unseen(matrix: Any, labels: Any, sources: Any, weights: Any = None) -> Any:
    """Return a score for every message from a model that saw nothing of its author; ordinary traffic is always seen."""
    scores = np.zeros(len(labels))
    authors = [source for source in sorted(set(sources)) if labels[sources == source].any()]
    for fold in range(min(_FOLDS, len(authors))):
        out = np.isin(sources, authors[fold::_FOLDS])
        model = _fit(matrix[~out], labels[~out], None if weights is None else weights[~out])
        scores[out] = model.scores(matrix[out])
    return scores


def _threshold(scores: Any, share: float) -> float:
    """Return the score that only ``share`` of ``scores`` reach."""
    return round(float(np.quantile(scores, 1 - share)), _DECIMALS)


def _lowest(scores: Any, share: float) -> float:
    """Return the score that all but ``share`` of ``scores`` reach, if there are any."""
    return _threshold(scores, 1 - share) if len(scores) else -np.inf


@dataclass(frozen=True)
class _Table:
    """Messages as rows of one sparse matrix, and what its columns are."""

    matrix: Any
    columns: Mapping[str, tuple[list[str], Any]]
    """Kind of feature -> the names of its columns, and the factor that turns a count into the column's value."""
    known: tuple[list[str], int]
    """What ``Spelling`` needs."""
    texts: Sequence[str]
    """The messages as the encoder reads them."""

    @classmethod
    def build(cls, tokens: Sequence[Sequence[str]], marks: Sequence[Sequence[str]], concepts: Concepts) -> "_Table":
        """Count runs of words, letters, pairs of kinds of words, and rules."""
        typed = list(map(told, tokens))
        known = learn_words(map(spoken, typed))
        spelled = list(map(Spelling(*known).repair, typed))
        words = list(map(spoken, spelled))
        size = diags([scale(row) for row in words])
        # One message at a time: all of their features at once would fill a small machine.
        features: dict[str, _Counted] = {
            "runs": _count(map(runs, words), _AT_LEAST["runs"]),
            "letters": _count_letters(words, _AT_LEAST["letters"]),
            "pairs": _count(([str(number) for number in concepts.pairs(row)] for row in words), _AT_LEAST["pairs"]),
            "apart": _count(map(apart, words), _AT_LEAST["apart"]),
            "rules": _count(marks, _AT_LEAST["rules"]),
        }
        blocks, columns = [], {}
        for kind, (counts, names) in features.items():
            factors = _SHARES[kind] * (np.ones(counts.shape[1]) if kind == "rules" else _rarity(counts))
            blocks.append(counts @ diags(factors) if kind == "rules" else size @ counts @ diags(factors))
            columns[kind] = (names, factors)
        return cls(hstack(blocks).tocsr(), columns, known, list(map(" ".join, spelled)))

    def weights(self, learned: Any) -> dict[str, Any]:
        """Return, for each kind of feature, its names and the learned weights of one count of it, without those near zero."""
        kept, start = {}, 0
        for kind, (names, factors) in self.columns.items():
            rows = (learned[start : start + len(names)] * factors[:, None]).round(_DECIMALS)
            start += len(names)
            telling = np.flatnonzero(np.abs(rows[:, :2]).max(axis=1) >= _LEAST)
            kept[kind] = [names[i] for i in telling], rows[telling]
        (near, by_near), (far, by_far) = kept.pop("runs"), kept.pop("apart")
        result = number([*near, *far], np.concatenate([by_near, by_far]))
        words, often = self.known
        result |= {"spelling.words": np.frombuffer("\n".join(words).encode(), np.uint8), "spelling.often": np.array(often)}
        for kind, (names, rows) in kept.items():
            result[f"{kind}.keys"] = np.frombuffer("\n".join(names).encode(), np.uint8)
            result[f"{kind}.weights"] = rows.astype(np.float32)
        return result


_Counted = tuple[csr_matrix, list[str]]
"""How often each message holds each feature, and what the features are called."""


def _count(rows: Iterable[Sequence[str]], at_least: int) -> _Counted:
    """Count the features that stand in at least so many rows."""
    vectorizer = CountVectorizer(analyzer=list, min_df=at_least)
    counts = vectorizer.fit_transform(rows).astype(float)
    return counts, list(vectorizer.get_feature_names_out())


def _count_letters(words: Sequence[Sequence[str]], at_least: int) -> _Counted:
    """Count the pieces of words in each message; each word is cut up once."""
    messages, vocabulary = _count(words, 1)
    pieces, names = _count(map(letters, vocabulary), 1)
    counts = (messages @ pieces).tocsc()
    often = np.flatnonzero(np.diff(counts.indptr) >= at_least)
    return counts[:, often].tocsr(), [names[i] for i in often]


def _rarity(counts: Any) -> Any:
    """Return the inverse document frequency of every column."""
    found = np.asarray((counts > 0).sum(axis=0)).ravel()
    return np.log((counts.shape[0] + 1) / (found + 1)) + 1
