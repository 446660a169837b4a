"""Each state of the widget under all rules of axe, best practice and the strictest contrast included; a picture of each."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chat import Chat
from conftest import PHONE
from stub import ROOT

AXE = ROOT / "tests" / "node_modules" / "axe-core" / "axe.min.js"
# The whole document: what the widget adds must not break a rule of the page either.
RUN = """async () => {
  const { violations } = await axe.run(document, { rules: { "color-contrast-enhanced": { enabled: true } }, resultTypes: ["violations"] });
  return violations.map(({ id, nodes }) => id + ": " + nodes.map(({ target, failureSummary }) => target.join(" ") + " " + failureSummary).join("; "));
}"""


def closed(chat: Chat) -> None:
    chat.launcher.wait_for()


def opened(chat: Chat) -> None:
    chat.open()


def helplines(chat: Chat) -> None:
    chat.open().button("In crisis?").click()


def waiting(chat: Chat) -> None:
    chat.open()
    chat.stub.mode = "hang"
    chat.input.fill("How long is it?")
    chat.input.press("Enter")
    chat.panel.get_by_text("Looking for an answer").wait_for()


def asks(message: str) -> Callable[[Chat], None]:
    return lambda chat: chat.open().ask(message) and None


def feedback(chat: Chat) -> None:
    chat.open().ask("How long is it?")
    chat.button("No").click()


def thanked(chat: Chat) -> None:
    feedback(chat)
    chat.button("Not correct").click()


def offline(chat: Chat) -> None:
    chat.open()
    chat.page.context.set_offline(True)
    chat.ask("How long is it?")


def error(chat: Chat) -> None:
    chat.stub.mode = "500"
    chat.open_alone().ask("How long is it?")


def nearly_full(chat: Chat) -> None:
    chat.open().input.fill("a" * 3900)


STATES: dict[str, Callable[[Chat], None]] = {
    "closed": closed,
    "opened": opened,
    "helplines": helplines,
    "waiting": waiting,
    "answered": asks("How long is it?"),
    "several": asks("several"),
    "suggestions": asks("suggestions"),
    "no-answer": asks("no_answer"),
    "crisis": asks("crisis"),
    "concern": asks("concern"),
    "feedback": feedback,
    "thanked": thanked,
    "offline": offline,
    "error": error,
    "limit": nearly_full,
    "spanish-answer": asks("spanish"),
}


def check(chat: Chat, picture: Path) -> None:
    """No violation of any rule, light and dark; the pictures are kept for people to look at."""
    chat.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = {}
    for scheme in ("light", "dark"):
        chat.page.emulate_media(color_scheme=scheme)
        chat.page.screenshot(path=picture.with_stem(f"{picture.stem}-{scheme}"))
        found[scheme] = chat.page.evaluate(RUN)
    assert found == {"light": [], "dark": []}


@pytest.mark.parametrize("state", STATES)
def test_state_breaks_no_rule(visit: Callable[..., Chat], screenshots: Path, state: str) -> None:
    chat = visit()
    STATES[state](chat)
    check(chat, screenshots / f"{state}.png")


def test_a_broken_rule_is_noticed(visit: Callable[..., Chat]) -> None:
    chat = visit().open()
    chat.js("root.querySelector('.send').removeAttribute('aria-label'); root.querySelector('.send').title = ''")
    chat.page.evaluate(AXE.read_text(encoding="utf-8"))
    assert any(violation.startswith("button-name") for violation in chat.page.evaluate(RUN))


@pytest.mark.parametrize(
    ("name", "state", "options"),
    [
        ("phone", "answered", {"viewport": PHONE, "has_touch": True, "is_mobile": True}),
        ("phone-crisis", "crisis", {"viewport": PHONE, "has_touch": True, "is_mobile": True}),
        ("phone-closed", "closed", {"viewport": PHONE, "has_touch": True, "is_mobile": True}),
        ("narrow", "opened", {"viewport": {"width": 320, "height": 640}}),
        ("low", "answered", {"viewport": {"width": 320, "height": 256}}),
        ("forced", "crisis", {"forced_colors": "active"}),
        ("forced-offline", "error", {"forced_colors": "active"}),
        ("spanish", "opened", {"lang": "es"}),
        ("spanish-crisis", "crisis", {"lang": "es"}),
        ("left", "answered", {"attributes": "data-position=left"}),
        ("rtl", "answered", {"attributes": 'dir="rtl"'}),
    ],
)
def test_surroundings_break_no_rule(visit: Callable[..., Chat], screenshots: Path, name: str, state: str, options: dict[str, object]) -> None:
    chat = visit(**options)
    STATES[state](chat)
    check(chat, screenshots / f"{name}.png")
