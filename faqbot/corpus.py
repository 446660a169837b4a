"""What the files in ``data/`` look like: read, validated, and frozen into one Corpus.

Every problem of every file is reported at once, with file and line. Rules about what makes an
entry *good*, beyond its shape, are in ``checks``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from faqbot.errors import DataError, Problem, UnknownSite
from faqbot.files import Document, content_hash, read_yaml, shipped
from faqbot.sites import Site

Model = TypeVar("Model")
DEFAULT_SITE = "default"
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def _some_text(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty; write something or remove it")
    return value.strip()


Text = Annotated[str, AfterValidator(_some_text)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(_Model):
    """One FAQ entry. ``needs`` names the site fields without which ``otherwise`` is said instead."""

    id: str
    lang: str
    section: Text
    question: Text
    answer: Text
    phrasings: tuple[Text, ...]
    sources: Annotated[tuple[Text, ...], Field(min_length=1)]
    reviewed: date
    related: tuple[Text, ...] = ()
    needs: tuple[Text, ...] = ()
    otherwise: Text | None = None


class SiteEntry(_Model):
    """An entry in a site profile: replaces an answer of the shared corpus, or is the site's own."""

    answer: Text
    question: Text | None = None
    section: Text = "center"
    phrasings: tuple[Text, ...] = ()
    sources: tuple[Text, ...] = ("site",)
    reviewed: date
    related: tuple[Text, ...] = ()


class Section(_Model):
    """A part of the FAQ: how many phrasings its entries need, and which entries must exist."""

    min_phrasings: int = 25
    required: tuple[Text, ...] = ()


class CorrectionWords(_Model):
    """How a message begins that takes back what was understood, and what only looks like it."""

    refusals: tuple[Text, ...] = ()
    denials: tuple[Text, ...] = ()
    doubts: tuple[Text, ...] = ()


class Vocabulary(_Model):
    """Words of the field: groups of terms that mean the same, filler to ignore, words that tell languages apart."""

    synonyms: dict[str, tuple[Text, ...]] = {}
    filler: tuple[Text, ...] = ()
    languages: dict[str, tuple[Text, ...]] = {}
    joints: tuple[Text, ...] = ()
    asking: tuple[Text, ...] = ()
    picks: tuple[tuple[Text, ...], ...] = ()
    alternatives: tuple[tuple[Text, ...], ...] = ()
    openers: tuple[Text, ...] = ()
    corrections: CorrectionWords = CorrectionWords()


class Profile(Site):
    """A site profile as its file holds it: the center's facts, and its own or replaced entries."""

    entries: dict[str, SiteEntry] = {}


Strings = dict[str, dict[str, Text]]
OffTopic = dict[str, dict[str, tuple[Text, ...]]]


@dataclass(frozen=True)
class Corpus:
    """Everything that the bot can say and know, read from one folder."""

    root: Path
    entries: Mapping[str, Mapping[str, Entry]]
    """Language -> id -> entry, in order of id."""
    sites: Mapping[str, Profile]
    sections: Mapping[str, Section]
    sources: Mapping[str, str]
    strings: Mapping[str, Strings]
    vocabulary: Vocabulary
    off_topic: OffTopic
    documents: Mapping[str, Document]
    """Relative file name -> the document it was read from, for problems with a line."""

    @cached_property
    def hash(self) -> str:
        """The sha256 (hex) of everything in the folder."""
        return content_hash(self.root)

    def site(self, name: str | None) -> Profile:
        """Return a site profile; None is the default site. Raises UnknownSite."""
        try:
            return self.sites[name or DEFAULT_SITE]
        except KeyError:
            raise UnknownSite(f"there is no site {name!r}; known sites: {', '.join(self.sites)}") from None

    def entries_for(self, site: str | None, lang: str) -> dict[str, Entry]:
        """Return the entries that a site's visitors can get, with the site's own put in."""
        entries = dict(self.entries.get(lang, {}))
        for id_, own in self.site(site).entries.items():
            entries[id_] = _site_entry(id_, lang, own, entries.get(id_))
        return entries


def _site_entry(id_: str, lang: str, own: SiteEntry, shared: Entry | None) -> Entry:
    fields = own.model_dump(exclude_unset=True)
    if shared:
        phrasings = (*shared.phrasings, *own.phrasings)
        return shared.model_copy(update={**fields, "phrasings": phrasings, "needs": (), "sources": own.sources})
    return Entry(**{**own.model_dump(), **fields, "id": id_, "lang": lang, "question": own.question or id_})


