"""The pages for people: what is on them, what they load, and the form that works without JavaScript."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import faqbot
from faqbot.bot import Bot
from faqbot.pages import digits, markdown
from faqbot.scripts import make_bundle, readable

PAGES = ("/", "/faq", "/crisis-protocol", "/?site=riverside&lang=es", "/faq?site=riverside&lang=es")
FORM = {"Sec-Fetch-Site": "same-origin", "Origin": "null", "Accept": "text/html"}


class Page(HTMLParser):
    """The elements of a page, as (tag, attributes)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] or "" for _, attributes in self.elements if attribute in attributes]


def post(client: FlaskClient, message: str, headers: Any = FORM, **more: Any) -> TestResponse:
    return client.post("/ask", data={"message": message, **more}, headers=headers)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_what_readers_of_every_kind_need(client: FlaskClient, path: str) -> None:
    page = Page(client.get(path).text)
    assert page.all("html") == [{"lang": "es" if "lang=es" in path else "en"}]
    assert [len(page.all(tag)) for tag in ("h1", "main", "header", "footer", "title")] == [1, 1, 1, 1, 1]
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    inside = [href[1:] for href in page.values("href") if href.startswith("#")]
    assert set(inside) | set(page.values("aria-labelledby")) | set(page.values("for")) <= set(ids)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_offers_help_before_anything_is_asked(client: FlaskClient, path: str) -> None:
    links = Page(client.get(path).text).values("href")
    assert "tel:988" in links
    assert "sms:988" in links


@pytest.mark.parametrize("path", [*PAGES, "/nothing"])
def test_a_page_loads_nothing_from_elsewhere_and_keeps_nothing(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers={"Accept": "text/html"})
    page = Page(response.text)
    loaded = page.values("src") + [link["href"] or "" for link in page.all("link")]
    assert loaded
    assert all(re.match(r"/(?!/)", address) for address in loaded)
    assert not page.values("style")
    assert not page.all("style")
    assert not [name for name in page.values("onclick") + page.values("onload")]
    assert "Set-Cookie" not in response.headers
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_every_route_sends_the_headers_of_safety(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        headers = client.get(rule.rule.replace("<version>", "0")).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "Set-Cookie" not in headers


def test_the_faq_shows_every_entry_once_with_sources_and_date(client: FlaskClient, bot: Bot) -> None:
    page = client.get("/faq").text
    ids = Page(page).values("id")
    for entry in bot.corpus.entries_for(None, "en").values():
        answer = bot.answer(entry.id, "default", "en")
        assert ids.count(entry.id) == (entry.section != "small-talk")
        if entry.section != "small-talk":
            assert str(markdown(answer.text)) in page
            assert answer.reviewed in page
    assert "<script" not in page
    assert "{" not in re.sub(r"<[^>]*>", "", page)


def test_the_faq_of_a_site_has_its_own_answers(client: FlaskClient) -> None:
    page = client.get("/faq?site=riverside").text
    assert "guided tour" in page
    assert "Lanternfield" not in page


def test_the_demonstration_embeds_the_widget_of_the_site(client: FlaskClient) -> None:
    assert Page(client.get("/?site=riverside").text).all("script") == [
        {"src": "/widget.js", "data-site": "riverside", "data-lang": "en", "data-accent": "#7a3b69", "async": None}
    ]


def test_markdown_means_paragraphs_lists_and_bold_only() -> None:
    assert markdown("a\n\n- **b**\n- c") == "<p>a</p>\n<ul>\n<li><strong>b</strong></li>\n<li>c</li>\n</ul>\n"
    for text in ("<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "<https://a.example>", "# a", "`a`"):
        assert re.sub(r"</?p>", "", str(markdown(text))).count("<") == 0


def test_phone_numbers_become_links() -> None:
    assert [digits(phone) for phone in ("(555) 555-0100", "+1 555-0100", "988")] == ["5555550100", "+15550100", "988"]


def test_a_typed_question_is_answered_on_a_page(client: FlaskClient, bot: Bot) -> None:
    response = post(client, "what is iop", site="riverside", lang="en")
    assert response.status_code == 200
    answer = bot.reply("what is iop", site="riverside").answers[0]
    assert str(markdown(answer.text)) in response.text
    assert answer.sources[0].split('"')[0] in response.text
    assert response.headers["Cache-Control"] == "no-store"


def test_a_disclosure_gets_the_card_with_links_and_buttons(client: FlaskClient, bot: Bot) -> None:
    crisis = bot.reply("i want to kill myself").crisis
    assert crisis
    page = Page(post(client, "i want to kill myself").text)
    links = page.values("href")
    assert all(action.href in links for line in crisis.helplines for action in line.actions)
    sent = [field["value"] for field in page.all("input") if field["name"] == "message"]
    assert all(choice.message in sent for choice in crisis.choices)
    assert "i want to kill myself" in [field["value"] for field in page.all("input") if field["name"] == "history"]


def test_earlier_messages_ride_along_as_far_as_a_body_can_hold(client: FlaskClient) -> None:
    earlier = [f"{n} " + "ñ" * 400 for n in range(20)]
    page = Page(post(client, "and php?", history=earlier).text)
    form = [field["value"] for field in page.all("input") if field["name"] == "history"]
    last = form[len(form) - form[::-1].index("and php?") - 1 :]
    assert last == ["and php?"]
    assert earlier[-1] in form
    assert earlier[0] not in form


def test_what_was_typed_is_never_shown_as_markup(client: FlaskClient) -> None:
    page = post(client, "<script>alert(1)</script>", history=['"><b>'])
    assert "<script>alert" not in page.text
    assert "<b>" not in page.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "null"}, 200),
        ({"Origin": "https://evil.example.com"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://bot.localhost", "Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_the_form_is_taken_from_our_own_page_only(client: FlaskClient, headers: dict[str, str], status: int) -> None:
    assert post(client, "what is iop", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"message=a%00b", "application/x-www-form-urlencoded", 400),
        (b"message=%ff%fe", "application/x-www-form-urlencoded", 200),
        (b"", "application/x-www-form-urlencoded", 200),
        (b"message=" + b"a" * 70_000, "application/x-www-form-urlencoded", 413),
        (b'{"message": "a"}', "application/json", 415),
        (b"", "multipart/form-data", 415),
        (b"message=a&site=nowhere", "application/x-www-form-urlencoded", 404),
        (b"message=a&lang=tlh", "application/x-www-form-urlencoded", 400),
    ],
)
def test_a_broken_form_gets_a_page_with_help(client: FlaskClient, body: bytes, kind: str, status: int) -> None:
    response = client.post("/ask", data=body, content_type=kind, headers={"Accept": "text/html"})
    assert response.status_code == status
    assert response.mimetype == "text/html"
    assert "tel:988" in Page(response.text).values("href")


