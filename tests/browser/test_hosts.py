"""Pages that it has to live in: strict policies, hostile styles and scripts, pages that load it twice or take it away."""

import base64
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext

from chat import PAGE, SITE, Chat, host_page, script_tag
from conftest import DESKTOP, PHONE
from stub import Stub

Visit = Callable[..., Chat]
POLICIES = {
    "no-style": "default-src 'none'; script-src 'nonce-n0' 'strict-dynamic'; connect-src {origin}; require-trusted-types-for 'script'; trusted-types 'none'",
    "origin": "default-src 'none'; script-src 'nonce-n0' {origin}; connect-src {origin}; style-src {origin}; require-trusted-types-for 'script'",
}
SPY = "<script nonce=n0>window.broken = []; addEventListener('securitypolicyviolation', (event) => broken.push(event.violatedDirective + ' ' + event.blockedURI), true);</script>"
HOSTILE = """
  * { all: unset !important; color: red !important; font: italic 40px/3 cursive !important; letter-spacing: 1em !important; text-align: right !important; }
  body, body *, faq-bot, faq-bot * { display: none !important; opacity: 0.3 !important; filter: blur(3px) !important; transform: rotate(20deg) !important;
    pointer-events: none !important; visibility: hidden !important; z-index: -1 !important; position: static !important; animation: none !important; float: left !important; }
  button { display: none !important } :root { --accent: yellow; --ink: yellow; --paper: yellow; --x: 300px; --line: red }
  .banner { display: block !important; visibility: visible !important; position: fixed !important; inset: 0 !important; z-index: 2147483647 !important; background: black !important; }
"""
# What old frameworks did to every object of a page.
FRAMEWORKS = {
    "prototype": """Array.prototype.toJSON = function () { return "[" + this.join() + "]" }; Object.prototype.toQueryString = function () { return "" };
      Element.prototype.remove = function () { this.parentNode && this.parentNode.removeChild(this); return this };
      Array.prototype.reduce = function () { return this.length > 1 ? this : this[0] };
      Function.prototype.bind = function () { return this }; String.prototype.strip = String.prototype.trim; window.$ = window.$$ = () => null;""",
    "mootools": """Array.from = (item) => (item == null ? [] : typeof item === "string" ? [item] : item); Object.prototype.extra = 1;
      String.prototype.contains = () => false; Array.prototype.include = Array.prototype.clean = function () { return this }; delete Array.prototype.at;
      Element.prototype.show = Element.prototype.hide = function () { return this }; window.Event = function () {}; window.name = "frame"; window.status = "x";""",
    "globals": "var open = 1, close = 2, status = 3, panel = 4, strings = 5, lines = 6, css = 7, options = 8, call = 9, ask = 10, t = 11, e = 12, host = 13; window.make = null;",
}


@pytest.mark.parametrize("policy", POLICIES)
def test_strict_policy(visit: Visit, stub: Stub, policy: str) -> None:
    script = f'<script src="{stub.origin}/widget.js" {SITE} nonce="n0" async></script>'
    html = f'<!doctype html><html lang="en"><head><title>Strict</title>{SPY}</head><body><main><h1>Strict</h1></main>{script}</body></html>'
    chat = visit(html=html, headers={"Content-Security-Policy": POLICIES[policy].format(origin=stub.origin)})
    chat.open().ask("How long is it?").ask("crisis")
    chat.button("Yes").first.click()
    assert chat.launcher.evaluate("(node) => getComputedStyle(node).position") == "fixed"
    stub.mode = "500"
    chat.ask("offline")
    assert chat.page.evaluate("broken") == []


def test_script_runs_only_if_it_is_the_one_named(visit: Visit, stub: Stub) -> None:
    tag = '<script src="{origin}/widget.js" data-site="x" integrity="{hash}" crossorigin="anonymous" async></script>'
    right = PAGE.format(lang="en", head="", script=tag.format(origin=stub.origin, hash=stub.script.integrity), tail="")
    visit(html=right).open()
    wrong = right.replace(stub.script.integrity, "sha384-" + base64.b64encode(bytes(48)).decode())
    chat = visit(html=wrong.replace("</body>", "<script>addEventListener('error', () => (window.refused = true), true)</script></body>"))
    chat.page.wait_for_load_state()
    assert chat.host.count() == 0
    chat.errors.clear()


def differing(browser: Browser, one: bytes, other: bytes) -> int:
    """How many pixels differ by more than antialiasing does."""
    page = browser.new_page()
    count = page.evaluate(
        """async (pictures) => {
          const pixels = async (data) => { const image = new Image(); image.src = "data:image/png;base64," + data; await image.decode();
            const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d"); canvas.drawImage(image, 0, 0);
            return canvas.getImageData(0, 0, image.width, image.height).data; };
          const [a, b] = await Promise.all(pictures.map(pixels));
          if (a.length !== b.length) return -1;
          let count = 0;
          for (let i = 0; i < a.length; i += 4) if (Math.abs(a[i] - b[i]) + Math.abs(a[i + 1] - b[i + 1]) + Math.abs(a[i + 2] - b[i + 2]) > 48) count++;
          return count;
        }""",
        [base64.b64encode(picture).decode() for picture in (one, other)],
    )
    page.close()
    return int(count)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_hostile_style_changes_no_pixel_of_the_panel(visit: Visit, stub: Stub, browser: Browser, viewport: dict[str, int]) -> None:
    pictures = []
    for head, tail in (("", ""), (f"<style>{HOSTILE}</style>", '<div class="banner">Cookies?</div>')):
        chat = visit(html=host_page(stub.origin, head=head, tail=tail), viewport=viewport).open().ask("How long is it?")
        chat.log.focus()
        box = chat.panel.bounding_box()
        assert box
        # The corners show the page behind.
        inner = {"x": box["x"] + 20, "y": box["y"] + 20, "width": box["width"] - 40, "height": box["height"] - 40}
        pictures.append(chat.page.screenshot(clip=inner))
    assert differing(browser, *pictures) == 0


