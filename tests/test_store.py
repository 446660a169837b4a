"""Counts: added up, written in batches, given up rather than breaking anything."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.schema import DropTable

from databases import postgresql
from faqbot.settings import Settings
from faqbot.store import FEEDBACK, REPLIES, Store


def today() -> date:
    """The day by which the store counts."""
    return datetime.now(UTC).date()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgresql(tmp_path_factory.mktemp("postgresql")) as address:
        yield Settings(database_url=address).database_url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/counts/faqbot.db"
    address: str = request.getfixturevalue("server")
    engine = create_engine(address)
    with engine.begin() as connection:
        for table in (REPLIES, FEEDBACK):
            connection.execute(DropTable(table, if_exists=True))
    engine.dispose()
    return address


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    # Never flushes by itself during a test.
    store = Store(url, flush_seconds=60)
    yield store
    store.close()


def test_replies_are_counted_whole_and_by_entry(store: Store) -> None:
    store.count("default", "answer", ["cost", "insurance"])
    store.count("default", "answer", ["cost"], concern=True)
    store.count("riverside", "no_answer")
    store.flush()
    assert sorted(row[1:] for row in store.totals(REPLIES)) == [
        ("default", "", "answer", 2),
        ("default", "", "concern", 1),
        ("default", "cost", "answer", 2),
        ("default", "insurance", "answer", 1),
        ("riverside", "", "no_answer", 1),
    ]


def test_later_batches_add_to_earlier_ones(store: Store) -> None:
    for _ in range(3):
        store.count("default", "crisis")
        store.flush()
    assert store.totals(REPLIES) == [(today(), "default", "", "crisis", 3)]


def test_votes_are_counted_by_reason(store: Store) -> None:
    store.vote("default", "cost", "up")
    store.vote("default", "cost", "down", "unclear")
    store.vote("default", "cost", "down", "unclear")
    store.flush()
    assert {row[1:] for row in store.totals(FEEDBACK)} == {
        ("default", "cost", "up", "", 1),
        ("default", "cost", "down", "unclear", 2),
    }


def test_totals_can_begin_at_a_day(store: Store) -> None:
    store.count("default", "crisis")
    store.flush()
    assert len(store.totals(REPLIES, since=today())) == 1
    assert store.totals(REPLIES, since=today() + timedelta(days=1)) == []


def test_two_writers_at_once_lose_nothing(url: str) -> None:
    stores = [Store(url, flush_seconds=60) for _ in range(2)]

    def write(store: Store) -> None:
        for _ in range(20):
            store.count("default", "answer", ["cost"])
            store.flush()

    threads = [threading.Thread(target=write, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row[-1] for row in stores[0].totals(REPLIES)] == [40, 40]
    for store in stores:
        store.close()


def test_counting_from_many_threads_loses_nothing(store: Store) -> None:
    threads = [threading.Thread(target=lambda: [store.count("s", "answer") for _ in range(200)]) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.flush()
    assert store.totals(REPLIES)[0][-1] == 1000


def test_the_background_thread_writes_soon(url: str) -> None:
    written = threading.Event()
    store = Store(url, flush_seconds=0.01)
    flush = store.flush
    store.flush = lambda: (flush(), written.set())  # type: ignore[method-assign,assignment,func-returns-value]
    store.count("default", "answer")
    assert written.wait(10)
    assert len(store.totals(REPLIES)) == 1
    store.close()


def test_closing_writes_what_is_left(url: str) -> None:
    store = Store(url, flush_seconds=60)
    store.count("default", "answer")
    store.close()
    again = Store(url)
    assert len(again.totals(REPLIES)) == 1
    again.close()


def test_a_database_that_is_away_loses_counts_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lost: list[int] = []
    (tmp_path / "file").touch()
    store = Store(f"sqlite:///{tmp_path}/file/below/faqbot.db", flush_seconds=60, on_loss=lost.append)
    store.count("default", "answer", ["cost"])
    store.flush()
    assert lost == [2]
    assert not store.healthy()
    assert "OperationalError" in caplog.text
    store.close()


def test_a_database_that_comes_back_is_written_to_again(tmp_path: Path) -> None:
    lost: list[int] = []
    folder = tmp_path / "late"
    store = Store(f"sqlite:///{folder}/faqbot.db", flush_seconds=60, on_loss=lost.append)
    folder.rmdir()
    store.count("default", "answer")
    store.flush()
    folder.mkdir()
    store.count("default", "answer")
    store.flush()
    assert lost == [1]
    assert store.healthy()
    assert store.totals(REPLIES)[0][-1] == 1
    store.close()
