"""What to say when there is danger: cards, helplines, and how a conversation goes on after a disclosure.

Fails towards help: whatever goes wrong while looking for danger, the reply carries the helplines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from faqbot.crisis import CrisisDetector, Signal
from faqbot.danger.rules import CATEGORIES, pattern_problems
from faqbot.errors import Problem
from faqbot.files import Document, read_yaml, shipped
from faqbot.helplines import Helplines, load_helplines
from faqbot.replies import Action, Choice, Crisis, Helpline
from faqbot.sites import Site

LONG = 4_000
"""A message longer than this carries the helplines even if nothing was noticed in it."""
LONGEST = 65_536
_LANGS = ("en", "es")
_SHORT = 8
"""A message of at most so many words may be the rest of the one before."""
_GROUPS = {"suicide": "mind", "self-harm": "mind", "both": "mind", "overdose": "body", "medical": "body", "withdrawal": "body"}


@dataclass(frozen=True)
class _Turn:
    """What one of the visitor's messages calls for."""

    tier: str
    card: str
    audience: Literal["self", "other"]
    categories: tuple[str, ...]


@dataclass
class _Talk:
    """What has been disclosed and shown so far."""

    shown: list[tuple[str, str]] = field(default_factory=list)
    latched: _Turn | None = None
    asked: bool = False
    """Is a card's question open, with nothing but bare answers since?"""


