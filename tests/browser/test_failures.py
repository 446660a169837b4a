"""A server that is down, slow or wrong, or a script that never came: people to reach are shown all the same."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from chat import PAGE, Chat
from stub import Stub

Visit = Callable[..., Chat]
FAILURES = ["500", "503", "404", "413", "429", "malformed", "shapeless", "close", "hang", "offline", "refused", "name"]


def fail(chat: Chat, how: str) -> None:
    """From now on the server fails in this way."""
    if how == "hang":
        chat.stub.mode = how
        chat.page.evaluate("const clock = AbortSignal.timeout; AbortSignal.timeout = (ms) => clock.call(AbortSignal, (window.patience = ms) / 80)")
    elif how == "offline":
        chat.page.context.set_offline(True)
    elif how in ("refused", "name"):
        code = {"refused": "connectionrefused", "name": "namenotresolved"}[how]
        chat.page.route("**/api/**", lambda route: route.abort(code))
    else:
        chat.stub.mode = how


@pytest.mark.parametrize("how", FAILURES)
def test_people_to_reach_are_shown_and_the_draft_is_kept(visit: Visit, how: str) -> None:
    chat = visit().open()
    fail(chat, how)
    card = chat.ask("How long is it?").last
    assert [card.locator(f'a[href="{href}"]').count() for href in ("tel:988", "sms:988", "tel:911", "tel:5555550142")] == [1, 1, 1, 1]
    assert chat.input.input_value() == "How long is it?"
    assert how != "hang" or chat.page.evaluate("patience") == 8000
    lead = "Please wait a minute." if how == "429" else "I can't get an answer right now."
    assert lead in card.inner_text()


def test_without_any_word_from_the_server_the_owners_phone_is_shown(visit: Visit) -> None:
    chat = visit()
    chat.stub.mode = "500"
    chat.open_alone().ask("How long is it?")
    assert chat.last.locator('a[href="tel:5555550142"]').count() == 1


def test_trying_again_sends_the_same_words_once(visit: Visit) -> None:
    chat = visit().open()
    chat.stub.mode = "500"
    chat.ask("How long is it?")
    chat.stub.mode = "ok"
    chat.button("Try again").click()
    chat.messages.nth(3).wait_for()
    assert "two to six weeks" in chat.last.inner_text()
    assert chat.panel.get_by_text("How long is it?", exact=True).count() == 1
    assert chat.input.input_value() == ""
    assert chat.button("Try again").count() == 0


def test_what_was_typed_meanwhile_is_not_lost(visit: Visit) -> None:
    chat = visit().open()
    chat.stub.mode = "hang"
    chat.input.fill("How long is it?")
    chat.input.press("Enter")
    chat.input.fill("And how much?")
    chat.input.press("Enter")
    assert chat.input.input_value() == "And how much?"
    chat.stub.mode = "500"
    chat.stub.release.set()
    chat.messages.nth(2).wait_for()
    assert chat.input.input_value() == "And how much?"


def test_late_answer_to_a_cleared_chat_is_not_shown(visit: Visit) -> None:
    chat = visit().open()
    chat.stub.mode = "hang"
    chat.input.fill("How long is it?")
    chat.input.press("Enter")
    chat.button("Clear chat").click()
    chat.stub.mode = "ok"
    with chat.page.expect_response("**/api/v1/ask"):
        chat.stub.release.set()
    chat.ask("suggestions")
    assert chat.messages.count() == 3


@pytest.mark.parametrize("lang", ["en", "es"])
def test_helplines_are_at_hand_before_any_request(visit: Visit, lang: str) -> None:
    chat = visit(lang=lang)
    fail(chat, "offline")
    chat.open_alone()
    strip = chat.panel.locator(".crisis > .row a")
    assert {link.get_attribute("href") for link in strip.all()} >= {"tel:988", "tel:911"}
    chat.panel.locator(".more").click()
    assert chat.panel.locator("#lines a[href^=sms]").first.is_visible()
    chat.panel.locator(".more").click()
    assert not chat.panel.locator("#lines").is_visible()


def test_site_is_asked_for_again_at_the_next_opening(visit: Visit) -> None:
    chat = visit()
    chat.stub.mode = "500"
    chat.open_alone()
    chat.button("Close chat").click()
    chat.stub.mode = "ok"
    chat.open()
    assert chat.button("Do you take my insurance?").is_visible()


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}])
def test_blocked_script_leaves_the_links_on_the_page(context: Callable[..., BrowserContext], stub: Stub, options: dict[str, bool]) -> None:
    page = context(**options).new_page()
    page.route("**/widget.js", lambda route: route.abort())
    links = '<faq-bot><a href="tel:5555550142">Call us</a> In crisis? <a href="tel:988">Call 988</a></faq-bot>'
    stub.pages["/"] = (PAGE.format(lang="en", head="", script=f'{links}<script src="{stub.origin}/widget.js" data-site="x" async></script>', tail=""), {})
    page.goto(stub.origin)
    assert page.locator('a[href="tel:988"]').is_visible()
    page.locator('a[href="tel:5555550142"]').click(trial=True)


def test_links_on_the_page_give_way_to_the_widget(visit: Visit, stub: Stub) -> None:
    links = '<faq-bot><a href="tel:988">Call 988</a></faq-bot>'
    tag = f'<script src="{stub.origin}/widget.js" data-site="x" async></script>'
    chat = visit(html=PAGE.format(lang="en", head="", script=links + tag, tail=""))
    chat.open()
    assert chat.host.count() == 1
    assert not chat.page.locator("faq-bot > a").is_visible()
