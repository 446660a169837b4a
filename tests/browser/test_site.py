"""The server's own pages in a real browser: accessible, narrow, without JavaScript, within their own policy."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from live import LiveServer

AXE = (Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js").read_text()
PAGES = ("/", "/?site=riverside&lang=es", "/faq", "/crisis-protocol", "/nothing")
QUESTIONS = ("i want to kill myself", "what is iop", "i feel hopeless. what is iop", "do you take my dog")
LOOKS = [{"color_scheme": "light"}, {"color_scheme": "dark", "viewport": {"width": 320, "height": 640}}]
SMALL = """() => [...document.querySelectorAll("a, button, summary, textarea")].filter(element => {
  const box = element.getBoundingClientRect();
  return box.width && Math.min(box.width, box.height) < 24 && !element.closest(".skip, p:not([class])");
}).map(element => element.outerHTML)"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("site"), ask_limit="1000 per minute") as server:
        yield server


def ask(page: Page, question: str) -> None:
    page.fill("#message", question)
    page.click("form.ask button")


def assert_accessible(page: Page) -> None:
    page.evaluate(AXE)
    found = page.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.nodes.map(n => n.html)])")
    assert found == []
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("look", LOOKS, ids=["desktop", "narrow-dark"])
def test_every_page_is_accessible(server: LiveServer, context: Callable[..., BrowserContext], look: dict) -> None:
    # axe itself is put into the page, which the pages' own policy would not allow.
    page = context(bypass_csp=True, **look).new_page()
    for path in PAGES:
        page.goto(server.base + path)
        page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
        assert_accessible(page)
    for question in QUESTIONS:
        page.goto(f"{server.base}/faq")
        ask(page, question)
        assert_accessible(page)


def test_pages_keep_to_their_own_policy_and_origin(server: LiveServer, context: Callable[..., BrowserContext]) -> None:
    made = context()
    page, said, asked = made.new_page(), [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES[:-1]:
        page.goto(server.base + path, wait_until="networkidle")
    page.goto(f"{server.base}/faq")
    ask(page, "what is iop")
    assert said == []
    assert [url for url in asked if not url.startswith(server.base)] == []
    assert made.cookies() == []
    assert page.url == f"{server.base}/ask"


def test_the_demonstration_answers_in_the_widget(server: LiveServer, context: Callable[..., BrowserContext]) -> None:
    page = context().new_page()
    page.goto(f"{server.base}/?site=riverside")
    page.locator("faq-bot .launcher").click()
    page.locator("faq-bot textarea").fill("what is iop")
    page.keyboard.press("Enter")
    page.locator("faq-bot").get_by_text("intensive outpatient program").last.wait_for()


def test_without_javascript_questions_are_answered_and_help_stays(
    server: LiveServer, context: Callable[..., BrowserContext]
) -> None:
    page = context(java_script_enabled=False).new_page()
    page.goto(f"{server.base}/faq#iop-schedule")
    assert page.locator("#iop-schedule").is_visible()
    ask(page, "i want to kill myself")
    first = page.locator(".crisis .lead").inner_text()
    page.click("button:text-is('Not sure')")
    assert page.locator(".crisis.emergency .lead").inner_text() != first
    ask(page, "jk, what is iop")
    assert page.locator("article.answer").count() == 1
    assert page.locator(".crisis a[href='tel:988']").count() == 1
