"""Does a message show danger? Rules first; a learned part may raise what they say, never lower it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from faqbot.danger_model import Model, load_model
from faqbot.danger_rules import CATEGORIES, TIERS, Hit, Rule, Rules, load_rules, load_words
from faqbot.danger_subject import Subjects, load_subjects
from faqbot.danger_text import Folded, Folder, Span
from faqbot.files import shipped

_WORDS_BETWEEN = 4
_CLAUSE_END = frozenset((".", ",", "?", "but", "pero", "because", "porque"))


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

    def __init__(self, folder: Folder, rules: Rules, subjects: Subjects, model: Model | None = None) -> None:
        self._folder = folder
        self._rules = rules
        self._subjects = subjects
        self._model = model

    @classmethod
    def load(cls, data: Path | None = None) -> "CrisisDetector":
        """Return the detector of a data folder (default: the one shipped), with its learned part if there is one."""
        folder = (data or shipped("data")) / "crisis"
        return cls(
            Folder(load_words(folder)), load_rules(folder), load_subjects(folder), load_model(folder)
        )

    def detect(self, text: str) -> Signal | None:
        """Return the danger that a message shows, or None."""
        folded = self._folder.fold(text)
        folded_text = folded.text
        hits = temper(self._rules.find(folded.tokens, folded_text), folded_text)
        return self._signal(folded, folded_text, hits)

    def fold(self, text: str) -> str:
        """Return the comparable form of a text, as the rules see it."""
        return self._folder.fold(text).text

    def card(self, signal: Signal) -> str:
        """Return which card a signal calls for: that of its first rule of the first category that names one, or the category."""
        first = signal.categories[0]
        cards = (rule.card for rule in self._rules.rows if rule.id in signal.rules and rule.category == first)
        return next(filter(None, cards), first)

    def _signal(self, folded: Folded, text: str, hits: dict[Hit, str]) -> Signal | None:
        tier = max(hits.values(), key=TIERS.index, default="none")
        score = self._model.score(folded.tokens, tier) if self._model else None
        raised = score.tier if score else tier
        if raised == "none":
            return None
        top = [hit for hit, own in hits.items() if own == tier] if tier != "none" else []
        categories = {hit.rule.category for hit in top}
        if not categories:
            categories = {score.category} if score else {"suicide"}
        audience = self._subjects.audience(text, top)
        ids = tuple(dict.fromkeys(hit.rule.id for hit in top)) + (("learned",) if raised != tier else ())
        spans = tuple(sorted({folded.source(hit.start, hit.end) for hit in top}))
        return Signal(raised, tuple(c for c in CATEGORIES if c in categories), audience, ids, spans)


def temper(found: Sequence[Hit], text: str) -> dict[Hit, str]:
    """Return the tier of every hit after the frames around it have lowered or dropped it."""
    frames = [
        hit for hit in found if (hit.rule.reach or hit.rule.absorbs) and not (hit.rule.unless and hit.rule.unless.found(text))
    ]
    tiers: dict[Hit, str] = {}
    for hit in found:
        if hit.rule.reach:
            continue
        tier = hit.rule.tier
        for frame in frames:
            if frame is not hit and _applies(frame.rule, hit.rule) and _reaches(frame, hit, text):
                tier = "none" if frame.rule.effect == "drop" else min(tier, "concern", key=TIERS.index)
            if tier == "none":
                break
        if tier != "none":
            tiers[hit] = tier
    return tiers


def _applies(frame: Rule, rule: Rule) -> bool:
    if frame.only and rule.category not in frame.only:
        return False
    return frame.effect == "drop" or not rule.firm


def _reaches(frame: Hit, hit: Hit, text: str) -> bool:
    match frame.rule.reach or "covers":
        case "message":
            return True
        case "covers":
            return frame.start <= hit.start and hit.end <= frame.end
        case "sentence":
            low, high = min(frame.end, hit.end), max(frame.start, hit.start)
            return not any(mark in text[low:high] for mark in (" . ", " ? "))
        case _:
            between = text[frame.end : hit.start].split()
            return frame.end <= hit.start and len(between) <= _WORDS_BETWEEN and not _CLAUSE_END & set(between)
