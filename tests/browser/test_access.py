"""What axe cannot see: names and roles as they are computed, the keyboard, where the focus goes, what is announced."""

from collections.abc import Callable

import pytest

from chat import PAGE, Chat, script_tag
from conftest import PHONE
from stub import Stub

Visit = Callable[..., Chat]
TOUCH = {"viewport": PHONE, "has_touch": True, "is_mobile": True}


def ax_nodes(chat: Chat) -> list[dict[str, object]]:
    """The accessibility tree as assistive technology gets it: role, name and properties of each node that is not ignored."""
    session = chat.page.context.new_cdp_session(chat.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    return [
        {
            "role": node["role"]["value"],
            "name": node.get("name", {}).get("value", ""),
            **{each["name"]: each["value"].get("value") for each in node.get("properties", [])},
        }
        for node in nodes
        if not node["ignored"]
    ]


def ax_of(chat: Chat, role: str) -> list[dict[str, object]]:
    """The nodes of one role."""
    return [node for node in ax_nodes(chat) if node["role"] == role]


def test_launcher_is_a_button_that_tells_whether_it_is_open(visit: Visit) -> None:
    chat = visit()
    (launcher,) = ax_of(chat, "button")
    assert launcher["name"] == chat.launcher.inner_text() == "Questions? Ask us"
    assert launcher["expanded"] is False
    chat.open()
    assert chat.launcher.get_attribute("aria-expanded") == "true"
    assert chat.js("return root.getElementById(root.querySelector('.launcher').getAttribute('aria-controls')).className") == "panel"


def test_panel_is_a_dialog_named_by_its_heading(visit: Visit) -> None:
    chat = visit().open()
    (dialog,) = ax_of(chat, "dialog")
    heading = chat.panel.get_by_role("heading", level=2)
    assert dialog["name"] == heading.inner_text()
    assert chat.panel.get_attribute("aria-modal") is None
    assert "Not medical advice" in chat.js("return root.getElementById(root.querySelector('.panel').getAttribute('aria-describedby')).textContent")


def test_full_screen_panel_is_modal_and_the_page_rests(visit: Visit) -> None:
    chat = visit(**TOUCH).open()
    assert chat.panel.get_attribute("aria-modal") == "true"
    assert chat.page.evaluate("document.body.inert") is True
    chat.button("Close chat").click()
    assert chat.page.evaluate("document.body.inert") is False


def test_log_is_there_first_and_only_grows(visit: Visit) -> None:
    chat = visit().open()
    (log,) = ax_of(chat, "log")
    assert log["name"] and log["live"] == "polite"
    chat.js("root.querySelector('.log').dataset.first = 'yes'; root.querySelector('.log').firstChild.dataset.first = 'yes'")
    for count, message in enumerate(("How long is it?", "suggestions", "no_answer"), start=1):
        chat.ask(message)
        assert chat.messages.count() == 1 + 2 * count
    assert chat.js("const log = root.querySelector('.log'); return [log.dataset.first, log.firstChild.dataset.first]") == ["yes", "yes"]


def test_input_is_named_by_a_label(visit: Visit) -> None:
    chat = visit().open()
    (before,) = ax_of(chat, "textbox")
    chat.js("root.querySelector('textarea').removeAttribute('placeholder')")
    (after,) = ax_of(chat, "textbox")
    assert after["name"] == before["name"] == "Type your question"


def test_each_message_says_who_speaks(visit: Visit) -> None:
    chat = visit().open().ask("How long is it?")
    starts = chat.js("return [...root.querySelectorAll('.log > *')].map((node) => node.firstChild.textContent)")
    assert starts == ["Assistant: ", "You: ", "Assistant: "]


def test_page_keeps_its_landmarks_and_ids(visit: Visit) -> None:
    chat = visit().open().ask("How long is it?")
    assert [len(ax_of(chat, role)) for role in ("main", "banner", "contentinfo")] == [1, 0, 0]
    assert chat.js("return root.querySelectorAll('h1').length") == 0
    assert chat.page.evaluate("document.querySelectorAll('[id]').length") == 0


def test_heading_level_can_be_chosen(visit: Visit) -> None:
    assert visit("data-heading=3").open().panel.get_by_role("heading", level=3).count() == 1


def test_languages_are_marked(visit: Visit) -> None:
    chat = visit().open().ask("spanish")
    assert chat.js("return root.querySelector('section').lang") == "en"
    assert chat.last.get_attribute("lang") == "es"
    assert chat.last.get_by_role("button", name="Sí").count() == 1
    assert visit(lang="es-MX").js("return root.querySelector('section').lang") == "es"
    assert visit("data-lang=es").launcher.inner_text() == "¿Preguntas? Escriba"


def test_drawings_are_hidden(visit: Visit) -> None:
    chat = visit().open().ask("crisis")
    # The style draws them, so there is no node that could be read out; where a button is a drawing only, its name is not.
    assert chat.js("return root.querySelector('svg, img') === null")
    assert chat.js("return [...root.querySelectorAll('.icon')].every((icon) => icon.textContent === '' && icon.getAttribute('aria-label'))")
    shown = "return [...root.querySelectorAll('.launcher, .icon')].map((node) => getComputedStyle(node, '::before').clipPath)"
    shapes = chat.js(shown)
    assert len(shapes) == len(set(shapes)) == 4 and all(shape.startswith("path(") for shape in shapes)


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_keyboard_reaches_and_opens_it(visit: Visit, key: str) -> None:
    chat = visit()
    chat.launcher.wait_for()
    for _ in range(2):
        chat.page.keyboard.press("Tab")
    assert chat.active() == "button.launcher"
    chat.page.keyboard.press(key)
    assert chat.active() == "textarea#input"


def test_on_touch_the_keyboard_does_not_pop_up(visit: Visit) -> None:
    assert visit(**TOUCH).open().active() == "h2#title"


def stops(chat: Chat) -> int:
    """How many Tab stops the panel has."""
    return chat.js("return [...root.querySelectorAll('.panel :is(button, a, textarea, summary, .log)')].filter((e) => e.checkVisibility()).length")


def test_escape_closes_from_every_stop(visit: Visit) -> None:
    chat = visit().open().ask("How long is it?")
    for number in range(stops(chat)):
        if chat.launcher.get_attribute("aria-expanded") == "false":
            chat.launcher.press("Enter")
        chat.js("root.querySelector('.leave').focus()")
        for _ in range(number):
            chat.page.keyboard.press("Tab")
        chat.page.keyboard.press("Escape")
        assert chat.panel.count() == 0
        assert chat.active() == "button.launcher"


def test_input_method_keeps_its_keys(visit: Visit) -> None:
    chat = visit().open()
    chat.input.fill("日本")
    for key in ("Escape", "Enter"):
        chat.input.dispatch_event("keydown", {"key": key, "isComposing": True, "bubbles": True})
    assert chat.panel.is_visible()
    assert chat.messages.count() == 1


def test_tab_leaves_the_panel_and_comes_back(visit: Visit) -> None:
    chat = visit().open()
    seen = []
    for _ in range(30):
        chat.page.keyboard.press("Tab")
        seen.append(chat.active() if chat.page.evaluate("document.activeElement.localName") == "faq-bot" else "page")
    assert "page" in seen
    assert seen.count("textarea#input") >= 1


def test_focus_stays_in_the_widget(visit: Visit) -> None:
    chat = visit().open().ask("How long is it?")
    assert chat.active() == "textarea#input"
    for name in ("No", "Not correct"):
        chat.button(name).focus()
        chat.page.keyboard.press("Enter")
        assert chat.active() == "span."
    chat.stub.mode = "500"
    chat.ask("And then?")
    chat.stub.mode = "ok"
    chat.button("Try again").press("Enter")
    chat.messages.nth(5).wait_for()
    assert chat.active() == "div.log"
    chat.button("Clear chat").press("Enter")
    assert chat.active() == "textarea#input"


def test_focus_ring_is_seen_at_every_stop(visit: Visit) -> None:
    chat = visit(viewport={"width": 320, "height": 256}).open().ask("How long is it?")
    count = stops(chat)
    chat.js("root.querySelector('.leave').focus()")
    for _ in range(count):
        ring = chat.js(
            """const e = root.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
            const x = box.x + box.width / 2, y = (Math.max(box.top, 0) + Math.min(box.bottom, 256)) / 2;
            return { name: e.className || e.localName, width: parseFloat(style.outlineWidth), style: style.outlineStyle, at: e.contains(root.elementFromPoint(x, y)),
                     inside: box.left >= 0 && box.right <= 320 && (box.height > 150 || (box.top >= 0 && box.bottom <= 257)) }"""
        )
        assert ring == {"name": ring["name"], "width": 3, "style": "solid", "at": True, "inside": True}
        chat.page.keyboard.press("Tab")


def test_enter_sends_and_shift_enter_starts_a_line(visit: Visit) -> None:
    chat = visit().open()
    chat.input.press_sequentially("one")
    chat.input.press("Shift+Enter")
    chat.input.press_sequentially("two")
    assert chat.input.input_value() == "one\ntwo"
    chat.input.press("Enter")
    chat.messages.nth(2).wait_for()
    assert chat.messages.nth(1).inner_text().endswith("one\ntwo")


def test_tab_order_is_the_order_seen(visit: Visit) -> None:
    chat = visit().open()
    assert chat.js("return root.querySelectorAll('[tabindex]:not([tabindex=\"0\"]):not([tabindex=\"-1\"])').length") == 0
    chat.js("root.querySelector('.leave').focus()")
    places = []
    for _ in range(stops(chat)):
        places.append(chat.js("const box = root.activeElement.getBoundingClientRect(); return [Math.round(box.y / 8), box.x]"))
        chat.page.keyboard.press("Tab")
    assert places == sorted(places)


def test_log_scrolls_by_keyboard(visit: Visit) -> None:
    chat = visit().open().ask("tall")
    before = chat.js("return root.querySelector('.log').scrollTop")
    chat.log.press("End")
    chat.page.wait_for_function("(before) => document.querySelector('faq-bot').shadowRoot.querySelector('.log').scrollTop > before", arg=before)


def test_everything_can_be_done_with_keys_alone(visit: Visit) -> None:
    chat = visit()
    keys = chat.page.keyboard
    chat.launcher.wait_for()
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Enter")
    keys.type("How long is it?")
    keys.press("Enter")
    chat.messages.nth(2).wait_for()
    for name in ("Yes", "What are the hours each day?", "Clear chat", "Close chat"):
        target = chat.button(name)
        for _ in range(60):
            keys.press("Tab")
            if target.evaluate("(node) => node.getRootNode().activeElement === node"):
                break
        keys.press("Enter")
    assert chat.panel.count() == 0
    assert [post.split('"')[3] for post in chat.posts()] == ["How long is it?", "What are the hours each day?"]
    assert len(chat.posts("/api/v1/feedback")) == 1


def test_waiting_is_announced_and_over(visit: Visit) -> None:
    chat = visit().open()
    status = chat.panel.get_by_role("status")
    chat.stub.mode = "hang"
    chat.input.fill("How long is it?")
    at_once = chat.js(
        """root.querySelector('form').requestSubmit();
        return root.querySelector('[role=status]').textContent"""
    )
    assert at_once == "Looking for an answer"
    chat.stub.mode = "ok"
    chat.stub.release.set()
    chat.messages.nth(2).wait_for()
    assert status.text_content() == ""


def test_error_is_said_once_in_the_log(visit: Visit) -> None:
    chat = visit().open()
    chat.stub.mode = "500"
    chat.ask("How long is it?")
    assert chat.panel.get_by_text("I can't get an answer right now.").count() == 1
    assert chat.last.get_by_text("I can't get an answer right now.").count() == 1


def test_crisis_card_interrupts_and_a_concern_does_not(visit: Visit) -> None:
    chat = visit().open().ask("crisis")
    (alert,) = ax_of(chat, "alert")
    assert alert["live"] == "assertive"
    chat.ask("concern")
    assert len(ax_of(chat, "alert")) == 1


def test_limit_is_announced_before_it_bites(visit: Visit) -> None:
    chat = visit().open()
    status = chat.panel.get_by_role("status")
    chat.input.fill("a" * 3700)
    assert status.text_content() == ""
    chat.input.fill("a" * 3830)
    assert status.text_content() == "200 characters left"
    chat.input.fill("a" * 4020)
    assert status.text_content() == "0 characters left"


def test_closed_panel_is_silent(visit: Visit) -> None:
    chat = visit().open().ask("How long is it?")
    chat.button("Close chat").click()
    assert [len(ax_of(chat, role)) for role in ("dialog", "log", "textbox", "status")] == [0, 0, 0, 0]


def test_reaching_for_the_launcher_prepares_the_panel_unseen(visit: Visit, stub: Stub) -> None:
    chat = visit()
    chat.launcher.hover()
    assert chat.js("return root.querySelector('.panel').getBoundingClientRect().height") > 300
    assert chat.panel.count() == len(ax_of(chat, "dialog")) == 0
    for _ in range(3):
        chat.page.keyboard.press("Shift")
    chat.page.keyboard.press("Tab")
    assert chat.page.title() == "Willow Creek"
    assert chat.js("return root.activeElement === null || root.activeElement.matches('.launcher')")
    assert not [path for _, path, *_ in stub.seen if path.startswith("/api/")]
    assert chat.open().messages.count() == 1


def test_nothing_opens_by_itself(visit: Visit, stub: Stub) -> None:
    chat = visit(html=PAGE.format(lang="en", head="", script=script_tag(stub.origin), tail="<script>addEventListener('faqbot:open', () => (window.opened = 1))</script>"))
    chat.launcher.wait_for()
    assert chat.page.evaluate("[window.opened, document.activeElement.localName]") == [None, "body"]
    assert chat.js("return [root.querySelectorAll('audio, video, .panel').length, root.querySelector('.launcher').hidden]") == [0, False]
