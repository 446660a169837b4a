"""Does a message show danger? Rules first; a learned part may raise what they say.

In a longer sentence it may doubt a rule: an emergency becomes a concern, so that the help stays beside the answer, and
what sentence and message are both far from is dropped.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from faqbot.danger.encoder import Encoder
from faqbot.danger.features import load_concepts
from faqbot.danger.model import ENCODER, Model, Score, fingerprint, read_model
from faqbot.danger.reading import Reader, Reading
from faqbot.danger.rules import CATEGORIES, TIERS, Hit
from faqbot.danger.subject import Subjects, load_subjects
from faqbot.danger.text import Span
from faqbot.files import cache_dir, shipped, write_whole

LEARNED = "learned"
"""Stands among the rules of a signal when the learned part raised its tier."""
_RULES_SAY = 100.0
BODILY = frozenset(("overdose", "medical"))
"""The categories in which a body is in danger."""
_BODY_FIRST = 2.0
"""How much surer (log-odds) another category must be than the body's, where rules see the body alone in danger."""
_TORN = 7.0
"""How near (log-odds) body and suicide are to each other where a card must help with either."""
BOTH = "both"
"""The card that does."""
_CLEAR = 2.5
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Signal:
    """What was noticed: how grave, of what kind, about whom, by which rules and where in the message."""

    tier: str
    categories: tuple[str, ...]
    audience: str
    rules: tuple[str, ...]
    spans: tuple[Span, ...]


class CrisisDetector:
    """Looks for danger in one message at a time; holds no state."""

    def __init__(self, reader: Reader, subjects: Subjects, model: Model | None = None) -> None:
        self._reader = reader
        self._subjects = subjects
        self._model = model

    @classmethod
    def load(cls, data: Path | None = None) -> "CrisisDetector":
        """Return the detector of a data folder (default: the one shipped), learning its weights if they are not cached."""
        folder = (data or shipped("data")) / "crisis"
        reader = Reader.load(folder)
        return cls(reader, load_subjects(folder), _model(folder, reader))

    def detect(self, text: str) -> Signal | None:
        """Return the danger that a message shows, or None."""
        reading = self._reader.read(text)
        tier, kinds = reading.tier, {}
        if self._model:
            marks = reading.marks
            score = _score(self._model, reading)
            tier = self._model.tier(score, reading.claims, marks)
            if tier != "none":
                kinds = self._model.kinds(score, marks)
        return None if tier == "none" else self._signal(reading, tier, kinds)

    def _signal(self, reading: Reading, tier: str, kinds: dict[str, float]) -> Signal:
        """Return the signal; the gravest hits of the rules decide its kind, then what was learned."""
        top = [hit for hit, own in reading.hits.items() if own == tier] or list(reading.hits)
        categories = _categories(top, kinds, tier)
        other = self._is_other(reading, top, kinds.get("other", 0.0))
        ids = dict.fromkeys(hit.rule.id for hit in top)
        if self._model and tier != reading.sure:
            ids[LEARNED] = None
        spans = self._reader.folder.sources(reading.folded, [(hit.start, hit.end) for hit in top])
        return Signal(tier, categories, "other" if other else "self", tuple(ids), spans)

    def _is_other(self, reading: Reading, hits: list[Hit], learned: float) -> bool:
        """Is somebody else in danger? Where what was learned is not clear, the words around the hits decide."""
        if abs(learned) >= _CLEAR or (learned and not hits):
            return learned > 0
        return self._subjects.audience(reading.folded.text, hits) == "other"

    def score(self, text: str) -> float:
        """Return how near to any danger a message is, for curves: log-odds, or far beyond them where rules are sure."""
        reading = self._reader.read(text)
        base = _RULES_SAY * TIERS.index(reading.sure if self._model else reading.tier)
        return base + (_score(self._model, reading).any if self._model else 0.0)

    def fold(self, text: str) -> str:
        """Return the comparable form of a text, as the rules see it."""
        return self._reader.folder.fold(text).text

    def card(self, signal: Signal) -> str:
        """Return which card a signal calls for: the one that a rule names, or the category, or the card for both.

        The rule must be of the first category; a concern that suicide has to do with is met by what its rules name: a loss is one however it came.
        """
        first = signal.categories[0]
        fitting = {first, "suicide"} if signal.tier == "concern" else {first}
        rules = (rule for rule in self._reader.rules.rows if rule.id in signal.rules)
        cards = (rule.card for rule in rules if rule.category in fitting)
        return next(filter(None, cards), BOTH if _is_torn(signal.categories) else first)


def _score(model: Model, reading: Reading) -> Score:
    return model.score(reading.folded.tokens, reading.marks, disputed=reading.sure != "none")


def _categories(hits: list[Hit], kinds: dict[str, float], tier: str) -> tuple[str, ...]:
    """Return the categories of the hits, the one most fitting first; without hits the most fitting one.

    Where rules see the body alone in danger it comes first in doubt: who has swallowed something needs a doctor, whatever for.
    """
    found = {hit.rule.category for hit in hits}
    if not kinds:
        return tuple(category for category in CATEGORIES if category in found) or ("suicide",)
    bodily = tier == "emergency" and found and found <= BODILY
    near = {category: kinds[category] + (_BODY_FIRST if bodily and category in BODILY else 0.0) for category in CATEGORIES}
    first, *rest = sorted(CATEGORIES, key=near.__getitem__, reverse=True)
    torn = {category for category in rest if _is_torn((first, category)) and near[first] - near[category] <= _TORN}
    return (first, *(category for category in rest if category in found | torn))


def _is_torn(categories: Sequence[str]) -> bool:
    """Is it the body or suicide that comes first, and the other one among the rest?"""
    return categories[0] in BODILY | {"suicide"} and "suicide" in categories and not BODILY.isdisjoint(categories)


def weights_file(folder: Path) -> Path:
    """Return where the weights learned from ``data/crisis`` are cached."""
    return cache_dir() / f"danger-{fingerprint(folder)[:16]}.npz"


def train(data: Path | None = None) -> Path:
    """Learn the weights of a data folder anew, cache them, and return the file."""
    folder = (data or shipped("data")) / "crisis"
    from faqbot.danger.training import Lesson  # imports scikit-learn, which only learning needs
    from faqbot.danger.training import train as learn

    body = learn(Lesson.read(folder, Reader.load(folder)), _encoder(folder))
    write_whole(weights_file(folder), body)
    return weights_file(folder)


def _encoder(folder: Path) -> Encoder | None:
    path = folder / ENCODER
    return Encoder(path) if path.exists() else None


def _model(folder: Path, reader: Reader) -> Model | None:
    """Return the cached weights, or learn them; None where they can be neither read nor learned: rules work alone."""
    try:
        path = weights_file(folder)
        if not path.exists():
            train(folder.parent)
        return read_model(path, load_concepts(folder), _encoder(folder))
    except (ImportError, OSError) as error:
        _log.warning("danger is noticed by rules alone: %s", error)
        return None
