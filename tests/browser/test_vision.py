"""Zoom, small screens, text spacing, contrast of edges, motion, direction, print: what is drawn, measured."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from chat import Chat, host_page
from conftest import PHONE, program
from stub import Stub
from test_states import STATES

Visit = Callable[..., Chat]
# Contrast of two colours as the browser computes them.
CONTRAST = """const light = (color) => color.match(/[\\d.]+/g).slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (a, b) => { const [dark, bright] = [light(a), light(b)].sort((x, y) => x - y); return (bright + 0.05) / (dark + 0.05); };"""


@pytest.mark.parametrize("size", [(320, 256), (256, 320), (320, 640)])
@pytest.mark.parametrize("state", ["opened", "answered", "crisis", "error"])
def test_nothing_scrolls_sideways(visit: Visit, size: tuple[int, int], state: str) -> None:
    chat = visit(viewport={"width": size[0], "height": size[1]})
    STATES[state](chat)
    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert chat.js("return [...root.querySelectorAll('.panel, .log')].map((e) => e.scrollWidth - e.clientWidth)") == [0, 0]


@pytest.fixture(scope="module")
def browser_with_large_text(browser: Browser) -> Iterator[Browser]:
    """A browser whose user has set the text to twice the usual size."""
    large = browser.browser_type.launch(executable_path=program(), args=["--no-sandbox", "--blink-settings=defaultFontSize=32"])
    yield large
    large.close()


@pytest.mark.parametrize("state", ["opened", "answered", "crisis", "error", "feedback"])
@pytest.mark.parametrize("size", [(1280, 800), (320, 640)])
def test_larger_text_is_not_cut(browser_with_large_text: Browser, stub: Stub, size: tuple[int, int], state: str) -> None:
    stub.pages["/"] = (host_page(stub.origin), {})
    chat = Chat(browser_with_large_text.new_page(viewport={"width": size[0], "height": size[1]}), stub)
    chat.page.goto(stub.origin)
    STATES[state](chat)
    assert chat.js("return getComputedStyle(root.querySelector('textarea')).fontSize") == "32px"
    assert cut(chat) == []
    chat.page.close()


def cut(chat: Chat) -> list[str]:
    """The boxes whose text does not fit in."""
    return chat.js(
        """return [...root.querySelectorAll('.box :not(.sr, textarea, option)')]
        .filter((e) => e.checkVisibility() && e.textContent && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')
        .map((e) => e.className || e.localName)"""
    )


@pytest.mark.parametrize("state", ["opened", "answered", "crisis", "error"])
def test_wider_text_spacing_fits(visit: Visit, state: str) -> None:
    chat = visit(viewport=PHONE)
    STATES[state](chat)
    chat.js(
        """const sheet = new CSSStyleSheet();
        sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p + p { margin-top: 2em !important }');
        root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]"""
    )
    assert cut(chat) == []


@pytest.mark.parametrize("state", ["opened", "helplines", "answered", "suggestions", "crisis", "feedback", "error"])
@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, {"width": 320, "height": 640}])
def test_every_target_is_large(visit: Visit, state: str, viewport: dict[str, int]) -> None:
    chat = visit(viewport=viewport)
    STATES[state](chat)
    small = chat.js(
        """return [...root.querySelectorAll('button, a, textarea, summary')].filter((e) => e.checkVisibility())
        .map((e) => [e.textContent || e.className, e.getBoundingClientRect()])
        .filter(([, box]) => Math.min(box.width, box.height) < (box.width < 48 ? 44 : 48)).map(([name]) => name)"""
    )
    assert small == []


@pytest.mark.parametrize("lang", ["en", "es"])
def test_launcher_leaves_the_page_alone(visit: Visit, lang: str) -> None:
    chat = visit(lang=lang, viewport={"width": 320, "height": 640})
    box = chat.launcher.bounding_box()
    link = chat.page.locator("main a").bounding_box()
    assert box and link
    assert box["x"] >= 16 and 320 - box["x"] - box["width"] >= 16 and 640 - box["y"] - box["height"] >= 16
    assert link["y"] + link["height"] < box["y"]


@pytest.mark.parametrize("state", ["opened", "waiting", "answered"])
def test_nothing_moves(visit: Visit, state: str) -> None:
    chat = visit()
    STATES[state](chat)
    assert chat.js("return root.querySelector('.box').getAnimations({ subtree: true }).length") == 0
    assert chat.js("return getComputedStyle(root.querySelector('.log')).scrollBehavior") == "auto"


def test_forced_colours_keep_edges(visit: Visit) -> None:
    chat = visit(forced_colors="active").open().ask("crisis")
    edges = chat.js(
        CONTRAST
        + """return [...root.querySelectorAll('button, a, textarea')].filter((e) => e.checkVisibility()).map((e) => {
          const style = getComputedStyle(e);
          return [e.className, contrast(style.borderTopColor, getComputedStyle(root.querySelector('.panel')).backgroundColor), parseFloat(style.borderTopWidth)]; })"""
    )
    assert [edge for edge in edges if edge[0] != "more" and (edge[1] < 3 or edge[2] < 1)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_keep_drawings(visit: Visit, scheme: str) -> None:
    chat = visit(forced_colors="active", color_scheme=scheme).open()
    buttons = [chat.page.locator(f"faq-bot .{look}") for look in ("clear", "close", "send", "launcher")]
    drawn = [button.screenshot() for button in buttons]
    chat.js("root.adoptedStyleSheets[0].insertRule('::before { visibility: hidden; }')")
    assert not set(drawn) & {button.screenshot() for button in buttons}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_edges_and_rings_can_be_seen(visit: Visit, scheme: str) -> None:
    chat = visit(color_scheme=scheme).open().ask("crisis")
    seen = chat.js(
        CONTRAST
        + """const paper = getComputedStyle(root.querySelector('.panel')).backgroundColor;
        const edges = [...root.querySelectorAll('.log button, .log a, textarea, .send, .crisis .row a')].map((e) => contrast(getComputedStyle(e).borderTopColor, paper));
        const rings = [...root.querySelectorAll('.panel button, .panel a, textarea')].filter((e) => e.checkVisibility()).map((e) => { e.focus();
          const behind = e.closest('.head') || e.closest('.danger') || e.closest('.crisis') || root.querySelector('.panel');
          return contrast(getComputedStyle(e).outlineColor, getComputedStyle(behind).backgroundColor); });
        return [Math.min(...edges), Math.min(...rings)]"""
    )
    assert min(seen) >= 3


@pytest.mark.parametrize("accent", ["#ffe08a", "rgb(120, 200, 255)", "hotpink"])
def test_light_accent_is_darkened_with_a_warning(visit: Visit, accent: str) -> None:
    chat = visit(f'data-accent="{accent}"')
    chat.launcher.wait_for()
    assert chat.js(CONTRAST + "return contrast(getComputedStyle(root.querySelector('.launcher')).backgroundColor, 'rgb(255, 255, 255)')") >= 4.5
    assert len(chat.warnings) == 1 and "accent" in chat.warnings[0]


def test_dark_accent_is_kept(visit: Visit) -> None:
    chat = visit('data-accent="#4a2c6f"')
    chat.launcher.wait_for()
    assert chat.js("return getComputedStyle(root.querySelector('.launcher')).backgroundColor") == "rgb(74, 44, 111)"
    assert chat.warnings == []


def test_page_that_reads_from_the_right(visit: Visit) -> None:
    chat = visit()
    chat.page.evaluate("document.documentElement.dir = 'rtl'")
    chat.open().ask("no_answer")
    box = chat.launcher.bounding_box()
    assert box and box["x"] == 20
    yours, ours = chat.messages.nth(1).bounding_box(), chat.panel.bounding_box()
    assert yours and ours and yours["x"] - ours["x"] < 40
    assert chat.js("return getComputedStyle(root.querySelector('a[href^=tel]')).unicodeBidi") == "isolate"


def test_print_leaves_it_out(visit: Visit) -> None:
    chat = visit().open()
    chat.page.emulate_media(media="print")
    assert not chat.panel.is_visible()
    assert not chat.launcher.is_visible()


def test_phone_input_does_not_zoom_and_panel_fills_the_screen(visit: Visit) -> None:
    chat = visit(viewport=PHONE, has_touch=True, is_mobile=True).open()
    assert chat.js("return parseFloat(getComputedStyle(root.querySelector('textarea')).fontSize)") >= 16
    assert chat.panel.bounding_box() == {"x": 0, "y": 0, **PHONE}


def test_panel_shrinks_with_what_the_keyboard_leaves(visit: Visit) -> None:
    chat = visit(viewport=PHONE, has_touch=True, is_mobile=True).open()
    chat.page.set_viewport_size({"width": 390, "height": 500})
    chat.page.wait_for_function("document.querySelector('faq-bot').shadowRoot.querySelector('.panel').offsetHeight === 500")
    assert chat.input.bounding_box()["y"] < 500


def test_text_can_be_selected(visit: Visit) -> None:
    chat = visit().open().ask("How long is it?")
    assert chat.js("return [...root.querySelectorAll('.log *')].every((e) => getComputedStyle(e).userSelect !== 'none')")


def test_first_line_of_a_tall_answer_is_in_view(visit: Visit) -> None:
    chat = visit().open().ask("How long is it?").ask("tall")
    first, log = chat.last.locator(".prose p").first.bounding_box(), chat.log.bounding_box()
    assert first and log and log["y"] <= first["y"] < log["y"] + log["height"] / 2
