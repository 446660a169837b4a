"""The whole path: a visitor's words typed in the widget, the real server, and what is then on the screen."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from chat import PAGE, Chat
from conftest import DESKTOP, PHONE
from live import LiveServer
from stub import Stub

SCREENS = {"desktop": {"viewport": DESKTOP}, "phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True}, "narrow": {"viewport": {"width": 320, "height": 640}}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, listening: Stub) -> Iterator[LiveServer]:
    """The server as it is run, with limits that these tests do not reach."""
    with LiveServer(tmp_path_factory.mktemp("server"), ask_limit="10000 per minute", extra_origins=listening.origin) as running:
        yield running


@pytest.fixture
def meet(context: Callable[..., BrowserContext], stub: Stub) -> Iterator[Callable[..., Chat]]:
    """Opens the chat of a page on another origin, served by a given server."""
    chats = []

    def go(server: LiveServer, attributes: str = "", **options: object) -> Chat:
        tag = f'<script src="{server.base}/widget.js" data-phone="(555) 555-0142" {attributes} async></script>'
        stub.pages["/"] = (PAGE.format(lang="en", head="", script=tag, tail=""), {})
        chat = Chat(context(**options).new_page(), stub)
        chat.page.goto(stub.origin + "/")
        chats.append(chat)
        return chat.open()

    yield go
    assert [error for chat in chats for error in chat.errors] == []


@pytest.mark.parametrize("screen", SCREENS)
def test_question_gets_its_answer_with_the_source(meet: Callable[..., Chat], server: LiveServer, screenshots: Path, screen: str) -> None:
    chat = meet(server, **SCREENS[screen]).ask("What is a partial hospitalization program?")
    said = chat.last
    assert "partial hospitalization" in said.locator(".answer").first.inner_text().lower()
    assert "From: " in said.inner_text() and "Reviewed " in said.inner_text()
    chat.page.screenshot(path=screenshots / f"real-answer-{screen}.png")


@pytest.mark.parametrize("screen", SCREENS)
def test_danger_gets_the_card(meet: Callable[..., Chat], server: LiveServer, screenshots: Path, screen: str) -> None:
    chat = meet(server, **SCREENS[screen]).ask("i want to kill myself")
    assert {"tel:988", "sms:988", "tel:911"} <= {link.get_attribute("href") for link in chat.last.locator("a").all()}
    assert chat.last.locator(".answer").count() == 0
    assert chat.last.locator('[role="alert"]').count() == 1
    chat.page.screenshot(path=screenshots / f"real-crisis-{screen}.png")


def test_what_it_does_not_know_goes_to_people(meet: Callable[..., Chat], server: LiveServer, screenshots: Path) -> None:
    chat = meet(server).ask("do you take my dog")
    assert chat.last.locator(".answer").count() == 0
    assert chat.last.locator('.card a[href^="tel:"]').count() >= 1
    chat.page.screenshot(path=screenshots / "real-no-answer.png")


def test_spanish_is_answered_in_spanish(meet: Callable[..., Chat], server: LiveServer) -> None:
    chat = meet(server, "data-lang=es").ask("quiero matarme")
    assert chat.last.get_attribute("lang") == "es"
    assert chat.last.locator('a[href="tel:988"]').count() >= 1


def test_earlier_messages_count(meet: Callable[..., Chat], server: LiveServer) -> None:
    chat = meet(server).ask("i want to kill myself").ask("do you take my insurance?")
    assert chat.last.locator('a[href="tel:988"]').count() >= 1


def test_suggestion_and_vote(meet: Callable[..., Chat], server: LiveServer) -> None:
    chat = meet(server)
    starter = chat.messages.first.locator("button").first
    question = starter.inner_text()
    starter.click()
    chat.messages.nth(2).wait_for()
    assert chat.messages.nth(1).inner_text().endswith(question)
    with chat.page.expect_response("**/api/v1/feedback") as vote:
        chat.button("Yes").first.click()
    assert vote.value.ok


def test_script_may_be_kept_for_good_under_its_version(server: LiveServer) -> None:
    status, headers, body = server.request("GET", "/widget.js")
    assert status == 200 and "max-age=300" in headers["Cache-Control"] and headers["ETag"]
    assert [headers[name] for name in ("Access-Control-Allow-Origin", "Cross-Origin-Resource-Policy", "X-Content-Type-Options")] == ["*", "cross-origin", "nosniff"]
    version = headers["ETag"].strip('"')
    status, headers, same = server.request("GET", f"/widget/{version}/widget.js")
    assert (status, same) == (200, body)
    assert "immutable" in headers["Cache-Control"]
    status, _, _ = server.request("GET", "/widget.js", headers={"If-None-Match": f'"{version}"'})
    assert status == 304


@pytest.mark.parametrize("screen", SCREENS)
def test_server_that_stops_mid_chat(meet: Callable[..., Chat], stub: Stub, tmp_path: Path, screenshots: Path, screen: str) -> None:
    with LiveServer(tmp_path, extra_origins=stub.origin) as server:
        chat = meet(server, **SCREENS[screen]).ask("What is a partial hospitalization program?")
        server.stop()
    chat.ask("How long does it last?")
    links = {link.get_attribute("href") for link in chat.last.locator("a").all()}
    assert {"tel:988", "sms:988", "tel:911"} <= links
    assert any(href.startswith("tel:") and "555" in href for href in links)
    assert chat.input.input_value() == "How long does it last?"
    chat.page.screenshot(path=screenshots / f"real-stopped-{screen}.png")
