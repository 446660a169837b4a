"""One base error, and the problem record that every check reports."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Problem:
    """Something wrong in a data file: where it is and what to do about it."""

    file: str
    line: int
    field: str
    level: Level
    message: str

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}: {self.level}: {where}{self.message}"


class FaqbotError(Exception):
    """Base of every error that faqbot raises on purpose."""


class DataError(FaqbotError):
    """The data cannot be used; ``problems`` says why, all of it at once."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UnknownSite(FaqbotError):
    """No site profile has that name."""


class SettingsError(FaqbotError):
    """A setting has a value that cannot be used."""
