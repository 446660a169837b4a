"""The messages that the learned part learns from."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path

_JOINED = 2
"""One in so many ordinary messages stands in a longer one as well."""
_AMONG = 6
"""One in so many dangers stands among ordinary messages as well."""
_COMPANY = 4
"""Among so many of them at most."""
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
    """Return long messages, each made of short ones of one author: ordinary ones, or a danger among ordinary ones.

    Who is in danger writes at length, who asks for the opening hours does not; but length must not look like danger, and
    questions around it must not drown it.
    """
    authors: defaultdict[str, tuple[list[Message], list[Message]]] = defaultdict(lambda: ([], []))
    for message in messages:
        authors[message.source][message.tier != "none"].append(message)
    made = []
    for ordinary, dangers in authors.values():
        texts = [message.text for message in ordinary]
        made += [replace(ordinary[0], text=text, joined=True) for text in _joined(texts[::_JOINED])]
        made += _among(texts, dangers[::_AMONG]) if texts else []
    return made


def _joined(texts: Iterable[str]) -> Iterator[str]:
    sizes = cycle(_LONG)
    parts: list[str] = []
    size = next(sizes)
    for text in texts:
        parts += _ended(text).split()
        if len(parts) >= size:
            yield " ".join(parts)
            parts, size = [], next(sizes)


def _among(texts: Sequence[str], dangers: Iterable[Message]) -> Iterator[Message]:
    company = cycle(texts)
    for turn, danger in enumerate(dangers):
        parts = [*islice(company, turn % _COMPANY + 1)]
        parts.insert(turn // _COMPANY % (len(parts) + 1), danger.text)
        yield replace(danger, text=" ".join(map(_ended, parts)), joined=True)


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
