"""Labelled questions: what a visitor wrote, and which entries answer it."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from faqbot.errors import DataError, Problem


@dataclass(frozen=True)
class Case:
    """One labelled message.

    ``expect`` holds one id per part of the message, in order; it is empty when no entry answers. ``also``
    are ids that would be as right. ``voice`` says who writes, ``kind`` how a message is out of scope.
    """

    text: str
    expect: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    voice: str = ""
    kind: str = ""
    history: tuple[str, ...] = ()

    @property
    def right(self) -> frozenset[str]:
        """The ids that answer a message of one part."""
        return frozenset((*self.expect, *self.also))

    @property
    def simple(self) -> bool:
        """Whether the message has at most one part and stands alone."""
        return len(self.expect) < 2 and not self.history


def read_cases(path: Path) -> list[Case]:
    """Read a file of one JSON object a line. Raises DataError with the line of a bad one."""
    cases: list[Case] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            fields = json.loads(line)
            cases.append(Case(**{k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}))
        except (ValueError, TypeError) as error:
            raise DataError([Problem(path.name, number, "", "error", f"not a labelled question: {error}")]) from error
    return cases


def write_cases(path: Path, cases: Iterable[Case]) -> None:
    """Write one JSON object a line, without empty fields."""
    rows = ({k: v for k, v in asdict(case).items() if v} for case in cases)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