def test_a_difference_would_be_seen(visit: Visit, browser: Browser) -> None:
    chat = visit().open()
    before = chat.page.screenshot()
    chat.js("root.querySelector('h2').style.letterSpacing = '2px'")
    assert differing(browser, before, chat.page.screenshot()) > 0


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_hostile_scripts(visit: Visit, stub: Stub, framework: str) -> None:
    chat = visit(html=host_page(stub.origin, head=f"<script>{FRAMEWORKS[framework]}</script>"))
    chat.open().ask("How long is it?").ask("crisis")
    assert '"history": ["How long is it?"]' in chat.posts()[1].replace('":[', '": [')
    chat.button("Close chat").click()
    assert chat.panel.count() == 0


def test_page_that_stops_all_keys(visit: Visit, stub: Stub) -> None:
    stop = "<script>for (const name of ['keydown', 'keyup', 'click']) document.addEventListener(name, (event) => event.stopImmediatePropagation(), true)</script>"
    chat = visit(html=host_page(stub.origin, f'data-exit="{stub.origin}/neutral"', head=stop))
    stub.pages["/neutral"] = ("<title>Weather</title>", {})
    chat.page.evaluate("faqbot.open()")
    for _ in range(3):
        chat.page.keyboard.press("Shift")
    chat.page.wait_for_url("**/neutral")


def test_included_twice_it_is_there_once(visit: Visit, stub: Stub) -> None:
    chat = visit(html=host_page(stub.origin, tail=script_tag(stub.origin) + f'<script src="{stub.origin}/widget.js" {SITE} defer></script>'))
    chat.page.wait_for_load_state()
    assert chat.host.count() == 1
    chat.open()


@pytest.mark.parametrize("how", ["async", "defer", ""])
@pytest.mark.parametrize("place", ["head", "tail"])
def test_every_way_to_load(visit: Visit, stub: Stub, how: str, place: str) -> None:
    tag = f'<script src="{stub.origin}/widget.js" {SITE} {how}></script>'
    parts = {"head": "", "tail": "", place: tag}
    chat = visit(html=PAGE.format(lang="en", script="", **parts))
    chat.open()


def test_tag_manager(visit: Visit, stub: Stub) -> None:
    later = f"""<script>addEventListener("load", () => {{ const tag = document.createElement("script"); tag.src = "{stub.origin}/widget.js";
      tag.dataset.site = "willow-creek"; document.body.append(tag); }})</script>"""
    visit(html=PAGE.format(lang="en", head="", script=later, tail="")).open()


def test_page_that_swaps_its_body_keeps_the_chat(visit: Visit) -> None:
    chat = visit().open().ask("How long is it?")
    chat.page.evaluate("const body = document.createElement('body'); body.textContent = 'Another page'; document.body.replaceWith(body); history.pushState({}, '', '/other')")
    assert chat.messages.count() == 3
    chat.ask("suggestions")


def test_destroyed_it_is_gone_and_can_come_back(visit: Visit, stub: Stub) -> None:
    chat = visit(viewport=PHONE).open().ask("How long is it?")
    chat.page.evaluate("faqbot.destroy()")
    assert chat.page.evaluate("[document.querySelector('faq-bot'), window.faqbot ?? null, document.body.inert]") == [None, None, False]
    for _ in range(3):
        chat.page.keyboard.press("Shift")
    assert chat.page.title() == "Willow Creek"
    chat.page.evaluate("(src) => { const tag = document.createElement('script'); tag.src = src; tag.dataset.site = 'willow-creek'; document.body.append(tag) }", stub.origin + "/widget.js")
    assert chat.open().messages.count() == 1


def test_page_does_not_move(visit: Visit) -> None:
    chat = visit()
    chat.page.evaluate(
        "window.shifts = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => (shifts += entry.hadRecentInput ? 0 : entry.value))).observe({ type: 'layout-shift', buffered: true })"
    )
    chat.open().ask("How long is it?")
    chat.button("Close chat").click()
    assert chat.page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(shifts))))") == 0


def test_browser_without_constructed_styles(visit: Visit, stub: Stub) -> None:
    chat = visit(html=host_page(stub.origin, head="<script>delete window.CSSStyleSheet; delete AbortSignal.timeout</script>"))
    chat.open().ask("How long is it?")
    assert chat.launcher.evaluate("(node) => getComputedStyle(node).position") == "fixed"


def test_slow_network_shows_the_launcher_late_but_whole(context: Callable[..., BrowserContext], stub: Stub) -> None:
    page = context().new_page()
    stub.pages["/"] = (host_page(stub.origin), {})
    waiting = []
    page.route("**/widget.js", lambda route: waiting.append(route))
    page.goto(stub.origin, wait_until="domcontentloaded")
    page.wait_for_function("document.querySelector('h1').checkVisibility()")
    assert page.locator("faq-bot").count() == 0
    waiting[0].continue_()
    page.locator("faq-bot .launcher").click()
    page.locator("faq-bot summary").wait_for()
