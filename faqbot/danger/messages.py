"""The messages that the learned part learns from."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

_JOINED = 3
"""One in so many ordinary messages stands in a longer one as well."""
_LONG = 26, 34, 44, 56
"""How many words such a longer message has at least, by turns."""


@dataclass(frozen=True)
class Message:
    """A message to learn from; ``source`` is the file it stands in, one author a file."""

    text: str
    tier: str
    category: str
    audience: str
    source: str
    joined: bool = False
    """Made of several messages, see ``side_by_side``."""


def load_messages(folder: Path) -> list[Message]:
    """Read every messages/*.jsonl of ``data/crisis``."""
    found = []
    for path in sorted((folder / "messages").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found.append(Message(row["text"], row["tier"], row.get("category", ""), row.get("audience", ""), path.stem))
    return found


def side_by_side(messages: Iterable[Message]) -> list[Message]:
    """Return long ordinary messages, each made of short ones of one author.

    Who is in danger writes at length, who asks for the opening hours does not; but length must not look like danger.
    """
    ordinary: dict[str, list[str]] = {}
    for message in messages:
        if message.tier == "none":
            ordinary.setdefault(message.source, []).append(message.text)
    return [Message(text, "none", "", "", source, joined=True) for source, texts in ordinary.items() for text in _joined(texts[::_JOINED])]


def _joined(texts: Iterable[str]) -> Iterator[str]:
    sizes = cycle(_LONG)
    parts: list[str] = []
    size = next(sizes)
    for text in texts:
        parts += (text if text.endswith((".", "?", "!")) else f"{text}.").split()
        if len(parts) >= size:
            yield " ".join(parts)
            parts, size = [], next(sizes)
