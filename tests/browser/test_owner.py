"""What an owner can set, call and listen to; and what is worked out from the center's own data."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from chat import Chat, host_page
from stub import CANNED, Stub

Visit = Callable[..., Chat]


def test_words_and_shape(visit: Visit) -> None:
    chat = visit('data-title="Ask Willow" data-label="Help" data-width="20em" data-height="30em" data-x="40px" data-y="60px" data-z="7" data-position="left"')
    assert chat.launcher.inner_text() == "Help"
    chat.open()
    assert chat.panel.get_by_role("heading").inner_text() == "Ask Willow"
    launcher, panel = chat.launcher.bounding_box(), chat.panel.bounding_box()
    assert launcher and panel
    assert [launcher["x"], 800 - launcher["y"] - launcher["height"]] == [40, 60]
    assert [panel["width"], panel["height"]] == [320, 480]
    assert chat.host.evaluate("(node) => getComputedStyle(node).zIndex") == "7"


def test_style_of_the_page_can_set_the_same(visit: Visit, stub: Stub) -> None:
    style = "<style>faq-bot { --faqbot-accent: #4a2c6f; --faqbot-width: 20em; --faqbot-x: 48px; --faqbot-z: 9 } faq-bot::part(launcher) { border-radius: 0 }</style>"
    chat = visit(html=host_page(stub.origin, head=style)).open()
    look = chat.js("const style = getComputedStyle(root.querySelector('.launcher')); return [style.backgroundColor, style.right, style.borderRadius]")
    assert look == ["rgb(74, 44, 111)", "48px", "0px"]
    assert chat.panel.bounding_box()["width"] == 320
    assert chat.host.evaluate("(node) => getComputedStyle(node).zIndex") == "9"


@pytest.mark.parametrize(("theme", "scheme", "dark"), [("dark", "light", True), ("light", "dark", False), ("auto", "dark", True), ("auto", "light", False)])
def test_theme(visit: Visit, theme: str, scheme: str, dark: bool) -> None:
    chat = visit(f"data-theme={theme}", color_scheme=scheme).open()
    paper = chat.panel.evaluate("(node) => getComputedStyle(node).backgroundColor")
    assert (paper == "rgb(24, 35, 34)") is dark


def test_icon_is_the_owners_outline(visit: Visit) -> None:
    chat = visit('data-icon="M3 3h18v18z"')
    chat.launcher.wait_for()
    assert chat.js("return getComputedStyle(root.querySelector('.launcher'), '::before').clipPath") == 'path("M 3 3 H 21 V 21 Z")'


def test_accent_of_the_site_profile(visit: Visit, stub: Stub) -> None:
    stub.site = CANNED["site"] | {"accent": "#4a2c6f"}
    chat = visit().open()
    assert chat.js("return getComputedStyle(root.querySelector('.send')).backgroundColor") == "rgb(74, 44, 111)"


def test_greeting_and_starters(visit: Visit, stub: Stub) -> None:
    stub.site = CANNED["site"] | {"greeting": "Welcome to Willow Creek."}
    chat = visit().open()
    assert "Welcome to Willow Creek." in chat.messages.first.inner_text()
    chat.button("Do you take my insurance?").click()
    chat.messages.nth(2).wait_for()
    assert json.loads(chat.posts()[0])["message"] == "Do you take my insurance?"
    own = visit('data-starters="Who are you?|Where are you?"').open()
    assert own.messages.first.locator("button").all_inner_texts() == ["Who are you?", "Where are you?"]


def test_greeting_says_what_it_is(visit: Visit) -> None:
    said = visit().open().messages.first.inner_text()
    assert "computer program" in said and "emergency" in said


@pytest.mark.parametrize(
    ("rule", "path", "there"),
    [
        ('data-include="/care/* /contact"', "/", False),
        ('data-include="/care/* /contact"', "/care/php", True),
        ('data-include="/care/* /contact"', "/contact", True),
        ('data-include="/care/* /contact"', "/contact/us", False),
        ('data-exclude="/pay*"', "/payment", False),
        ('data-exclude="/pay*"', "/", True),
    ],
)
def test_pages_can_be_chosen(visit: Visit, stub: Stub, rule: str, path: str, there: bool) -> None:
    chat = visit()
    stub.pages[path] = (host_page(stub.origin, rule), {})
    chat.page.goto(stub.origin + path)
    chat.page.wait_for_load_state()
    assert chat.host.count() == there


def test_calls_from_the_page(visit: Visit) -> None:
    chat = visit()
    chat.launcher.wait_for()
    chat.page.evaluate("faqbot.open()")
    assert chat.panel.is_visible()
    chat.page.evaluate("faqbot.close()")
    assert not chat.panel.is_visible()
    chat.page.evaluate("faqbot.ask('How long is it?')")
    chat.messages.nth(2).wait_for()
    assert chat.panel.is_visible()
    chat.page.evaluate("faqbot.clear()")
    assert chat.messages.count() == 1


def test_other_language_takes_the_conversation_along(visit: Visit, stub: Stub) -> None:
    chat = visit().open().ask("How long is it?")
    stub.site = CANNED["site"] | {"lang": "es", "starters": [{"id": "x", "question": "¿Aceptan mi seguro?"}], "helplines": CANNED["helplines"]["es"]}
    chat.button("Español").click()
    chat.panel.get_by_role("button", name="¿Aceptan mi seguro?").wait_for()
    assert chat.panel.get_by_role("heading").inner_text() == "Háganos una pregunta"
    assert chat.messages.count() == 3
    assert chat.panel.locator('.crisis a[href="tel:988"]').first.inner_text().startswith("Llama")
    chat.ask("spanish")
    assert [json.loads(post)["lang"] for post in chat.posts()] == ["en", "es"]


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-11-23T13:59", "Closed now. We open Monday at 8:00 AM."),  # 7:59 in Chicago
        ("2026-11-23T14:01", "Open now, until 6:00 PM."),
        ("2026-11-24T00:00", "Closed now. We open Tuesday at 8:00 AM."),
        ("2026-11-27T23:30", "Closed now. We open Monday at 8:00 AM."),  # a Friday evening
        ("2026-11-28T16:00", "Closed now. We open Monday at 8:00 AM."),
    ],
)
@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo"])
def test_hours_are_told_by_the_centers_clock(visit: Visit, now: str, said: str, zone: str) -> None:
    chat = visit(timezone_id=zone)
    chat.page.clock.set_fixed_time(datetime.fromisoformat(now).replace(tzinfo=UTC))
    chat.page.reload()
    assert said in chat.open().ask("no_answer").last.inner_text()


def test_contact_without_hours_says_nothing_of_them(visit: Visit, stub: Stub) -> None:
    stub.reply = CANNED["replies"]["no_answer"] | {"contact": {"name": "Riverside", "phone": "555-0100 ext. 12", "hours": None}}
    card = visit().open().ask("x").last.locator(".card")
    assert card.inner_text() == "Riverside\nCall 555-0100 ext. 12"
    assert card.locator("a").get_attribute("href") == "tel:5550100"


def test_contact_actions(visit: Visit) -> None:
    card = visit().open().ask("no_answer").last.locator(".card")
    assert [link.get_attribute("href") for link in card.locator("a").all()] == ["tel:5555550142", "tel:5555550143", "mailto:hello@willowcreek.example.org"]


def test_answer_shows_its_source_and_when_it_was_reviewed(visit: Visit) -> None:
    said = visit().open().ask("How long is it?").last
    assert "From: Program handbook; Insurance guide. Reviewed Nov 2, 2026." in said.inner_text()
    assert said.locator("strong").first.inner_text() == "two to six weeks"
    assert said.locator("li").count() == 3


def test_parts_of_a_question_are_answered_each(visit: Visit) -> None:
    said = visit().open().ask("several").last
    assert said.locator(".answer > strong").all_inner_texts() == ["How long does the program last?", "How much does it cost?"]
    assert said.get_by_text("Was this helpful?").count() == 2


@pytest.mark.parametrize(
    ("clicks", "sent"),
    [
        (["Yes"], {"vote": "up"}),
        (["No", "Not my question"], {"vote": "down", "reason": "not_my_question"}),
        (["No", "Hard to understand"], {"vote": "down", "reason": "unclear"}),
        (["No", "Not correct"], {"vote": "down", "reason": "wrong"}),
        (["No", "Something else"], {"vote": "down", "reason": "other"}),
    ],
)
def test_votes(visit: Visit, clicks: list[str], sent: dict[str, str]) -> None:
    chat = visit().open().ask("How long is it?")
    for name in clicks[:-1]:
        chat.button(name).click()
    with chat.page.expect_response("**/api/v1/feedback"):
        chat.button(clicks[-1]).click()
    chat.last.get_by_text("Thank you.").wait_for()
    assert [json.loads(post) for post in chat.posts("/api/v1/feedback")] == [{"id": "length", "site": "willow-creek", **sent}]


def test_answer_can_be_copied(visit: Visit) -> None:
    chat = visit(permissions=["clipboard-read", "clipboard-write"]).open().ask("How long is it?")
    chat.button("Copy").click()
    chat.button("Copied").wait_for()
    copied = chat.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Most people stay two to six weeks.") and "A plan for what comes after" in copied


def test_crisis_card_is_in_its_order(visit: Visit) -> None:
    chat = visit().open().ask("crisis")
    said = chat.last.inner_text()
    order = ["I'm glad you told me", "Call 988", "If you might act on this now", "Are you thinking about ending your life?", "Not sure", "Back to your question:", "Do you take my insurance?", "Call (555) 555-0142"]
    places = [said.index(text) for text in order]
    assert places == sorted(places)
    chat.button("Not sure").click()
    chat.messages.nth(4).wait_for()
    assert json.loads(chat.posts()[1])["message"] == "I am not sure if I am thinking about ending your life.".replace("your life", "my life")


def test_concern_stands_above_the_answer(visit: Visit) -> None:
    said = visit().open().ask("concern").last.inner_text()
    assert said.index("That sounds hard") < said.index("Call 988") < said.index("two to six weeks")


def test_about_shows_the_version_of_the_corpus(visit: Visit) -> None:
    chat = visit().open()
    chat.panel.locator("summary").click()
    assert "0f3a9c5d7e21" in chat.messages.first.inner_text() and "Aug 3, 2026" in chat.messages.first.inner_text()
