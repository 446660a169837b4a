"""Who is in danger: the visitor, or somebody the visitor writes about."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from faqbot.danger.rules import Hit
from faqbot.files import read_yaml


@dataclass(frozen=True)
class Subjects:
    """Words that stand for the visitor (``first``) and for others (``third``), strong ones deciding at once."""

    first: frozenset[str]
    third: frozenset[str]
    first_sure: frozenset[str]
    third_sure: frozenset[str]

    def audience(self, text: str, hits: Sequence[Hit]) -> str:
        """Return "self" unless every hit is about somebody else."""
        found = [self._of(text, hit) for hit in hits] or [self._of_message(text.split())]
        return "other" if all(who == "other" for who in found) else "self"

    def _of(self, text: str, hit: Hit) -> str:
        inside = text[hit.start : hit.end].split()
        sure = self._sure(inside)
        if sure:
            return sure
        if hit.rule.category == "abuse" and {"me", "us", "i", "nos"} & set(inside):
            return "self"
        if inside and inside[0] in self.third | self.first:
            return self._one(inside)
        before = text[: hit.start].rsplit(" . ", 1)[-1].rsplit(" ? ", 1)[-1].split()
        near = self._one(reversed(before)) or self._one(inside)
        return near or self._of_message(text.split())

    def _sure(self, words: Sequence[str]) -> str:
        for word in words:
            if word in self.first_sure:
                return "self"
            if word in self.third_sure:
                return "other"
        return ""

    def _one(self, words: object) -> str:
        for word in words:  # type: ignore[attr-defined]
            if word in self.first:
                return "self"
            if word in self.third:
                return "other"
        return ""

    def _of_message(self, words: Sequence[str]) -> str:
        own = sum(word in self.first for word in words)
        others = sum(word in self.third for word in words)
        return "other" if others > own else "self"


def load_subjects(folder: Path) -> Subjects:
    """Read subjects.yaml."""
    data = read_yaml(folder / "subjects.yaml", folder.parent).data
    return Subjects(**{key: frozenset(data[key]) for key in ("first", "third", "first_sure", "third_sure")})
