"""Limits that several workers share, and what happens when their storage goes away."""

from pathlib import Path

import pytest
from flask import Flask

from databases import redis
from faqbot.errors import SettingsError
from faqbot.limiting import Limits, PlainMemory
from faqbot.service import Refused
from faqbot.settings import Settings


def spend(limits: Limits, address: str = "192.0.2.1") -> bool:
    """Take one question as ``address``; return whether there was one left."""
    with Flask(__name__).test_request_context("/", environ_base={"REMOTE_ADDR": address}):
        try:
            limits.spend("ask")
        except Refused as refused:
            assert refused.wait
            assert 1 <= refused.wait <= 60
            return False
    return True


def worker(url: str) -> Limits:
    return Limits(Flask(__name__), Settings(limits_url=url, ask_limit="3 per minute"))


def test_workers_with_their_own_memory_count_apart() -> None:
    one, other = worker("memory://"), worker("memory://")
    assert [spend(one) for _ in range(4)] == [True, True, True, False]
    assert spend(other)
    assert spend(one, "192.0.2.2")


def test_workers_with_redis_count_together_and_go_on_without(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with redis(tmp_path) as url:
        one, other = worker(url), worker(url)
        assert [spend(one), spend(other), spend(one), spend(other)] == [True, True, True, False]
    assert spend(one)
    assert "limits cannot be counted" in caplog.text
    assert "192.0.2.1" not in caplog.text


def test_a_storage_that_cannot_be_used_is_told_by_the_name_of_the_setting() -> None:
    with pytest.raises(SettingsError, match="FAQBOT_LIMITS_URL"):
        worker("redis+nonsense://host")


def test_plain_memory_forgets_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("faqbot.limiting.time.time", lambda: now)
    memory = PlainMemory()
    assert [memory.incr("a", 60), memory.incr("a", 60), memory.incr("b", 600)] == [1, 2, 1]
    assert (memory.get("a"), memory.get_expiry("a")) == (2, 1060.0)
    now = 1061.0
    assert memory.get("a") == 0
    assert memory.incr("a", 60) == 1
    assert memory.get("b") == 1
    memory.clear("b")
    assert memory.get("b") == 0
    assert memory.reset() == 1
