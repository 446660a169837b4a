"""What the service does with a question or a vote, whichever page or client it came from; no HTTP library."""

import json
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram

from faqbot.bot import Bot
from faqbot.corpus import DEFAULT_SITE
from faqbot.errors import FaqbotError
from faqbot.replies import Reply
from faqbot.settings import Settings
from faqbot.store import Store

FALLBACK_LANG = "en"
_REMEMBERED = 2048
_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0)


def same_host(origin: str, host: str) -> bool:
    """Return whether ``origin`` is ours. Behind a proxy that ends TLS we would not know our own scheme."""
    return origin.lower() in (f"https://{host.lower()}", f"http://{host.lower()}")


class Refused(FaqbotError):
    """A request that is answered with an error: the HTTP status, a short code, and what to do about it."""

    def __init__(self, status: int, code: str, message: str, wait: int | None = None) -> None:
        self.status, self.code, self.message, self.wait = status, code, message, wait
        super().__init__(message)


class Metrics:
    """Counters for Prometheus. Labels are outcomes and entry ids only, both closed sets."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.replies = Counter("faqbot_replies", "Replies given", ["outcome"], registry=self.registry)
        self.shown = Counter("faqbot_entries_shown", "Entries shown", ["entry", "outcome"], registry=self.registry)
        self.votes = Counter("faqbot_votes", "Votes on answers", ["entry", "outcome"], registry=self.registry)
        self.lost = Counter("faqbot_counts_lost", "Counts the database did not take", registry=self.registry)
        self.errors = Counter("faqbot_errors", "Requests that ended in an error of ours", registry=self.registry)
        self.seconds = Histogram("faqbot_reply_seconds", "Time a reply took", registry=self.registry, buckets=_BUCKETS)


class Said(NamedTuple):
    """A reply, the same as JSON, and what of it is counted."""

    reply: Reply
    body: bytes
    shown: tuple[str, ...]
    counters: tuple[Counter, ...]


class _Recent:
    """The newest replies. Tapped questions come again and again, and the same question gets the same reply.

    What was asked is kept only as a digest under a key that dies with the process.
    """

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._replies: OrderedDict[bytes, Said] = OrderedDict()
        self._lock = threading.Lock()

    def digest(self, *asked: object) -> bytes:
        """Return what stands for a question; the parts cannot run into each other."""
        return blake2b(repr(asked).encode(), key=self._key, digest_size=16).digest()

    def find(self, digest: bytes) -> Said | None:
        with self._lock:
            if digest in self._replies:
                self._replies.move_to_end(digest)
            return self._replies.get(digest)

    def keep(self, digest: bytes, said: Said) -> None:
        with self._lock:
            self._replies[digest] = said
            if len(self._replies) > _REMEMBERED:
                self._replies.popitem(last=False)


class Service:
    """A bot with its settings, and the two places where it counts."""

    def __init__(self, bot: Bot, settings: Settings, store: Store) -> None:
        self.bot, self.settings, self.store = bot, settings, store
        self.metrics = Metrics()
        self._recent = _Recent()
        store.on_loss = self.metrics.lost.inc

    def ask(self, message: str, history: Sequence[str], lang: str | None, site: str | None) -> Said:
        """Return the bot's reply and count it."""
        site = site or DEFAULT_SITE
        digest = self._recent.digest(message, tuple(history), lang, site)
        said = self._recent.find(digest)
        if said is None:
            with self.metrics.seconds.time():
                reply = self.bot.reply(message, history=history, lang=lang, site=site)
            said = self._said(reply)
            self._recent.keep(digest, said)
        for counter in said.counters:
            counter.inc()
        crisis = said.reply.crisis
        self.store.count(site, said.reply.kind, said.shown, crisis is not None and crisis.tier == "concern")
        return said

    def _said(self, reply: Reply) -> Said:
        shown = tuple(item.id for item in (*reply.answers, *reply.suggestions))
        counters = (self.metrics.replies.labels(reply.kind), *(self.metrics.shown.labels(e, reply.kind) for e in shown))
        body = json.dumps(reply.as_json(), ensure_ascii=False, separators=(",", ":"))
        return Said(reply, body.encode(), shown, counters)

    def vote(self, entry: str, vote: str, reason: str, site: str | None) -> None:
        """Count a vote. Raises Refused when the site has no such entry in any language."""
        corpus = self.bot.corpus
        if not any(entry in corpus.entries_for(site, lang) for lang in corpus.strings):
            raise Refused(404, "unknown_entry", "This site has no entry with that id.")
        self.metrics.votes.labels(entry, vote).inc()
        self.store.vote(site or DEFAULT_SITE, entry, vote, reason)

    def language(self, lang: str | None, site: str | None) -> str:
        """Return ``lang`` if there are strings for it, or the site's own language when it is None."""
        if lang and lang not in self.bot.corpus.strings:
            known = ", ".join(self.bot.corpus.strings)
            raise Refused(400, "unknown_language", f"There is no such language here. Known are: {known}.")
        return lang or self.bot.corpus.site(site).lang

    def allows(self, origin: str | None, host: str, site: str | None) -> bool:
        """Return whether a page of ``origin`` may ask for ``site``; no origin means: not a page of another site."""
        if origin is None or same_host(origin, host):
            return True
        allowed = self.bot.corpus.site(site).allowed_origins
        return "*" in allowed or origin.lower() in {*map(str.lower, allowed), *self._extra_origins}

    def knows(self, origin: str) -> bool:
        """Return whether any site allows ``origin``; all that can be told before the site is known."""
        return "*" in self._every_origin or origin.lower() in self._every_origin

    @cached_property
    def _extra_origins(self) -> frozenset[str]:
        return frozenset(map(str.lower, self.settings.extra_origins))

    @cached_property
    def _every_origin(self) -> frozenset[str]:
        sites = self.bot.corpus.sites.values()
        return self._extra_origins | {origin.lower() for site in sites for origin in site.allowed_origins}
