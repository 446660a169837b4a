"""The order of things: danger first, then what the message asks, then the site's facts. Nothing of HTTP."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from faqbot.care import LONG, Care
from faqbot.conversation import Reading, Splitter, Swapper, lead_in, views
from faqbot.corpus import DEFAULT_SITE, Corpus, Entry, Profile, load_corpus
from faqbot.decision import SUGGESTIONS
from faqbot.features import Array
from faqbot.matcher import EVIDENCE, Match, Ranking
from faqbot.replies import Answer, Contact, Crisis, Explanation, PhrasingMatch, Reply, Suggestion
from faqbot.sites import fill
from faqbot.text import Languages, words
from faqbot.training import OWN, corrections, learned, synonyms

_FALLBACK = "en"
"""The language whose entries are used when a language has strings but no entries of its own."""
_MOST_HISTORY = 20
_SMALL_TALK = "small-talk"
_FEWEST = 0.01
"""The smallest score of a suggestion; below it, it would be noise."""


@dataclass(frozen=True)
class _Scene:
    """Where a message arrives: the site with its facts, its entries, and the language of each."""

    name: str
    profile: Profile
    lang: str
    strings: Mapping[str, str]
    contact: Contact
    facts: Mapping[str, str]
    entries: Mapping[str, Entry]
    entry_lang: str
    mask: Array
    """Which of the matcher's entries the site has."""
    titles: Mapping[str, str]

    def say(self, key: str) -> str:
        """Return a string of the interface with the site's facts in it."""
        return fill(self.strings[key], self.facts)


class Bot:
    """Answers messages from one corpus, for any of its sites. Holds no conversation."""

    def __init__(self, corpus: Corpus, care: Care, site: str = DEFAULT_SITE) -> None:
        self.corpus, self.care, self._site = corpus, care, site
        corpus.site(site)
        self._learned = {lang: learned(corpus, lang) for lang in corpus.entries}
        self._scenes: dict[tuple[str, str], _Scene] = {}
        vocabulary = corpus.vocabulary
        self._languages = Languages({lang: frozenset(ws) for lang, ws in vocabulary.languages.items()})
        self._splitter = Splitter(_folded(vocabulary.joints), _folded(vocabulary.asking))
        self._corrections = corrections(vocabulary)
        self._picks = [_folded(terms) for terms in vocabulary.picks]
        alternatives = tuple(map(_folded, vocabulary.alternatives))
        self._swapper = Swapper(synonyms(vocabulary), alternatives, _folded(vocabulary.openers))

    def reply(
        self, message: str, history: Sequence[str] = (), lang: str | None = None, site: str | None = None
    ) -> Reply:
        """Return what to say to ``message``; ``history`` are the visitor's earlier messages, oldest first.

        ``lang`` None means the site's language; a message that is clearly in another one is answered in
        that. Raises UnknownSite.
        """
        scene = self._scene(site, self._language(message, lang, site))
        history = tuple(history)[-_MOST_HISTORY:]
        crisis = self.care.respond(message, history, scene.lang, scene.profile)
        if len(message) > LONG:
            readings, silence = [], "too_long"
        elif not words(message):
            readings, silence = [], "empty"
        else:
            readings, silence = self._read(scene, message, history), "no_answer"
        if crisis and crisis.tier == "emergency":
            return self._emergency(scene, crisis, readings)
        return self._ordinary(scene, crisis, readings, silence)

    def answer(self, entry_id: str, site: str | None = None, lang: str | None = None) -> Answer:
        """Return one entry's answer as a site gives it. Raises KeyError when the site has no such entry."""
        return _answer(self._scene(site, lang), entry_id, 1.0)

    def site_info(self, site: str | None = None, lang: str | None = None) -> dict[str, Any]:
        """Return what a page needs to know of a site before the first question."""
        scene = self._scene(site, lang)
        starters = scene.profile.starters or scene.entries["greeting"].related
        return {
            "id": scene.name,
            "name": scene.profile.name,
            "lang": scene.lang,
            "languages": sorted(self.corpus.strings),
            "greeting": scene.profile.greeting,
            "accent": scene.profile.accent,
            "starters": [asdict(_suggestion(scene, id_)) for id_ in starters if id_ in scene.entries],
            "contact": asdict(scene.contact),
            "helplines": [asdict(line) for line in self.care.helplines(scene.profile.country, scene.lang)],
            "corpus": self.corpus.hash[:12],
            "reviewed": min(entry.reviewed for entry in scene.entries.values()).isoformat(),
        }

    def _scene(self, site: str | None, lang: str | None) -> _Scene:
        name = site or self._site
        profile = self.corpus.site(name)
        lang = lang if lang in self.corpus.strings else profile.lang
        if (name, lang) not in self._scenes:
            self._scenes[name, lang] = self._set(name, profile, lang)
        return self._scenes[name, lang]

    def _set(self, name: str, profile: Profile, lang: str) -> _Scene:
        strings = self.corpus.strings[lang]["reply"]
        entry_lang = lang if lang in self.corpus.entries else _FALLBACK
        entries = self.corpus.entries_for(name, entry_lang)
        shared = self.corpus.entries[entry_lang]
        names = {id_: id_ if id_ in shared else OWN.format(site=name, id=id_) for id_ in entries}
        return _Scene(
            name, profile, lang, strings, profile.contact(strings), profile.facts(strings),
            entries, entry_lang, self._learned[entry_lang].matcher.mask(set(names.values())),
            self.corpus.sources,
        )  # fmt: skip

    def _language(self, message: str, lang: str | None, site: str | None) -> str | None:
        guess = self._languages.guess(message) or self.care.language(message)
        return guess if guess in self.corpus.strings else lang

    def _read(self, scene: _Scene, message: str, history: Sequence[str]) -> list[Reading]:
        """Return the readings of a message's parts; a pick such as "the first one" reads what was offered."""
        before = lead_in(history)
        rank = cache(partial(self._learned[scene.entry_lang].matcher.ranking, only=scene.mask))
        read = partial(self._reading, scene, rank)
        tokens = " ".join(words(message))
        place = next((i for i, terms in enumerate(self._picks) if tokens in terms), None)
        if before and place is not None:
            offered = read(before, lead_in(history[: history.index(before)]))
            picks = _offers(scene, offered.ranking.matches) if offered.verdict.outcome == "suggest" else []
            if place < len(picks):
                return [read(picks[place].question, "")]
        message = self._corrections.meant(message) if before else message
        if swapped := self._swapper.swap(message, before):
            return [read(swapped, "")]
        return self._splitter.readings(message, before, read)

    def _reading(self, scene: _Scene, rank: Callable[[str], Ranking], text: str, before: str) -> Reading:
        kind, texts = views(text, before)
        blend = self._learned[scene.entry_lang].blends[kind]
        ranking = blend.merge([rank(view) for view in texts])
        return Reading(text, ranking, blend.decision.decide(ranking), blend.decision)

    def _emergency(self, scene: _Scene, crisis: Crisis, readings: Sequence[Reading]) -> Reply:
        """Return the card alone; what the message also asked is offered, not shown."""
        asked = [reading for reading in readings if reading.verdict.outcome != "abstain"]
        offers = [offer for reading in asked for offer in _offers(scene, reading.ranking.matches[:1])]
        return Reply(
            "crisis", scene.lang, scene.contact, suggestions=tuple(dict.fromkeys(offers))[:SUGGESTIONS],
            crisis=crisis, explain=_explain(readings),
        )  # fmt: skip

    def _ordinary(self, scene: _Scene, crisis: Crisis | None, readings: Sequence[Reading], silence: str) -> Reply:
        reply = partial(Reply, lang=scene.lang, contact=scene.contact, crisis=crisis, explain=_explain(readings))
        sure = [r for r in readings if r.verdict.outcome == "answer" or len(readings) > 1]
        if sure:
            answers = [_answer(scene, _plain(r.best), r.verdict.confidence) for r in sure]
            return reply("answer", answers=tuple(answers))
        offers = [o for r in readings if r.verdict.outcome == "suggest" for o in _offers(scene, r.ranking.matches)]
        if offers:
            return reply("suggestions", message=scene.say("suggestions"), suggestions=tuple(offers[:SUGGESTIONS]))
        return reply("no_answer", message=scene.say(silence))


