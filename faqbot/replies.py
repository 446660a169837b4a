"""The frozen things the bot can say, and their JSON."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["answer", "suggestions", "no_answer", "crisis"]
Tier = Literal["emergency", "concern"]
Audience = Literal["self", "other"]


@dataclass(frozen=True)
class Answer:
    """A reviewed answer; ``confidence`` is the calibrated chance (0..1) that it fits the question."""

    id: str
    question: str
    text: str
    sources: tuple[str, ...]
    reviewed: str
    confidence: float
    lang: str = "en"


@dataclass(frozen=True)
class Suggestion:
    """An entry that may be meant; tapping it asks ``question``."""

    id: str
    question: str


@dataclass(frozen=True)
class Action:
    """One way to reach somebody: a label and a ``tel:``, ``sms:`` or ``https:`` link."""

    label: str
    href: str


@dataclass(frozen=True)
class Helpline:
    """A helpline as shown to a visitor."""

    id: str
    name: str
    note: str
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Choice:
    """A button under a card; tapping it sends ``message`` as the visitor's next message."""

    label: str
    message: str


@dataclass(frozen=True)
class Crisis:
    """Help for danger. ``message`` holds paragraphs parted by blank lines; the first gives the action."""

    tier: Tier
    categories: tuple[str, ...]
    audience: Audience
    message: str
    helplines: tuple[Helpline, ...]
    question: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Contact:
    """How to reach a person at the center. ``hours`` maps mon..sun to (open, close) pairs, "HH:MM"."""

    name: str
    phone: str
    after_hours_phone: str | None = None
    crisis_phone: str | None = None
    email: str | None = None
    address: str | None = None
    time_zone: str | None = None
    hours: dict[str, tuple[tuple[str, str], ...]] | None = None
    hours_text: tuple[str, ...] = ()


@dataclass(frozen=True)
class PhrasingMatch:
    """Why an entry came up: the stored phrasing nearest to the question, and the scores of both engines."""

    id: str
    phrasing: str
    score: float
    tfidf: float
    fuzzy: float


@dataclass(frozen=True)
class Explanation:
    """How one part of a message was decided; scores and thresholds are probabilities, 0..1."""

    question: str
    outcome: str
    confidence: float
    margin: float
    answer_threshold: float
    suggest_threshold: float
    features: dict[str, float]
    matches: tuple[PhrasingMatch, ...]


@dataclass(frozen=True)
class Reply:
    """What the bot says to one message.

    ``message`` is the lead sentence (empty for a plain answer); ``crisis`` with tier "emergency"
    goes with kind "crisis" and no answer, with tier "concern" it rides along with any other kind.
    ``explain`` tells how each part was decided and is never sent to a visitor.
    """

    kind: Kind
    lang: str
    contact: Contact
    message: str = ""
    answers: tuple[Answer, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    crisis: Crisis | None = None
    explain: tuple[Explanation, ...] = field(default=(), repr=False)

    def as_json(self) -> dict[str, Any]:
        """Return the dict that the HTTP API sends: the fields in order, without ``explain``."""
        body = asdict(self)
        del body["explain"]
        return body


def unique(items: Iterable[str]) -> tuple[str, ...]:
    """Return the items once each, in order of first appearance."""
    return tuple(dict.fromkeys(items))
