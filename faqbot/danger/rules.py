"""The tables of danger: rules that hit, and frames that lower or drop what they cover.

Tables are YAML under ``data/crisis``; patterns are regular expressions in the part that Python and
JavaScript share, with named pieces (``{want}``) put in by plain substitution, so a browser could run them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from faqbot.danger.text import Words
from faqbot.errors import DataError, Problem
from faqbot.files import Document, read_yaml

TIERS = ("none", "concern", "emergency")
CATEGORIES = ("overdose", "medical", "abuse", "violence", "suicide", "self-harm")
"""In order of need: where several fit, the first decides what is shown."""

_COMMON = frozenset("do my take off down open everything in on at it this out up over the one time go will what to put all a".split())
"""Words too frequent to call up a rule while there is a rarer one in its pattern."""
_MANY = 32
"""A row that matches more often than this in one sentence has said enough."""
_PIECE = re.compile(r"\{([a-z][a-z-]*)(\d*)\}")
_END = re.compile(r" [.?](?= )")
_GAPS = {"g": "(?:(?!(?:not|never|no) )[a-z0-9]+ )", "c": "(?:[a-z0-9,]+ )"}
_REACHES = ("covers", "before", "sentence", "message")
_FIELDS = {
    "id", "tier", "category", "words", "pattern", "with", "firm", "soft", "absorbs", "card",
    "reach", "effect", "only", "unless", "reason", "says", "never",
}  # fmt: skip


class Pattern:
    """A pattern over folded text, compiled at once: the first visitor who needs it must not wait for that."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._compiled = re.compile(source)

    def spans(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield where the pattern matches between two places, without the space before."""
        for match in self._compiled.finditer(text, start, end):
            yield match.start() + 1, match.end()

    def found(self, text: str) -> bool:
        """Does the pattern match anywhere?"""
        return self._compiled.search(text) is not None


@dataclass(frozen=True, eq=False)
class Rule:
    """One row: a rule that hits with a tier and category, or (with ``reach``) a frame that tempers hits."""

    id: str
    words: tuple[str, ...]
    pattern: Pattern
    tier: str = "none"
    category: str = ""
    with_: Pattern | None = None
    firm: bool = False
    soft: bool = False
    """Too ambiguous to raise a tier where the learned part can weigh it."""
    absorbs: bool = False
    card: str = ""
    reach: str = ""
    effect: str = ""
    only: tuple[str, ...] = ()
    unless: Pattern | None = None
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hit:
    """Where a rule or frame matched in folded text."""

    rule: Rule
    start: int
    end: int


class Rules:
    """All rules and frames, found by the words that call them up."""

    def __init__(self, rows: Sequence[Rule]) -> None:
        self.rows = tuple(rows)
        self._index: dict[str, list[int]] = {}
        for i, row in enumerate(self.rows):
            for word in row.words:
                self._index.setdefault(word, []).append(i)

    def find(self, text: str) -> list[Hit]:
        """Return every match of the rules that the words call up, and of the frames if there is anything to temper.

        Rows are tried only in the sentences that hold their words; no pattern reaches beyond a sentence.
        """
        calls = [(row, start, end) for start, end in _sentences(text) for row in self._called(text[start:end].split())]
        hits = [hit for row, start, end in calls if not row.reach for hit in _hits(row, text, start, end)]
        if not hits:
            return []
        return hits + [hit for row, start, end in calls if row.reach for hit in _hits(row, text, start, end)]

    def _called(self, tokens: Sequence[str]) -> list[Rule]:
        called: set[int] = set()
        for word in self._index.keys() & set(tokens):
            called.update(self._index[word])
        return [self.rows[i] for i in sorted(called)]


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence of a folded text begins and ends, both with the space there."""
    start = 0
    for match in _END.finditer(text):
        yield start, match.end() + 1
        start = match.end()
    if start + 1 < len(text):
        yield start, len(text)


def _hits(row: Rule, text: str, start: int, end: int) -> Iterator[Hit]:
    if row.with_ and not row.with_.found(text):
        return
    for first, last in islice(row.pattern.spans(text, start, end), _MANY):
        yield Hit(row, first, last)


def load_words(folder: Path) -> Words:
    """Read words.yaml, which folding works with."""
    data = read_yaml(folder / "words.yaml", folder.parent).data
    lists = {key: frozenset(_words(data[key])) for key in ("risk", "real", "glue", "join")}
    say = {other: form for form, others in data["say"].items() for other in others}
    marks = {sign: word for word, signs in data["marks"].items() for sign in signs}
    letters = {letter: plain for plain, row in data["letters"].items() for letter in row}
    return Words(say=say, marks=marks, letters=letters, **lists)


def _words(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield from str(line).split()


def load_rules(folder: Path) -> Rules:
    """Read the fragments and every table of rules. Raises DataError with every problem found."""
    pieces = {name: [str(item) for item in items] for name, items in read_yaml(folder / "fragments.yaml").data.items()}
    rows: list[Rule] = []
    problems: list[Problem] = []
    for path in sorted((folder / "rules").glob("*.yaml")):
        document = read_yaml(path, folder.parent)
        for i, row in enumerate(document.data or ()):
            try:
                rows.append(_row(row, pieces))
            except (KeyError, TypeError, ValueError, re.error) as error:
                problems.append(document.problem(f"not a rule: {error}", (i,)))
    problems.extend(_twice(rows))
    if problems:
        raise DataError(problems)
    return Rules(rows)


def pattern_problems(folder: Path) -> Iterator[Problem]:
    """Yield a problem for every row whose pattern is no regular expression or that lacks its reason or examples."""
    pieces = {name: [str(item) for item in items] for name, items in read_yaml(folder / "fragments.yaml").data.items()}
    for path in sorted((folder / "rules").glob("*.yaml")):
        document = read_yaml(path, folder.parent)
        for i, row in enumerate(document.data or ()):
            yield from _row_problems(document, i, row, pieces)


def _row_problems(
    document: Document, i: int, row: Mapping[str, Any], pieces: Mapping[str, list[str]]
) -> Iterator[Problem]:
    for field in ("reason", "says", "never"):
        if not row.get(field):
            yield document.problem(f"rule {row.get('id')!r} has no {field}; write it", (i,))
    for field in ("pattern", "with", "unless"):
        try:
            re.compile(_source(row.get(field, ""), pieces))
        except (re.error, KeyError) as error:
            yield document.problem(f"rule {row.get('id')!r}: {field} is no pattern: {error}", (i, field))


def _twice(rows: Sequence[Rule]) -> Iterator[Problem]:
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            yield Problem("crisis/rules", 1, row.id, "error", "this rule id stands twice; rename one")
        seen.add(row.id)


def _row(row: Mapping[str, Any], pieces: Mapping[str, list[str]]) -> Rule:
    if any(not isinstance(word, str) for word in row["words"]):
        raise ValueError("a word that YAML reads as a truth value or number; put it in quotes")
    unknown = set(row) - _FIELDS
    if unknown:
        raise ValueError(f"unknown field {', '.join(sorted(unknown))}")
    if row.get("tier", "none") not in TIERS or row.get("category", "suicide") not in CATEGORIES:
        raise ValueError("unknown tier or category")
    if row.get("reach") and row["reach"] not in _REACHES:
        raise ValueError(f"reach must be one of {', '.join(_REACHES)}")
    optional = {name: Pattern(_source(row[key], pieces)) for name, key in (("with_", "with"), ("unless", "unless")) if key in row}
    return Rule(
        id=row["id"],
        words=tuple(dict.fromkeys(word for item in row["words"] for word in _callers(str(item), pieces))),
        pattern=Pattern(_source(row["pattern"], pieces)),
        tier=row.get("tier", "none"),
        category=row.get("category", ""),
        firm=row.get("firm", False),
        soft=row.get("soft", False),
        absorbs=row.get("absorbs", False),
        card=row.get("card", ""),
        reach=row.get("reach", ""),
        effect=row.get("effect", ""),
        only=tuple(row.get("only", ())),
        says=tuple(row.get("says", ())),
        never=tuple(row.get("never", ())),
        **optional,
    )


def _source(pattern: str | Sequence[str], pieces: Mapping[str, list[str]]) -> str:
    """Return the regular expression that a pattern, or a list of alternatives, stands for."""
    whole = pattern if isinstance(pattern, str) else "|".join(pattern)
    return f" (?:{_expand(whole, pieces)})(?= |$)"


def _expand(text: str, pieces: Mapping[str, list[str]]) -> str:
    def piece(match: re.Match[str]) -> str:
        name, count = match.groups()
        if name in _GAPS:
            return f"{_GAPS[name]}{{0,{count or 2}}}"
        return "(?:" + "|".join(_expand(item, pieces) for item in pieces[name]) + ")"

    return _PIECE.sub(piece, text)


def _callers(item: str, pieces: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the words that call a rule up: the item, or the longest plain word of each choice of a piece."""
    if not item.startswith("{"):
        yield item
        return
    for choice in pieces[item.strip("{}")]:
        grouped = set(re.findall(r"[a-z]{2,}", " ".join(re.findall(r"\(\?:([^()]*)\)", choice))))
        plain = re.sub(r"\{[^}]*\}|\w\?|\\.", " ", choice)
        while "(" in plain:
            plain = re.sub(r"\([^()]*\)\??", " ", plain)
        words = sorted(set(re.findall(r"[a-z0-9]+", plain)) - _COMMON, key=lambda word: (-len(word), word))
        if words:
            yield words[0]
        elif grouped - _COMMON:
            yield from sorted(grouped - _COMMON)
        else:
            yield from pieces["self"] if "{self}" in choice else [choice]
