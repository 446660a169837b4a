"""What makes the content good, beyond its shape: one small function per rule.

Every rule takes the corpus and today's date and yields problems; ``check`` runs them all.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import cdist

from faqbot.care import Care
from faqbot.corpus import Corpus, Entry, read_corpus
from faqbot.errors import DataError, FaqbotError, Problem
from faqbot.sites import FACTS, PLACEHOLDER
from faqbot.text import words

Rule = Callable[[Corpus, date], Iterator[Problem]]

_STALE = timedelta(days=365)
_LONGEST_QUESTION = 70
_ANSWER_WORDS = range(40, 121)
_BRIEF = ("center", "small-talk")
_ALIKE = 94
"""Percent from which two phrasings are near-duplicates (rapidfuzz ratio)."""
_BLOCK = 512


def check(data: Path | str | None = None, today: date | None = None) -> list[Problem]:
    """Return every problem of a data folder, in order of file and line."""
    corpus, problems = read_corpus(data)
    today = today or date.today()
    for rule in RULES:
        problems.extend(rule(corpus, today))
    return sorted(set(problems))


def _entries(corpus: Corpus) -> Iterator[tuple[Entry, str]]:
    """Yield every entry with its file."""
    for lang, entries in corpus.entries.items():
        for entry in entries.values():
            yield entry, f"faq/{lang}/{entry.id}.yaml"


def required(corpus: Corpus, today: date) -> Iterator[Problem]:
    """Entries that must exist do."""
    document = corpus.documents.get("sections.yaml")
    for lang in corpus.entries:
        for name, section in corpus.sections.items():
            for id_ in section.required:
                if document and id_ not in corpus.entries[lang] and f"faq/{lang}/{id_}.yaml" not in corpus.documents:
                    yield document.problem(f"the required entry {id_!r} is missing; add faq/{lang}/{id_}.yaml", (name, "required"))


def known_names(corpus: Corpus, today: date) -> Iterator[Problem]:
    """Sections, sources and related entries are known ones."""
    for entry, file in _entries(corpus):
        at = corpus.documents[file].problem
        if entry.section not in corpus.sections:
            yield at(f"unknown section {entry.section!r}; known are {', '.join(corpus.sections)}", ("section",))
        for i, source in enumerate(entry.sources):
            if source not in corpus.sources:
                yield at(f"unknown source {source!r}; add it to sources.yaml", ("sources", i))
        for i, other in enumerate(entry.related):
            if other == entry.id or other not in corpus.entries[entry.lang]:
                yield at(f"unknown related entry {other!r}; name another entry's id", ("related", i))


def dates(corpus: Corpus, today: date) -> Iterator[Problem]:
    """Reviews lie in the past, and not too far."""
    for entry, file in _entries(corpus):
        at = corpus.documents[file].problem
        if entry.reviewed > today:
            yield at(f"the date {entry.reviewed} is in the future", ("reviewed",))
        elif today - entry.reviewed > _STALE:
            yield at(f"last reviewed on {entry.reviewed}, over a year ago; review it again", ("reviewed",), "warning")


def placeholders(corpus: Corpus, today: date) -> Iterator[Problem]:
    """Braces are closed, and name facts that a site profile can have."""
    for entry, file in _entries(corpus):
        at = corpus.documents[file].problem
        for field in ("answer", "otherwise"):
            text = getattr(entry, field) or ""
            bare = PLACEHOLDER.sub("", text)
            if "{" in bare or "}" in bare:
                yield at("a brace is not closed; placeholders look like {phone}", (field,))
            for name in PLACEHOLDER.findall(text):
                if name not in FACTS:
                    yield at(f"unknown placeholder {{{name}}}; known are {', '.join(FACTS)}", (field,))
        for i, name in enumerate(entry.needs):
            if name not in FACTS:
                yield at(f"unknown site field {name!r}; known are {', '.join(FACTS)}", ("needs", i))
        if entry.needs and not entry.otherwise:
            yield at("say in `otherwise` what a site without these facts answers", ("needs",))


def lengths(corpus: Corpus, today: date) -> Iterator[Problem]:
    """Questions fit a button, answers can be read at once, and entries have enough phrasings."""
    for entry, file in _entries(corpus):
        at = corpus.documents[file].problem
        if len(entry.question) > _LONGEST_QUESTION:
            yield at(f"{len(entry.question)} characters; a button holds {_LONGEST_QUESTION}", ("question",))
        count = len(entry.answer.split())
        if entry.section not in _BRIEF and count not in _ANSWER_WORDS:
            yield at(f"{count} words; aim for {_ANSWER_WORDS[0]} to {_ANSWER_WORDS[-1]}", ("answer",), "warning")
        section = corpus.sections.get(entry.section)
        if section and len(entry.phrasings) < section.min_phrasings:
            missing = f"{len(entry.phrasings)} phrasings; this section wants {section.min_phrasings}"
            yield at(missing, ("phrasings",), "warning")


def unique_questions(corpus: Corpus, today: date) -> Iterator[Problem]:
    """No two entries of a language ask the same."""
    seen: dict[tuple[str, str], str] = {}
    for entry, file in _entries(corpus):
        key = entry.lang, " ".join(words(entry.question))
        if key in seen:
            yield corpus.documents[file].problem(f"{seen[key]} has the same question", ("question",))
        seen.setdefault(key, file)


def unique_phrasings(corpus: Corpus, today: date) -> Iterator[Problem]:
    """A phrasing stands once: not in two entries, not in one twice, not among the off-topic lines."""
    seen: dict[tuple[str, str], str] = {}
    for entry, file in _entries(corpus):
        for i, phrasing in enumerate(entry.phrasings):
            key = entry.lang, " ".join(words(phrasing))
            where = f"{file}:{corpus.documents[file].line(('phrasings', i))}"
            if key in seen:
                message = f"{phrasing!r} stands in {seen[key]} too; keep it where it is answered"
                yield corpus.documents[file].problem(message, ("phrasings", i))
            seen.setdefault(key, where)
    lines = {text: where for (_, text), where in seen.items()}
    for group, kinds in corpus.off_topic.items():
        for kind, off_topic in kinds.items():
            for i, line in enumerate(off_topic):
                if where := lines.get(" ".join(words(line))):
                    message = f"{line!r} is a phrasing of {where}; it can't be off topic as well"
                    yield corpus.documents["off-topic.yaml"].problem(message, (group, kind, i))


def alike_phrasings(corpus: Corpus, today: date) -> Iterator[Problem]:
    """No phrasing of one entry is nearly the same as one of another."""
    for lang, entries in corpus.entries.items():
        rows = [(e.id, i, " ".join(words(p))) for e in entries.values() for i, p in enumerate(e.phrasings)]
        texts = [text for _, _, text in rows]
        for first in range(0, len(rows), _BLOCK):
            likeness = cdist(texts[first : first + _BLOCK], texts[first:], scorer=fuzz.ratio, score_cutoff=_ALIKE, dtype=np.uint8)
            for a, b in np.argwhere(likeness).tolist():
                (id_a, i, text), (id_b, j, other) = rows[first + a], rows[first + b]
                if a < b and id_a != id_b and text != other:
                    document = corpus.documents[f"faq/{lang}/{id_b}.yaml"]
                    line = corpus.documents[f"faq/{lang}/{id_a}.yaml"].line(("phrasings", i))
                    message = f"nearly the same as a phrasing in faq/{lang}/{id_a}.yaml:{line}; make them differ"
                    yield document.problem(message, ("phrasings", j))


def strings(corpus: Corpus, today: date) -> Iterator[Problem]:
    """Every language has the same strings with the same placeholders."""
    wanted: dict[tuple[str, str], set[str]] = defaultdict(set)
    for sections in corpus.strings.values():
        for section, own in sections.items():
            for key, text in own.items():
                wanted[section, key] |= set(PLACEHOLDER.findall(text))
    for lang, sections in corpus.strings.items():
        document = corpus.documents[f"strings/{lang}.yaml"]
        for (section, key), names in wanted.items():
            text = sections.get(section, {}).get(key)
            if text is None:
                yield document.problem(f"the string {key!r} is missing here; another language has it", (section, key))
            elif section != "reply" and set(PLACEHOLDER.findall(text)) != names:
                yield document.problem(f"needs the placeholders {', '.join(sorted(names))}", (section, key))


def sites(corpus: Corpus, today: date) -> Iterator[Problem]:
    """Site profiles name languages and entries that exist; the default site is there."""
    for name, site in corpus.sites.items():
        at = corpus.documents[f"sites/{name}.yaml"].problem
        if site.lang not in corpus.strings:
            yield at(f"there are no strings for {site.lang!r}; known are {', '.join(corpus.strings)}", ("lang",))
            continue
        entries = corpus.entries_for(name, site.lang if site.lang in corpus.entries else "en")
        for i, id_ in enumerate(site.starters):
            if id_ not in entries:
                yield at(f"unknown entry {id_!r}; name the id of an entry", ("starters", i))
        for id_, own in site.entries.items():
            if not own.question and id_ not in corpus.entries.get(site.lang, {}):
                yield at("an entry of the site's own needs a question and phrasings", ("entries", id_))
    if "default" not in corpus.sites and "sites/default.yaml" not in corpus.documents:
        yield Problem("sites/default.yaml", 1, "", "error", "the default site is missing; every data folder needs one")


def danger(corpus: Corpus, today: date) -> Iterator[Problem]:
    """The crisis data is whole and its helplines were checked lately."""
    try:
        yield from Care.load(corpus.root).problems(today)
    except DataError as error:
        yield from error.problems
    except (FaqbotError, OSError, KeyError, ValueError, TypeError) as error:
        yield Problem("crisis", 1, "", "error", f"the crisis data can't be read: {error!r}")


RULES: tuple[Rule, ...] = (
    required, known_names, dates, placeholders, lengths, unique_questions, unique_phrasings,
    alike_phrasings, strings, sites, danger,
)  # fmt: skip
