"""One reading of a message by rules: fold, find, and let frames lower or drop what they cover."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from faqbot.danger.rules import TIERS, Hit, Rule, Rules, load_rules, load_words
from faqbot.danger.text import Folded, Folder

_WORDS_BETWEEN = 4
_SENTENCE_ENDS = (" . ", " ? ")
_CLAUSE_END = frozenset((".", ",", "?", "but", "pero", "because", "porque"))


@dataclass(frozen=True)
class Reading:
    """What the rules made of a message."""

    folded: Folded
    hits: dict[Hit, str]
    """Every hit that counts, with its tier."""

    @property
    def tier(self) -> str:
        """The gravest tier of the hits, or "none"."""
        return max(self.hits.values(), key=TIERS.index, default="none")

    @property
    def sure(self) -> str:
        """The gravest tier of the hits that need no second opinion."""
        return max((tier for hit, tier in self.hits.items() if not hit.rule.soft), key=TIERS.index, default="none")

    @property
    def claims(self) -> set[tuple[str, tuple[str, ...]]]:
        """The tiers that rules are sure of, each with the words of the sentence; no words for a firm rule, so that nothing speaks against it."""
        hits = [(hit, tier) for hit, tier in self.hits.items() if not hit.rule.soft]
        return {(tier, () if hit.rule.firm else _sentence(self.folded.text, hit)) for hit, tier in hits}

    @property
    def marks(self) -> tuple[str, ...]:
        """The ids of the rules that hit, with their tiers, and the tier: what the learned part is told."""
        return (*sorted({f"{hit.rule.id}:{tier}" for hit, tier in self.hits.items()}), f"tier:{self.tier}")


class Reader:
    """Reads messages with the words and rules of one folder."""

    def __init__(self, folder: Folder, rules: Rules) -> None:
        self.folder = folder
        self.rules = rules

    @classmethod
    def load(cls, folder: Path) -> "Reader":
        """Return the reader of ``data/crisis``."""
        return cls(Folder(load_words(folder)), load_rules(folder))

    def read(self, raw: str) -> Reading:
        """Return what the rules make of a message."""
        folded = self.folder.fold(raw)
        found = self.rules.find(folded.text)
        return Reading(folded, temper(found, folded.text) if found else {})


def temper(found: Sequence[Hit], text: str) -> dict[Hit, str]:
    """Return the tier of every hit after the frames around it have lowered or dropped it."""
    frames = [hit for hit in found if _is_frame(hit.rule) and not (hit.rule.unless and hit.rule.unless.found(text))]
    tiers: dict[Hit, str] = {}
    for hit in found:
        if hit.rule.reach:
            continue
        tier = hit.rule.tier
        for frame in frames:
            if frame is not hit and _applies(frame.rule, hit.rule) and _reaches(frame, hit, text):
                tier = "none" if frame.rule.effect == "drop" else min(tier, "concern", key=TIERS.index)
        if tier != "none":
            tiers[hit] = tier
    return tiers


def _sentence(text: str, hit: Hit) -> tuple[str, ...]:
    """Return the words of the sentence around a hit."""
    start = max(text.rfind(end, 0, hit.start) for end in _SENTENCE_ENDS)
    stops = [text.find(end, hit.end) for end in _SENTENCE_ENDS]
    return tuple(text[max(start, 0) : min((stop for stop in stops if stop >= 0), default=len(text))].strip(" .?").split())


def _is_frame(rule: Rule) -> bool:
    return bool(rule.reach) or rule.absorbs


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
            return not any(end in text[low:high] for end in _SENTENCE_ENDS)
        case _:
            between, first = text[frame.end : hit.start].split(), text[hit.start : hit.end].split()[:1]
            return frame.end <= hit.start and len(between) <= _WORDS_BETWEEN and _CLAUSE_END.isdisjoint(between + first)