def load(data: Path | str | None = None, site: str | None = None) -> Bot:
    """Return a bot for a data folder (default: the one shipped) and a site (default: "default").

    Raises DataError when the data cannot be used, UnknownSite when there is no such site.
    """
    corpus = load_corpus(data)
    return Bot(corpus, Care.load(corpus.root), site or DEFAULT_SITE)


def _folded(terms: Sequence[str]) -> frozenset[str]:
    return frozenset(" ".join(words(term)) for term in terms)


def _plain(name: str) -> str:
    """Return the id of an entry as its site calls it."""
    return name.split(":")[-1]


def _answer(scene: _Scene, id_: str, confidence: float) -> Answer:
    entry = scene.entries[id_]
    lacking = any(need not in scene.facts for need in entry.needs)
    text = entry.otherwise if lacking and entry.otherwise else entry.answer
    sources = tuple(scene.titles.get(source, source) for source in entry.sources)
    return Answer(
        id_, entry.question, fill(text, scene.facts), sources, entry.reviewed.isoformat(), confidence, scene.entry_lang
    )


def _suggestion(scene: _Scene, id_: str) -> Suggestion:
    return Suggestion(id_, scene.entries[id_].question)


def _offers(scene: _Scene, matches: Sequence[Match]) -> list[Suggestion]:
    """Return what may be meant, without small talk and without what is hardly likely."""
    ids = [_plain(match.id) for match in matches if match.score >= _FEWEST]
    offers = [_suggestion(scene, id_) for id_ in ids if scene.entries[id_].section != _SMALL_TALK]
    return offers[:SUGGESTIONS]


def _explain(readings: Sequence[Reading]) -> tuple[Explanation, ...]:
    return tuple(
        Explanation(
            reading.question, reading.verdict.outcome, reading.verdict.confidence, reading.verdict.features["lead"],
            reading.decision.answer_threshold, reading.decision.suggest_threshold, reading.verdict.features,
            tuple(_phrasing_match(match) for match in reading.ranking.matches[:5]),
        )
        for reading in readings
    )  # fmt: skip


def _phrasing_match(match: Match) -> PhrasingMatch:
    evidence = dict(zip(EVIDENCE, match.evidence, strict=True))
    return PhrasingMatch(match.id, match.phrasing, match.score, evidence["nearest"], evidence["fuzzy"])
