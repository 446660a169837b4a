"""What stays on the visitor's side: no storage, no other origin, no words where they don't belong, and a quick way out."""

import json
from collections.abc import Callable

import pytest

from chat import Chat, host_page
from conftest import PHONE
from stub import Stub
from test_states import STATES

Visit = Callable[..., Chat]
SECRET = "zebrafinch question"
STORED = """async () => [document.cookie, localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, (await caches.keys()).length]"""
NOTHING = ["", 0, 0, 0, 0]
NEUTRAL = "/neutral"


def talk(chat: Chat) -> None:
    """A whole session."""
    chat.open().ask(SECRET).ask("crisis").ask("no_answer")
    # A request still under way would be counted for the next test.
    with chat.page.expect_response("**/api/v1/feedback"):
        chat.button("Yes").first.click()


def test_nothing_is_stored(visit: Visit) -> None:
    chat = visit()
    talk(chat)
    assert chat.page.evaluate(STORED) == NOTHING
    assert chat.page.context.cookies() == []


def test_requests_go_to_its_own_origin_and_none_before_the_first_opening(visit: Visit, stub: Stub) -> None:
    chat = visit(viewport=PHONE)
    others: list[str] = []
    chat.page.on("request", lambda request: others.append(request.url) if not request.url.startswith(stub.origin) else None)
    chat.launcher.wait_for()
    assert [path for _, path, _, _ in stub.seen] == ["/", "/widget.js"]
    talk(chat)
    after = {(method, path.split("?")[0]) for method, path, _, _ in stub.seen[2:]}
    assert after == {("GET", "/api/v1/site"), ("POST", "/api/v1/ask"), ("POST", "/api/v1/feedback")}
    assert others == []


def test_requests_say_no_more_than_they_must(visit: Visit, stub: Stub) -> None:
    chat = visit()
    chat.page.evaluate("document.cookie = 'host=1'; document.title = 'A page title'")
    talk(chat)
    asked = [(path, headers, body) for _, path, headers, body in stub.seen if "/api/" in path]
    for path, headers, body in asked:
        assert "finch" not in path
        assert "Referer" not in headers and "Cookie" not in headers
        assert "A page title" not in body and stub.origin not in body
    assert set(json.loads(chat.posts()[0])) == {"message", "history", "site", "lang"}
    assert json.loads(chat.posts()[2])["history"] == [SECRET, "crisis"]


def test_history_is_at_most_twenty_messages(visit: Visit, stub: Stub) -> None:
    chat = visit().open()
    for number in range(23):
        chat.ask(f"Question {number}")
    assert json.loads(chat.posts()[-1])["history"] == [f"Question {number}" for number in range(2, 22)]


def test_words_do_not_leak_into_the_page(visit: Visit, stub: Stub) -> None:
    spy = """<script>window.heard = []; for (const name of ["ready", "open", "close", "reply", "error", "exit"])
      addEventListener("faqbot:" + name, (event) => heard.push(name + JSON.stringify(event.detail ?? "")));</script>"""
    chat = visit(html=host_page(stub.origin, head=spy))
    said: list[str] = []
    chat.page.on("console", lambda message: said.append(message.text))
    talk(chat)
    chat.stub.mode = "500"
    chat.ask(SECRET + " again")
    chat.button("Close chat").click()
    heard = chat.page.evaluate("heard")
    assert [each.split("{")[0].strip('"') for each in heard] == ["ready", "open", "reply", "reply", "reply", "error", "close"]
    assert "finch" not in json.dumps(heard) + "".join(said) + chat.page.url + chat.page.title()
    assert chat.page.evaluate("[history.length, typeof dataLayer]") == [2, "undefined"]


def test_input_sends_nothing_to_helpers_of_the_browser(visit: Visit) -> None:
    chat = visit().open()
    assert [chat.input.get_attribute(name) for name in ("autocomplete", "spellcheck", "enterkeyhint")] == ["off", "false", "send"]


def test_notice_stands_by_the_input(visit: Visit) -> None:
    notice = visit().open().panel.locator("form").inner_text()
    assert "Not medical advice" in notice and "names" in notice and "erased" in notice


@pytest.mark.parametrize("viewport", [{"width": 320, "height": 256}, {"width": 320, "height": 640}, {"width": 1280, "height": 800}])
@pytest.mark.parametrize("state", ["opened", "waiting", "answered", "crisis", "error", "limit"])
def test_way_out_is_first_and_in_view(visit: Visit, state: str, viewport: dict[str, int]) -> None:
    chat = visit(viewport=viewport)
    STATES[state](chat)
    assert chat.js("return root.querySelector('.panel').querySelector('button, a, textarea').className") == "leave"
    assert chat.js(
        """const leave = root.querySelector('.leave'), box = leave.getBoundingClientRect();
        return root.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === leave"""
    )