def load_corpus(data: Path | str | None = None) -> Corpus:
    """Read the folder ``data`` (default: the one shipped). Raises DataError with every problem found."""
    corpus, problems = read_corpus(data)
    if any(problem.level == "error" for problem in problems):
        raise DataError(problems)
    return corpus


def read_corpus(data: Path | str | None = None) -> tuple[Corpus, list[Problem]]:
    """Read what can be read and return it with the problems of the rest."""
    root = Path(data) if data else shipped("data")
    reader = _Reader(root)
    corpus = Corpus(
        root=root,
        entries={lang: dict(reader.entries(lang)) for lang in reader.folders("faq")},
        sites=dict(reader.each("sites", Profile)),
        sections=reader.one("sections.yaml", TypeAdapter(dict[str, Section])) or {},
        sources=reader.one("sources.yaml", TypeAdapter(dict[str, Text])) or {},
        strings=dict(reader.each("strings", Strings)),
        vocabulary=reader.one("vocabulary.yaml", TypeAdapter(Vocabulary)) or Vocabulary(),
        off_topic=reader.one("off-topic.yaml", TypeAdapter(OffTopic)) or {},
        documents=reader.documents,
    )
    return corpus, reader.problems


class _Reader:
    """Reads files below one folder and gathers their problems instead of stopping at the first."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.documents: dict[str, Document] = {}
        self.problems: list[Problem] = []
        if not root.is_dir():
            self.problems.append(Problem(str(root), 1, "", "error", "there is no such folder"))

    def folders(self, name: str) -> list[str]:
        return sorted(path.name for path in (self.root / name).glob("*") if path.is_dir())

    def entries(self, lang: str) -> Iterator[tuple[str, Entry]]:
        for id_, document in self._documents(f"faq/{lang}"):
            if not isinstance(document.data, dict):
                self.problems.append(document.problem("an entry is a list of `field: value` lines"))
                continue
            if document.data.get("id", id_) != id_:
                message = f"the file name says {id_!r}; make both the same or leave `id` out"
                self.problems.append(document.problem(message, ("id",)))
            entry = self._validate(document, TypeAdapter(Entry), {**document.data, "id": id_, "lang": lang})
            if entry:
                yield id_, entry

    def each(self, folder: str, kind: Any) -> Iterator[tuple[str, Any]]:
        adapter = TypeAdapter(kind)
        for name, document in self._documents(folder):
            value = self._validate(document, adapter, document.data)
            if value is not None:
                yield name, value

    def one(self, name: str, adapter: TypeAdapter[Model]) -> Model | None:
        path = self.root / name
        document = self._read(path) if path.exists() else None
        return self._validate(document, adapter, document.data) if document else None

    def _documents(self, folder: str) -> Iterator[tuple[str, Document]]:
        for path in sorted((self.root / folder).glob("*.yaml")):
            document = self._read(path)
            if not ID.fullmatch(path.stem):
                message = "file names are lower-case words joined by hyphens, such as my-entry.yaml"
                self.problems.append(Problem(path.relative_to(self.root).as_posix(), 1, "", "error", message))
            if document:
                yield path.stem, document

    def _read(self, path: Path) -> Document | None:
        try:
            document = read_yaml(path, self.root)
        except DataError as error:
            self.problems.extend(error.problems)
            return None
        self.documents[document.file] = document
        return document

    def _validate(self, document: Document, adapter: TypeAdapter[Model], data: Any) -> Model | None:
        try:
            return adapter.validate_python(data)
        except ValidationError as error:
            self.problems.extend(document.problem(_say(item), item["loc"]) for item in error.errors())
            return None


def _say(error: Any) -> str:
    """Say what a validation error means and what to do, in words for people who write YAML."""
    given = error.get("input")
    kind = type(given).__name__
    match error["type"]:
        case "missing":
            return "is missing; add it"
        case "extra_forbidden":
            return "unknown field; check its spelling or remove it"
        case "string_type":
            return f"must be text, not {kind}; put it in quotes"
        case "tuple_type" | "list_type":
            return f"must be a list (lines that begin with `- `), not {kind}"
        case "date_type" | "date_from_datetime_parsing" | "date_parsing":
            return f"must be a date such as 2026-01-31, not {given!r}"
        case "too_short":
            return "needs at least one item"
        case _:
            return str(error["msg"]).removeprefix("Value error, ")
