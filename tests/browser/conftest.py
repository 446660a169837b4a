"""One browser and one stub server for all browser tests; a context of its own for each."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from chat import Chat, host_page
from stub import Stub

# Taken out of the environment, where the server would take them for settings of its own.
_CHROMIUM = os.environ.pop("FAQBOT_CHROMIUM", None)
_SCREENSHOTS = os.environ.pop("FAQBOT_SCREENSHOTS", None)
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


def program() -> str | None:
    """The browser named by FAQBOT_CHROMIUM, or the system's own, or else Playwright's."""
    return _CHROMIUM or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the whole run."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program(), args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def listening() -> Iterator[Stub]:
    """The stub server, for what outlives a test."""
    stub = Stub()
    yield stub
    stub.close()


@pytest.fixture
def stub(listening: Stub) -> Stub:
    """A server that works, until a test says how it fails."""
    listening.reset()
    return listening


@pytest.fixture
def context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts; all are closed after the test."""
    made = []

    def make(**options: object) -> BrowserContext:
        made.append(browser.new_context(**{"viewport": DESKTOP, "locale": "en-US", "reduced_motion": "reduce", **options}))
        made[-1].set_default_timeout(10_000)
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def visit(stub: Stub, context: Callable[..., BrowserContext]) -> Iterator[Callable[..., Chat]]:
    """Opens a page with the widget: `visit("data-theme=dark", viewport=PHONE)`. An error in the page fails the test."""
    chats = []

    def go(attributes: str = "", lang: str = "en", html: str | None = None, headers: dict[str, str] | None = None, **options: object) -> Chat:
        stub.pages["/"] = (html or host_page(stub.origin, attributes, lang), headers or {})
        chat = Chat(context(**options).new_page(), stub)
        chat.page.goto(stub.origin + "/")
        chats.append(chat)
        return chat

    yield go
    assert [error for chat in chats for error in chat.errors] == []


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of the states go: FAQBOT_SCREENSHOTS, or the run's own temporary folder."""
    folder = Path(_SCREENSHOTS or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
