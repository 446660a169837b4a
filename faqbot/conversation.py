"""What a visitor's message asks, given what they wrote before: one question, several, or a follow-up.

Nothing is remembered: the earlier messages come with the message. A message with earlier ones is read as it
stands and joined to the one before it, without what it says it does not mean; a story is read whole and by its questions
alone (its last sentence when it has none). How the rankings of both add up is learned. A message that asks two things is
cut where both halves ask and both halves' answers are among those for the whole.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from faqbot.decision import Decision, Verdict
from faqbot.matcher import Ranking
from faqbot.text import Terms, words

KINDS = ("question", "follow-up", "story")
_SENTENCE = re.compile(r"(?<=[.?!;])\s+|\n+")
_STORY = 20
"""Words from which on a message is long, and with several sentences a story."""
_CLAUSE = re.compile(r"[,.;:!?]+\s*|\s+-+\s+|\s+(?=i mean)", re.IGNORECASE)
_CUT = re.compile(r"(?<=[.?!;])\s+|\n+|\s*[,;&]\s*|\s+-+\s+|\s+")
_MOST_CUTS = 2
"""Ways to cut a message that are tried: after a "?" or at a joint first."""
_MOST_WORDS = 45
"""Messages longer than this tell a story around one question."""
_ASKS_WITHIN = 8
_AMONG = 5
_SURE = 0.5
_LIKELY = {True: 0.15, False: 0.9}
"""The surer half of a message needs the first chance (0..1); the other half needs less after a joint ("and")."""


@dataclass(frozen=True)
class Reading:
    """One way to read (a part of) a message, how it ranked, and the verdict on that by a decision."""

    question: str
    ranking: Ranking
    verdict: Verdict
    decision: Decision

    @property
    def best(self) -> str:
        """The id of the best entry; empty when there is none."""
        return self.ranking.matches[0].id if self.ranking.matches else ""


Read = Callable[[str, str], Reading]
"""Reads a text, in the light of the message before it (which may be empty)."""


@dataclass(frozen=True)
class Splitter:
    """Cuts a message that asks several things. ``joints`` are words between questions, ``asking`` begin one."""

    joints: frozenset[str]
    asking: frozenset[str]

    def readings(self, message: str, before: str, read: Read) -> list[Reading]:
        """Return the reading of every part of a message, in order; most messages have one part."""
        whole = read(message, before)
        if len(words(message)) > _MOST_WORDS:
            return [whole]
        halves = [pair for cut in self._cuts(message) if (pair := self._halves(*cut, whole, read))]
        if not halves:
            return [whole]
        first, second = max(halves, key=lambda pair: sum(reading.verdict.confidence for reading in pair))
        return [*self.readings(first.question, before, read), *self.readings(second.question, first.question, read)]

    def _cuts(self, message: str) -> list[tuple[str, str, bool]]:
        """Return the ways to cut a message so that both sides ask something, and whether a joint stood there.

        A long message tells much that only sounds like asking: it is cut after a "?" or where a joint begins a question.
        """
        cuts, long = [], len(words(message)) > _STORY
        for gap in _CUT.finditer(message):
            left, right = message[: gap.start()], message[gap.end() :]
            following, after = [*right.split(maxsplit=1), "", ""][:2]
            joint = _first_word(following) in self.joints
            if (joint or gap[0].strip() or left.endswith((".", "?", "!", ";")) or "\n" in gap[0]) and self._asks(left):
                rest = after.strip() if joint else right
                clear = left.endswith("?") or (joint and not self.asking.isdisjoint(words(rest)[:1]))
                if self._asks(rest) and (clear or not long):
                    cuts.append((left, rest, joint))
        return sorted(cuts, key=lambda cut: not (cut[0].endswith("?") or cut[2]))[:_MOST_CUTS]

    def _asks(self, text: str) -> bool:
        tokens = words(text)
        if text.rstrip().endswith("?"):
            return bool(tokens)
        return len(tokens) > 1 and any(word in self.asking for word in tokens[:_ASKS_WITHIN])

    def _halves(self, left: str, right: str, joint: bool, whole: Reading, read: Read) -> tuple[Reading, Reading] | None:
        """Return the readings of both sides, each in the light of the whole, if that asks both."""
        among = {match.id for match in whole.ranking.matches[:_AMONG]}
        found: list[Reading] = []
        for text in (left, right):
            reading = read(text, whole.question)
            if reading.best not in among or reading.verdict.confidence < _LIKELY[joint]:
                return None
            found.append(reading)
        first, second = found
        sure = max(first.verdict.confidence, second.verdict.confidence) >= _SURE
        return (first, second) if sure and first.best != second.best else None


@lru_cache(maxsize=4_096)
def _first_word(text: str) -> str:
    return next(iter(words(text)), "")


def views(message: str, before: str) -> tuple[str, tuple[str, ...]]:
    """Return the kind of a message in the light of the one before it, and the texts to rank it by."""
    sentences = [sentence for sentence in _SENTENCE.split(message) if sentence.endswith("?") or len(words(sentence)) > 1]
    if len(sentences) > 1 and len(words(message)) > _STORY:
        asked = [sentence for sentence in sentences if sentence.endswith("?")] or sentences[-1:]
        return "story", (message, " ".join(asked))
    if not before:
        return "question", (message,)
    return "follow-up", (message, before if message in before else f"{before} {message}")


def lead_in(history: Sequence[str]) -> str:
    """Return the message that a follow-up may lean on: the last one that is not blank."""
    return next((text for text in reversed(history) if words(text)), "")


@dataclass(frozen=True)
class Corrections:
    """Drops what a visitor did not mean: "no not the address, the e-mail" asks for the e-mail.

    ``refusals`` and ``denials`` begin such a message; ``doubts`` begin another kind ("not sure what ...").
    """

    refusals: frozenset[str]
    denials: tuple[str, ...]
    doubts: tuple[str, ...]

    def meant(self, message: str) -> str:
        """Return a message without a denial at its beginning; the message itself when nothing else is left of it."""
        start = 0
        for gap in _CLAUSE.finditer(message):
            said = words(message[start : gap.start()])
            while said and said[0] in self.refusals:
                del said[0]
            if said:
                first, rest = f"{' '.join(said)} ", message[gap.end() :]
                return rest if first.startswith(self.denials) and not first.startswith(self.doubts) and words(rest) else message
            start = gap.end()
        return message


@dataclass(frozen=True)
class Swapper:
    """Puts one term in another's place: "how long is iop?" then "and php?" asks how long php is."""

    synonyms: Mapping[tuple[str, ...], str]
    alternatives: tuple[frozenset[str], ...]
    openers: frozenset[str]

    @cached_property
    def _terms(self) -> Terms:
        return Terms(self.synonyms)

    def swap(self, message: str, before: str) -> str | None:
        """Return the message before with its term swapped, if that is all that ``message`` asks for."""
        if not before:
            return None
        asked = [word for word in self._terms.replace(words(message)) if word not in self.openers]
        earlier = self._terms.replace(words(before))
        for group in self.alternatives:
            if len(asked) == 1 and asked[0] in group and group & set(earlier) - set(asked):
                return " ".join(asked[0] if word in group else word for word in earlier)
        return None
