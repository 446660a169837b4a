"""The widget as a visitor sees it: a page with the script tag, and the few things that one does with a chat."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page

from stub import Stub

SITE = 'data-site="willow-creek" data-phone="(555) 555-0142"'
# The page's own text is as plain as can be, so that what a check finds is the widget's.
PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Willow Creek</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">{head}</head>
<body><main><h1>Willow Creek Recovery Center</h1><p>Our day programs help people with mental health and addiction.</p>
<p><a href="#programs">Our programs</a></p></main>{script}{tail}</body></html>"""
# Messages of the browser itself about a request that failed; not errors of ours.
NETWORK = "Failed to load resource"


def script_tag(origin: str, attributes: str = "") -> str:
    """The tag that an owner pastes."""
    return f'<script src="{origin}/widget.js" {attributes or SITE} async></script>'


def host_page(origin: str, attributes: str = "", lang: str = "en", head: str = "", tail: str = "") -> str:
    """A plain page of a center, with the widget; `attributes` are added to the site's."""
    script = script_tag(origin, f"{SITE} {attributes}")
    return PAGE.format(lang=lang, head=head, script=script, tail=tail)


class Chat:
    """A page with the widget in it."""

    def __init__(self, page: Page, stub: Stub) -> None:
        self.page = page
        self.stub = stub
        self.errors: list[str] = []
        self.warnings: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and NETWORK not in message.text:
            self.errors.append(message.text)
        elif message.type == "warning":
            self.warnings.append(message.text)

    @property
    def host(self) -> Locator:
        """The custom element."""
        return self.page.locator("faq-bot")

    @property
    def launcher(self) -> Locator:
        """The button that opens the panel."""
        return self.page.locator("faq-bot .launcher")

    @property
    def panel(self) -> Locator:
        """The dialog."""
        return self.page.locator("faq-bot").get_by_role("dialog")

    @property
    def input(self) -> Locator:
        """Where the visitor types."""
        return self.panel.get_by_role("textbox")

    @property
    def log(self) -> Locator:
        """The conversation."""
        return self.panel.get_by_role("log")

    @property
    def messages(self) -> Locator:
        """Every message, the visitor's and ours."""
        return self.panel.locator(".log > *")

    @property
    def last(self) -> Locator:
        """The newest message."""
        return self.messages.last

    def open(self) -> Chat:
        """Open the panel and wait until the site's own part of the greeting is there."""
        self.launcher.click()
        self.panel.locator("summary").wait_for()
        return self

    def open_alone(self) -> Chat:
        """Open the panel of which the server says nothing."""
        self.launcher.click()
        self.panel.wait_for()
        return self

    def ask(self, text: str) -> Chat:
        """Send a message and wait for what comes of it."""
        count = self.messages.count()
        self.input.fill(text)
        self.input.press("Enter")
        self.messages.nth(count + 1).wait_for()
        return self

    def button(self, name: str) -> Locator:
        """A button of the panel by its name."""
        return self.panel.get_by_role("button", name=name, exact=True)

    def active(self) -> str:
        """The element that has the focus, as `tag.class` or `tag#id`, "" when it is not in the widget."""
        return self.js("const e = root.activeElement; return e ? e.localName + (e.id ? '#' + e.id : '.' + e.className) : ''")

    def js(self, body: str, argument: Any = None) -> Any:
        """Run JavaScript with the widget's shadow `root` and the `argument`."""
        return self.page.evaluate("(argument) => { const root = document.querySelector('faq-bot').shadowRoot; " + body + " }", argument)

    def posts(self, path: str = "/api/v1/ask") -> list[str]:
        """The bodies sent to a route."""
        return [body for method, where, _, body in self.stub.seen if method == "POST" and where == path]