class Care:
    """Decides which help rides with a reply; one for all sites and conversations."""

    def __init__(self, detector: CrisisDetector, cards: Document, lines: Helplines, folder: Path) -> None:
        self._detector = detector
        self._document = cards
        self._say: dict[str, Any] = cards.data
        self._lines = lines
        self._folder = folder
        self._protocol = read_yaml(folder / "protocol.yaml", folder.parent).data
        self._answers = {text: kind for kind, texts in cards.data["answers"].items() for text in texts}
        self._tongues = {lang: frozenset(words) for lang, words in cards.data["languages"].items()}

    @classmethod
    def load(cls, data: Path | None = None) -> "Care":
        """Return the care of a data folder (default: the one shipped)."""
        root = data or shipped("data")
        folder = root / "crisis"
        return cls(CrisisDetector.load(root), read_yaml(folder / "cards.yaml", root), load_helplines(folder), folder)

    def respond(self, message: str, history: Sequence[str], lang: str, site: Site) -> Crisis | None:
        """Return the help that a message needs, given the visitor's earlier messages, or None."""
        lang = lang if lang in _LANGS else _LANGS[0]
        try:
            return self._respond(message[:LONGEST], history, lang, site)
        except Exception:  # whatever is wrong, nobody in danger may be left without a number
            return self._unsure(lang, site)

    def _respond(self, message: str, history: Sequence[str], lang: str, site: Site) -> Crisis | None:
        talk = _Talk()
        texts = [text[:LONGEST] for text in (*history, message)]
        turn = None
        for i in range(len(texts)):
            turn = self._turn(texts[: i + 1], talk)
            talk.asked = (turn is not None and turn.tier == "emergency") or (talk.asked and self._answer(texts[i]) is not None)
            if turn and turn.tier == "emergency":
                talk.latched = turn
                talk.shown.append((turn.card, turn.audience))
        if turn is None and len(message) <= LONG:
            return None
        lang = self.language(message) or lang
        if turn is None:
            return self._unsure(lang, site)
        return self._card(turn, talk.shown[:-1], lang, site) if turn.tier == "emergency" else self._banner(turn, lang, site)

    def _turn(self, texts: Sequence[str], talk: _Talk) -> _Turn | None:
        """Return what the last of the visitor's messages calls for after those before."""
        signal = self._look(texts)
        if signal and signal.tier == "emergency":
            return self._of(signal)
        if not talk.latched:
            return self._of(signal) if signal else None
        answer = self._answer(texts[-1]) if talk.asked else None
        if answer is None or answer in self._calming(talk.latched):
            return replace(talk.latched, tier="concern")
        return replace(talk.latched, audience="other") if answer == "another" else talk.latched

    def _answer(self, text: str) -> str | None:
        return self._answers.get(self._detector.fold(text).strip(" .,"))

    def _look(self, texts: Sequence[str]) -> Signal | None:
        """Return the danger in the last message, read together with the one or two before if it is short."""
        signal = self._detector.detect(texts[-1])
        if (signal and signal.tier == "emergency") or len(texts[-1].split()) > _SHORT:
            return signal
        for before in (texts[-2:-1], texts[-3:-1]):
            start = " ".join(before)
            if not start or len(start.split()) > 3 * _SHORT:
                continue
            joined = self._detector.detect(f"{start} {texts[-1]}")
            if joined and joined.tier == "emergency" and any(a < len(start) < b for a, b in joined.spans):
                return joined
        return signal

    def _of(self, signal: Signal) -> _Turn:
        audience: Literal["self", "other"] = "other" if signal.audience == "other" else "self"
        return _Turn(signal.tier, self._detector.card(signal), audience, signal.categories)

    def _calming(self, turn: _Turn) -> Sequence[str]:
        question = self._say["cards"][self._known(turn.card)][turn.audience]["ask"]
        return self._say["questions"][question].get("calms", ())

    def _known(self, card: str) -> str:
        """Return the emergency card for a kind; kinds without one of their own use their category's."""
        return card if card in self._say["cards"] else {"eating": "medical", "craving": "overdose"}.get(card, "suicide")

    def _card(self, turn: _Turn, shown: Sequence[tuple[str, str]], lang: str, site: Site) -> Crisis:
        card = self._known(turn.card)
        wording = self._say["cards"][card][turn.audience]
        again = (turn.card, turn.audience) in shown
        text = self._again(card, turn.audience, len(shown), lang) if again else wording[lang]
        question = self._say["questions"][wording["ask"]]
        return Crisis(
            tier="emergency",
            categories=turn.categories,
            audience=turn.audience,
            message=self._fill(text, site, lang),
            helplines=self._helplines(card, lang, site),
            question=question[lang],
            choices=tuple(self._choice(name, lang) for name in question["choices"] if name != "another" or turn.audience == "self"),
        )

    def _choice(self, name: str, lang: str) -> Choice:
        choice = self._say["choices"][name][lang]
        return Choice(choice["label"], choice["say"])

    def _again(self, card: str, audience: str, step: int, lang: str) -> str:
        """Return the wording of the ``step``-th card: lead and next step rotate apart, so that none comes twice."""
        again = self._say["again"]
        group = _GROUPS.get(card, "people")
        mind = "mind-other" if group == "mind" and audience == "other" else group
        leads, steps = again["lead"][audience][lang], again["next"][mind][lang]
        act = again["act"][card if card in again["act"] else mind][lang]
        return f"{leads[step % len(leads)]} {act}\n\n{steps[step % len(steps)]}"

    def _banner(self, turn: _Turn, lang: str, site: Site) -> Crisis:
        texts = self._say["concern"]
        card = turn.card if turn.card in texts else "suicide"
        return Crisis(
            tier="concern",
            categories=turn.categories,
            audience=turn.audience,
            message=self._fill(texts[card][turn.audience][lang], site, lang),
            helplines=self._helplines(card, lang, site),
        )

    def _unsure(self, lang: str, site: Site) -> Crisis:
        return Crisis(
            tier="concern",
            categories=("suicide",),
            audience="self",
            message=self._fill(self._say["unsure"][lang], site, lang),
            helplines=self._helplines("permanent", lang, site),
        )

    def _fill(self, text: str, site: Site, lang: str) -> str:
        return text.format(**self._lines.say(site.country, lang)).strip()

    def _helplines(self, card: str, lang: str, site: Site) -> tuple[Helpline, ...]:
        """Return the country's helplines, then the center's own; its line adds to them and replaces none."""
        own = self._say["center"]
        shown = list(self._lines.of(card, site.country, lang))
        if site.crisis_phone:
            call = own["call"][lang].format(phone=site.crisis_phone)
            name = own["crisis"][lang].format(name=site.name)
            shown.append(Helpline("center-crisis", name, "", (Action(call, f"tel:{_digits(site.crisis_phone)}"),)))
        call = own["call"][lang].format(phone=site.phone)
        note = own["note"][lang].format(name=site.name)
        shown.append(Helpline("center", own["team"][lang], note, (Action(call, f"tel:{_digits(site.phone)}"),)))
        return tuple(shown)

    def helplines(self, country: str, lang: str) -> tuple[Helpline, ...]:
        """Return the helplines that the widget always shows."""
        return self._lines.of("permanent", country, lang if lang in _LANGS else _LANGS[0])

    def protocol(self, lang: str) -> tuple[str, ...]:
        """Return the paragraphs of the page that tells how danger is treated."""
        return tuple(self._protocol[lang if lang in _LANGS else _LANGS[0]])

    def language(self, message: str) -> str | None:
        """Return "en" or "es" if the message clearly is in it, else None."""
        tokens = self._detector.fold(message).split()
        counts = {lang: sum(token in words for token in tokens) for lang, words in self._tongues.items()}
        best, other = sorted(counts, key=lambda lang: -counts[lang])
        return best if counts[best] >= 2 * counts[other] + 1 else None

    def problems(self, today: date | None = None) -> list[Problem]:
        """Return what is wrong with rules, cards and helplines; stale or unsure helplines are errors."""
        found = list(self._lines.problems(today or date.today(), tuple(self._say["concern"]), _LANGS))
        found += pattern_problems(self._folder)
        for card in (*CATEGORIES, "both", "withdrawal", "child"):
            for audience in ("self", "other"):
                wording = self._say["cards"].get(card, {}).get(audience, {})
                found += [
                    self._document.problem(f"card {card!r} for {audience!r} has no wording in {lang!r}", ("cards", card))
                    for lang in _LANGS
                    if not wording.get(lang)
                ]
        return sorted(found)


def _digits(phone: str) -> str:
    return "".join(c for c in phone if c.isdigit() or c == "+")