def test_asking_without_a_question_leads_to_the_faq(client: FlaskClient) -> None:
    response = client.get("/ask")
    assert (response.status_code, response.headers["Location"]) == (303, "/faq")


def test_the_widget_is_served_to_every_page_and_can_be_kept(client: FlaskClient, app: Flask) -> None:
    bundle = make_bundle(app.extensions["faqbot"])
    plain = client.get("/widget.js", headers={"Origin": "https://any.example.com"})
    versioned = client.get(f"/widget/{bundle.version}/widget.js", headers={"Accept-Encoding": "gzip"})
    assert plain.data == bundle.body
    assert plain.headers["Cache-Control"] == "public, max-age=300"
    assert "immutable" in versioned.headers["Cache-Control"]
    assert versioned.headers["Content-Encoding"] == "gzip"
    assert "immutable" not in client.get("/widget/000000000000/widget.js").headers["Cache-Control"]
    for response in (plain, versioned):
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Vary"] == "Accept-Encoding"
        assert response.mimetype == "text/javascript"


@pytest.mark.parametrize("path", ["/widget.js", "/pages.css", "/icon.svg"])
def test_a_file_that_has_not_changed_is_not_sent_again(client: FlaskClient, path: str) -> None:
    tag = client.get(path).headers["ETag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_the_accent_of_a_site_is_made_readable() -> None:
    white, dark = (255, 255, 255), (20, 26, 31)
    assert readable("#1f5f8b", white) == "#1f5f8b"
    assert readable("#ffff00", white) != "#ffff00"
    assert readable("#ffff00", dark) == "#ffff00"
    assert readable("#000000", dark) != "#000000"


def test_the_strings_of_the_pages_are_the_same_in_every_language(bot: Bot) -> None:
    words = {lang: strings["pages"] for lang, strings in bot.corpus.strings.items()}
    assert words["en"].keys() == words["es"].keys()
    for key, text in words["en"].items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", words["es"][key])), key


def test_no_string_of_the_pages_is_left_over(bot: Bot) -> None:
    templates = "".join(path.read_text() for path in (Path(faqbot.__file__).parent / "templates").glob("*.html"))
    said = set(re.findall(r"""t\(['"]([\w-]+)['"][,)]""", templates))
    begun = tuple(re.findall(r"""t\(['"]([\w-]+-)['"] ~""", templates))
    ended = tuple(re.findall(r"""~ ['"](-[\w-]+)['"]\)""", templates))
    left = set(bot.corpus.strings["en"]["pages"]) - said - {"language"}
    assert [key for key in left if not key.startswith(begun) and not key.endswith(ended)] == []
