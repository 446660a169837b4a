"""Helplines as data: which a card shows in a country, and whether each is still to be trusted."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from faqbot.errors import Problem
from faqbot.files import Document, read_yaml
from faqbot.replies import Action, Helpline

STALE_AFTER_DAYS = 180
_GRADES = ("A", "B")
_FIELDS = ("name", "note", "languages", "hours", "grade", "source", "checked_on", "actions")


class Helplines:
    """The helplines of every country, in the languages they are worded in."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._lines: dict[str, Any] = document.data["helplines"]
        self._countries: dict[str, Any] = document.data["countries"]

    def of(self, card: str, country: str, lang: str) -> tuple[Helpline, ...]:
        """Return the helplines of a card ("permanent" for the widget's own) in order of need."""
        return tuple(self._shown(id_, lang) for id_ in self._countries[country][card])

    def say(self, country: str, lang: str) -> dict[str, str]:
        """Return what the placeholders of a wording stand for."""
        return self._countries[country]["say"][lang]

    def _shown(self, id_: str, lang: str) -> Helpline:
        line = self._lines[id_]
        actions = tuple(Action(label, href) for label, href in line["actions"][lang])
        return Helpline(id_, line["name"][lang], line["note"][lang], actions)

    def problems(self, today: date, cards: Sequence[str], langs: Sequence[str]) -> Iterator[Problem]:
        """Yield what is missing, unsure or too old."""
        for id_, line in self._lines.items():
            at = ("helplines", id_)
            missing = [field for field in _FIELDS if field not in line]
            if missing:
                yield self._document.problem(f"{', '.join(missing)} missing; add it", at)
                continue
            yield from self._line_problems(line, at, today, langs)
        for name, country in self._countries.items():
            yield from self._country_problems(name, country, cards, langs)

    def _line_problems(
        self, line: dict[str, Any], at: tuple[str, str], today: date, langs: Sequence[str]
    ) -> Iterator[Problem]:
        say = self._document.problem
        if line["grade"] not in _GRADES:
            yield say(f"grade {line['grade']!r} is not sure enough; only numbers of grade A or B may be shown", at)
        if not isinstance(line["checked_on"], date):
            yield say("checked_on must be a date such as 2026-01-31", at)
        elif (today - line["checked_on"]).days > STALE_AFTER_DAYS:
            yield say(
                f"last checked on {line['checked_on']}, over {STALE_AFTER_DAYS} days ago; "
                f"compare it with {line['source']} and set checked_on",
                at,
            )
        for lang in langs:
            if not (line["name"].get(lang) and line["note"].get(lang) and line["actions"].get(lang)):
                yield say(f"has no wording in {lang!r}; add name, note and actions", at)

    def _country_problems(
        self, name: str, country: dict[str, Any], cards: Sequence[str], langs: Sequence[str]
    ) -> Iterator[Problem]:
        for card in ("permanent", *cards):
            ids = country.get(card, ())
            unknown = [id_ for id_ in ids if id_ not in self._lines]
            if not ids or unknown:
                what = f"names unknown helplines: {', '.join(unknown)}" if unknown else f"lists no helplines for {card!r}"
                yield self._document.problem(what, ("countries", name))
        for lang in langs:
            if lang not in country.get("say", {}):
                yield self._document.problem(f"`say` is missing in {lang!r}", ("countries", name))


def load_helplines(folder: Path) -> Helplines:
    """Read helplines.yaml."""
    return Helplines(read_yaml(folder / "helplines.yaml", folder.parent))
