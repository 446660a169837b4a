"""Counts of replies and feedback, in SQL. Never a word of what a visitor typed.

Counting must not slow a reply down or break it: counts are gathered in memory, written by a
background thread in batches, and given up when the database cannot take them.
"""

import atexit
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Column, Date, MetaData, String, Table, create_engine, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateTable

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_TRIES = 2
_LOG = logging.getLogger("faqbot.store")
_METADATA = MetaData()


def _table(name: str, *labels: str) -> Table:
    keys = [Column(label, String(100), primary_key=True) for label in labels]
    return Table(name, _METADATA, Column("day", Date, primary_key=True), *keys, Column("n", BigInteger, nullable=False))


REPLIES = _table("replies", "site", "entry", "outcome")
"""Per day (UTC). Entry "" counts whole replies; the others count the entries shown in them."""
FEEDBACK = _table("feedback", "site", "entry", "vote", "reason")

Row = tuple[str, ...]


def _ignore(lost: int) -> None:
    """Take note of lost counts by doing nothing."""


class Store:
    """Gathers counts and writes them to the database at ``url`` every few seconds.

    ``on_loss`` is told how many counts were given up. Opening never fails: a database that is
    away now may be back when the first counts are written.
    """

    def __init__(self, url: str, flush_seconds: float = 2.0, on_loss: Callable[[int], None] = _ignore) -> None:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            self._make_folder(Path(parsed.database).parent)
        # A connection is opened for each batch: nothing to share across a fork, nothing to go stale.
        wait = "timeout" if parsed.get_backend_name() == "sqlite" else "connect_timeout"
        self._engine = create_engine(parsed, poolclass=NullPool, connect_args={wait: 5})
        self._insert = _INSERT[self._engine.dialect.name]
        self._flush_seconds = flush_seconds
        self.on_loss = on_loss
        self._pending: Counter[tuple[str, Row]] = Counter()
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        atexit.register(self.close)

    def count(self, site: str, outcome: str, shown: Iterable[str] = (), concern: bool = False) -> None:
        """Count one reply: its outcome, the entries shown in it, and whether help rode along."""
        rows: list[tuple[str, Row]] = [("replies", (site, "", outcome))]
        rows += [("replies", (site, entry, outcome)) for entry in shown]
        if concern:
            rows.append(("replies", (site, "", "concern")))
        self._add(rows)

    def vote(self, site: str, entry: str, vote: str, reason: str = "") -> None:
        """Count one vote on an entry."""
        self._add([("feedback", (site, entry, vote, reason))])

    def flush(self) -> None:
        """Write what has been gathered."""
        with self._writing:
            with self._lock:
                batch, self._pending = self._pending, Counter()
            if batch:
                self._write_or_lose(batch)

    def totals(self, table: Table, since: date | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of REPLIES or FEEDBACK, oldest first. Raises SQLAlchemyError."""
        query = select(table).order_by(*table.primary_key.columns)
        if since:
            query = query.where(table.c.day >= since)
        with self._engine.begin() as connection:
            _create_tables(connection)
            return [tuple(row) for row in connection.execute(query)]

    def healthy(self) -> bool:
        """Return whether the database answers."""
        try:
            with self._engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def close(self) -> None:
        """Stop the background thread and write what is left."""
        self._stop.set()
        if self._thread and self._thread.is_alive():
            self._thread.join()
        self.flush()
        atexit.unregister(self.close)

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            _LOG.error("cannot make the folder of the database: %s", error)

    def _add(self, rows: Sequence[tuple[str, Row]]) -> None:
        with self._lock:
            self._pending.update(rows)
            # Started at the first count, so that each worker of a forking server has its own.
            if not (self._thread and self._thread.is_alive()) and not self._stop.is_set():
                self._thread = threading.Thread(target=self._flush_regularly, name="faqbot-store", daemon=True)
                self._thread.start()

    def _flush_regularly(self) -> None:
        while not self._stop.wait(self._flush_seconds):
            self.flush()

    def _write_or_lose(self, batch: Counter[tuple[str, Row]]) -> None:
        today = datetime.now(UTC).date()
        for attempt in range(1, _TRIES + 1):
            try:
                with self._engine.begin() as connection:
                    self._write(connection, today, batch)
                return
            except SQLAlchemyError as error:
                # The error's own text may hold the values; its kind is enough.
                _LOG.error("counts could not be written (try %d of %d): %s", attempt, _TRIES, type(error).__name__)
        self.on_loss(batch.total())

    def _write(self, connection: Connection, day: date, batch: Counter[tuple[str, Row]]) -> None:
        _create_tables(connection)
        # In order of key, so that two workers that write the same rows never wait for each other in a circle.
        for (name, labels), n in sorted(batch.items()):
            table = _METADATA.tables[name]
            keys = [column.name for column in table.primary_key.columns]
            statement = self._insert(table).values(**dict(zip(keys, (day, *labels), strict=True)), n=n)
            added = {"n": table.c.n + statement.excluded.n}
            connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=added))


def _create_tables(connection: Connection) -> None:
    for table in _METADATA.sorted_tables:
        connection.execute(CreateTable(table, if_not_exists=True))
