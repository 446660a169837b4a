"""Two hundred payloads in every place where text comes in: nothing runs, and each is shown as it was typed."""

import copy
import itertools
from collections.abc import Callable
from html import escape

from chat import Chat, host_page
from stub import CANNED, Stub

Visit = Callable[..., Chat]
RUN = "window.hit=1"
TAGS = ["script", "img", "svg", "iframe", "a", "b", "body", "details", "video", "math", "object", "style", "template", "faq-bot", "input"]
SHAPES = [
    "<{tag}>{run}</{tag}>",
    "<{tag} src=x onerror={run}>",
    "<{tag} onload={run} onfocus={run} autofocus tabindex=0>",
    "<{tag} href=javascript:{run}>x</{tag}>",
    '"><{tag} onmouseover="{run}">',
    "**<{tag} src=x onerror={run}>**",
    "- <{tag} src=x onerror={run}>",
    "&lt;{tag} onerror={run}&gt;",
    "</div></{tag}><{tag} srcdoc='<script>parent.{run}</script>'>",
    "[x](javascript:{run}) <{tag} data=x>",
    "{{{{constructor.constructor('{run}')()}}}} <{tag}>",
    "<{tag}\x0bonerror={run} \u2028//",
]
OTHERS = [
    "javascript:window.hit=1", "${window.hit=1}", "';window.hit=1;//", "\\u003cscript>window.hit=1\\u003c/script>", "]]><script>window.hit=1</script>",
    "<!--<script>window.hit=1</script>-->", "__proto__", "constructor", "{n} {phone} {titles} {date}", "$& $1 $` $'", "<scr<script>ipt>window.hit=1</script>",
    "\u202e<script>window.hit=1</script>", "%3Cscript%3Ewindow.hit=1%3C/script%3E", "data:text/html,<script>window.hit=1</script>", "<?xml?><x onload=window.hit=1>",
    "<script src=//example.org/x.js></script>", "expression(window.hit=1)", "url(javascript:window.hit=1)", "</script><script>window.hit=1</script>", "*** ** * **bold",
]  # fmt: skip
PAYLOADS = [shape.format(tag=tag, run=RUN) for shape, tag in itertools.product(SHAPES, TAGS)] + OTHERS


def test_there_are_two_hundred() -> None:
    assert len(set(PAYLOADS)) >= 200


def foreign(chat: Chat) -> list[str]:
    """Elements in the widget that no code of ours makes, and links of a kind that it does not make."""
    own = "section button div h2 p ul li a form label textarea details summary strong span style".split()
    return chat.js(
        """return [...root.querySelectorAll('*')].filter((e) => !argument.includes(e.localName) || /^javascript|^data/i.test(e.getAttribute('href') || '')
        || [...e.attributes].some(({ name }) => name.startsWith('on') || name === 'srcdoc')).map((e) => e.outerHTML)""",
        own,
    )


def assert_safe(chat: Chat) -> None:
    """Nothing ran and nothing was built."""
    assert chat.page.evaluate("window.hit ?? null") is None
    assert foreign(chat) == []


def test_as_the_visitors_message(visit: Visit) -> None:
    chat = visit().open()
    for payload in PAYLOADS:
        chat.page.evaluate("(text) => faqbot.ask(text)", payload)
        chat.page.wait_for_function("() => !document.querySelector('faq-bot').shadowRoot.querySelector('[role=status]').textContent")
    said = chat.js("return [...root.querySelectorAll('.you p')].map((p) => p.textContent)")
    assert said == [payload.strip() for payload in PAYLOADS]
    assert_safe(chat)


def test_as_what_the_server_says(visit: Visit, stub: Stub) -> None:
    chat = visit().open()
    said = ["\n\n".join(PAYLOADS[start : start + 5]) for start in range(0, len(PAYLOADS), 5)]
    for payload in said:
        reply = poisoned(CANNED["replies"]["concern"], payload)
        reply["kind"] = "no_answer"
        reply["contact"] = poisoned(CANNED["contact"], payload) | {"hours": None}
        stub.reply = reply
        chat.page.evaluate("faqbot.ask('x')")
        chat.page.wait_for_function("() => !document.querySelector('faq-bot').shadowRoot.querySelector('[role=status]').textContent")
    assert chat.js("return [...root.querySelectorAll('.log > .bot > p:not(:empty)')].slice(1).map((p) => p.textContent)") == said
    assert_safe(chat)


def poisoned(value: object, payload: str) -> object:
    """A copy of a reply with the payload for every text that people see."""
    if isinstance(value, dict):
        kept = ("kind", "lang", "tier", "time_zone", "reviewed")
        return {key: copy.deepcopy(part) if key in kept else poisoned(part, payload) for key, part in value.items()}
    if isinstance(value, list):
        return [poisoned(part, payload) for part in value]
    return payload if isinstance(value, str) else value


def test_as_fields_of_the_site(visit: Visit, stub: Stub) -> None:
    for start in range(0, len(PAYLOADS), 20):
        payload = " ".join(PAYLOADS[start : start + 20])
        stub.site = poisoned(CANNED["site"], payload) | {"id": "x", "helplines": CANNED["helplines"]["en"]}
        chat = visit() if not start else chat
        chat.page.reload()
        chat.open()
        assert payload in chat.messages.first.text_content()
        assert_safe(chat)


def test_as_attributes(visit: Visit, stub: Stub) -> None:
    names = ("title", "label", "icon", "position", "theme", "accent", "phone", "starters", "width", "lang", "exit", "keep", "site", "heading-x", "z")
    for start in range(0, len(PAYLOADS), 70):
        payload = " ".join(PAYLOADS[start : start + 70]).replace("|", "/")
        attributes = " ".join(f'data-{name}="{escape(payload)}"' for name in names)
        html = host_page(stub.origin).replace("<script src", f"<script {attributes} src")
        chat = visit(html=html)
        chat.open()
        assert payload in chat.panel.get_by_role("heading").text_content()
        assert_safe(chat)
        chat.stub.mode = "500"
        chat.ask("offline")
        assert_safe(chat)
        chat.stub.mode = "ok"
        # The browser itself complains of the icon, which is no outline.
        assert all("<path>" in error for error in chat.errors)
        chat.errors.clear()
