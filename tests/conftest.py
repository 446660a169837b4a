"""What several test files share: the bot as shipped, and an app around it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import faqbot
from faqbot.bot import Bot
from faqbot.settings import Settings
from faqbot.store import Store
from faqbot.web import create_app


@pytest.fixture(scope="session")
def bot() -> Bot:
    """The bot as shipped; loaded once, for it never changes."""
    return faqbot.load()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store that writes only when told to."""
    store = Store(f"sqlite:///{tmp_path}/faqbot.db", flush_seconds=60)
    yield store
    store.close()


@pytest.fixture
def app(bot: Bot, store: Store) -> Flask:
    """The whole application, with limits that no test reaches by accident."""
    return create_app(bot, Settings(ask_limit="1000 per minute"), store)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the application."""
    return app.test_client()