@pytest.fixture
def leaving(visit: Visit, stub: Stub) -> Chat:
    """A chat in a page that was come to from another, with a neutral page to leave to."""
    stub.pages[NEUTRAL] = ("<title>Weather</title>Sunny", {})
    stub.pages["/before"] = ("<title>Before</title>Before", {})
    chat = visit(f'data-exit="{stub.origin}{NEUTRAL}"')
    chat.page.goto(stub.origin + "/before")
    chat.page.goto(stub.origin + "/")
    return chat


def leave_by_button(chat: Chat) -> None:
    chat.button("Leave this page").click()


def leave_by_shift(chat: Chat) -> None:
    for _ in range(3):
        chat.page.keyboard.press("Shift")


@pytest.mark.parametrize("leave", [leave_by_button, leave_by_shift])
def test_leaving_leaves_no_trace(leaving: Chat, stub: Stub, leave: Callable[[Chat], None]) -> None:
    leaving.open().ask(SECRET)
    leave(leaving)
    leaving.page.wait_for_url("**" + NEUTRAL)
    assert leaving.page.evaluate(STORED) == NOTHING
    assert [headers.get("Referer") for _, path, headers, _ in stub.seen if path == NEUTRAL] == [None]
    leaving.page.go_back()
    assert leaving.page.title() == "Before"
    leaving.page.go_forward()
    assert leaving.page.title() == "Weather"


def test_page_is_blank_at_once(leaving: Chat) -> None:
    leaving.open().ask(SECRET)
    leaving.input.fill("more")
    left = leaving.js(
        """root.querySelector('.leave').click();
        return [document.documentElement.checkVisibility(), document.title, root.querySelector('.log').children.length, root.querySelector('textarea').value]"""
    )
    assert left == [False, "", 1, ""]


@pytest.mark.parametrize("state", ["waiting", "offline"])
def test_leaving_works_in_any_state(leaving: Chat, state: str) -> None:
    STATES[state](leaving)
    blank = leaving.js("root.querySelector('.leave').click(); return [document.documentElement.checkVisibility(), root.querySelector('.log').children.length]")
    assert blank == [False, 1]


def test_shift_counts_only_alone_and_says_so(leaving: Chat) -> None:
    chat = leaving.open()
    status = chat.panel.get_by_role("status")
    chat.input.press("Shift")
    assert status.text_content() == "To leave this page, press Shift again (2)."
    chat.input.press_sequentially("ABC")
    for _ in range(2):
        chat.input.press("Shift")
    assert chat.input.input_value() == "ABC"
    assert chat.page.title() == "Willow Creek"


def test_shift_can_be_turned_off(visit: Visit) -> None:
    chat = visit("data-exit-key=off").open()
    for _ in range(4):
        chat.page.keyboard.press("Shift")
    assert chat.page.title() == "Willow Creek"


def test_page_that_comes_back_is_whole_and_the_chat_empty(visit: Visit) -> None:
    chat = visit().open().ask(SECRET)
    # As browsers do with a page that they kept in memory.
    chat.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert chat.panel.count() == 0
    chat.open()
    assert chat.messages.count() == 1
    assert chat.page.evaluate("document.documentElement.checkVisibility()")


def test_kept_for_the_tab_only_if_the_owner_says_so(visit: Visit) -> None:
    chat = visit("data-keep=tab").open().ask(SECRET)
    chat.page.reload()
    chat.open()
    assert chat.messages.count() == 3
    chat.button("Clear chat").click()
    assert chat.page.evaluate(STORED) == NOTHING
    chat.page.reload()
    assert chat.open().messages.count() == 1


def test_kept_chat_is_gone_after_leaving_and_after_half_an_hour(leaving: Chat) -> None:
    chat = leaving
    chat.page.evaluate("sessionStorage.setItem('faq-bot', JSON.stringify({ at: Date.now() - 31 * 60 * 1000, turns: [{ you: 'old' }] }))")
    chat.stub.pages["/"] = (host_page(chat.stub.origin, f'data-keep=tab data-exit="{chat.stub.origin}{NEUTRAL}"'), {})
    chat.page.reload()
    assert chat.open().messages.count() == 1
    chat.ask(SECRET)
    assert SECRET in chat.page.evaluate("sessionStorage.getItem('faq-bot')")
    leave_by_button(chat)
    chat.page.wait_for_url("**" + NEUTRAL)
    assert chat.page.evaluate(STORED) == NOTHING


def test_left_alone_it_forgets(visit: Visit) -> None:
    chat = visit()
    chat.page.clock.install()
    chat.page.reload()
    chat.open().ask(SECRET)
    chat.page.clock.fast_forward("30:01")
    assert chat.messages.count() == 1
