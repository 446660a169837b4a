"""The page where an owner puts the script tag together: what it shows is what the chat then does."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from live import LiveServer
from test_states import AXE, RUN


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The server as it is run."""
    with LiveServer(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def page(context: Callable[..., BrowserContext], server: LiveServer) -> Iterator[Page]:
    """The page, on which nothing may go wrong."""
    errors: list[str] = []
    page = context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(server.base + "/embed")
    page.locator("faq-bot .launcher").wait_for()
    yield page
    assert errors == []


def tag(page: Page) -> str:
    """The line to paste."""
    return page.locator("#tag").inner_text()


def test_choices_show_in_the_line_and_in_the_preview(page: Page, server: LiveServer, screenshots: Path) -> None:
    page.get_by_label("Text on the button").fill('Ask "us" <now>')
    page.get_by_label("Corner").select_option("left")
    page.get_by_label("Starter questions, one on each line").fill("Who are you?\n\nWhere are you?\n")
    page.get_by_label("Color", exact=True).fill("#4a2c6f")
    launcher = page.locator("faq-bot .launcher").filter(has_text='Ask "us" <now>')
    launcher.wait_for()
    said = tag(page)
    assert said.startswith(f'<script src="{server.base}/widget.js" data-site="')
    for part in ('data-label="Ask &#34;us&#34; &#60;now&#62;"', 'data-position="left"', 'data-starters="Who are you?|Where are you?"', 'data-accent="#4a2c6f"'):
        assert part in said
    assert launcher.evaluate("(node) => getComputedStyle(node).backgroundColor") == "rgb(74, 44, 111)"
    page.screenshot(path=screenshots / "embed.png", full_page=True)
    launcher.click()
    assert page.locator("faq-bot").get_by_role("button", name="Where are you?").is_visible()
    box = launcher.bounding_box()
    assert box and box["x"] == 20


def test_one_version_can_be_asked_for(page: Page, server: LiveServer) -> None:
    page.get_by_label("Load this one version only").check()
    version, integrity = (page.locator("#options").get_attribute(f"data-{name}") for name in ("version", "integrity"))
    assert f'/widget/{version}/widget.js"' in tag(page) and f'integrity="{integrity}" crossorigin="anonymous"' in tag(page)
    status, _, _ = server.request("GET", f"/widget/{version}/widget.js")
    assert status == 200


def test_line_can_be_copied(page: Page) -> None:
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("status").get_by_text("Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == tag(page)


def test_without_scripts_the_plain_line_is_there(server: LiveServer, context: Callable[..., BrowserContext]) -> None:
    page = context(java_script_enabled=False).new_page()
    page.goto(server.base + "/embed?lang=es")
    assert f'<script src="{server.base}/widget.js" data-site="' in tag(page)
    assert page.get_by_role("heading", level=1).inner_text() == "Ponga el chat en su sitio web"


def test_page_breaks_no_rule(page: Page) -> None:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(RUN.replace("enabled: true", "enabled: false")) == []
