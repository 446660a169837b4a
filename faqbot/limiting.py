"""How often one visitor may ask. Counted by address, in memory or in a storage that all workers share."""

import ipaddress
import logging
import math
import threading
import time

import limits
from flask import Flask, request
from flask_limiter import Limiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import Storage

from faqbot.errors import SettingsError
from faqbot.service import Refused
from faqbot.settings import Settings

_LOG = logging.getLogger("faqbot.limits")
_TIDY_SECONDS = 60.0
_AWAY_SECONDS = 10.0


class PlainMemory(Storage):
    """Counts in a dict, for one process.

    The library's own memory starts a thread every few milliseconds to clear away old counts, and each reply
    would wait for that; here they are cleared away once a minute.
    """

    STORAGE_SCHEME = ["plain"]
    base_exceptions = ValueError

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: str) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._counts: dict[str, tuple[int, float]] = {}
        self._tidy_at = 0.0
        self._lock = threading.Lock()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = time.time()
        with self._lock:
            if now >= self._tidy_at:
                self._counts = {name: count for name, count in self._counts.items() if count[1] > now}
                self._tidy_at = now + _TIDY_SECONDS
            n, end = self._counts.get(key, (0, 0.0))
            if end <= now:
                n, end = 0, now + expiry
            self._counts[key] = n + amount, end
        return n + amount

    def get(self, key: str) -> int:
        n, end = self._counts.get(key, (0, 0.0))
        return n if end > time.time() else 0

    def get_expiry(self, key: str) -> float:
        return self._counts.get(key, (0, time.time()))[1]

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        n, self._counts = len(self._counts), {}
        return n

    def clear(self, key: str) -> None:
        self._counts.pop(key, None)


class Limits:
    """The limits of one application, each named after what it limits."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._rates = {
            "ask": limits.parse_many(settings.ask_limit),
            "feedback": limits.parse_many(settings.feedback_limit),
        }
        self._away_until = 0.0
        options: dict[str, str | int] = {"wrap_exceptions": True}
        if not settings.limits_url.startswith("memory:"):
            options |= {"socket_connect_timeout": 1, "socket_timeout": 1}
        storage = settings.limits_url.replace("memory://", "plain://")
        self._limiter = Limiter(client, storage_uri=storage, storage_options=options)
        # An app that knows it already gets none of its hooks. They go through every rule at every request and take
        # longer than all the rest of a reply; our few limits are asked for where they hold.
        app.extensions["limiter"] = {self._limiter}
        try:
            self._limiter.init_app(app)
        except ConfigurationError as error:
            raise SettingsError(f"FAQBOT_LIMITS_URL: {error}") from error

    def spend(self, name: str) -> None:
        """Take one from what the visitor may do. Raises Refused when nothing is left."""
        if time.monotonic() < self._away_until:
            return
        who = client()
        for rate in self._rates[name]:
            try:
                if self._limiter.limiter.hit(rate, name, who):
                    continue
                reset = self._limiter.limiter.get_window_stats(rate, name, who).reset_time
            except StorageError as error:
                # A storage that is away must not stand between a visitor and a helpline, nor make each of them wait.
                self._away_until = time.monotonic() + _AWAY_SECONDS
                _LOG.error("limits cannot be counted: %s", type(error.storage_error).__name__)
                return
            wait = max(1, math.ceil(reset - time.time()))
            raise Refused(429, "too_many_requests", "Too many requests; wait and try again.", wait)


def client() -> str:
    """Return whom a limit counts: an IPv4 address, or the /64 of an IPv6 address, which one household owns."""
    address = request.remote_addr or "unknown"
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((int(ipaddress.IPv6Address(address)) >> 64 << 64, 64)))
    except ValueError:
        return address
