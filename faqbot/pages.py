"""The pages for people: a demonstration, the FAQ that needs no JavaScript, and the crisis protocol."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

from flask import Blueprint, Response, redirect, render_template, request, url_for
from markdown_it import MarkdownIt
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from faqbot.api import HISTORY
from faqbot.corpus import DEFAULT_SITE, Entry
from faqbot.limiting import Limits
from faqbot.scripts import keepable
from faqbot.service import FALLBACK_LANG, Refused, Service, same_host

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_HIDDEN_SECTION = "small-talk"
_HISTORY_BYTES = 24_000
"""What earlier messages may take up in a form, so that it stays below the limit of a body."""
# Only paragraphs, lists and bold text mean something; all else is shown as it stands.
_MARKDOWN = MarkdownIt("zero", {"html": False}).enable(["list", "emphasis"])

Words = Callable[..., str]


def markdown(text: str) -> Markup:
    """Return an answer's text as HTML; whatever else it holds is escaped."""
    return Markup(_MARKDOWN.render(text))


def digits(phone: str) -> str:
    """Return a phone number as a ``tel:`` link wants it."""
    return re.sub(r"(?!^\+)\D", "", phone)


def create_pages(service: Service, limits: Limits) -> Blueprint:
    """Return the routes of the pages."""
    pages = Blueprint("pages", __name__, template_folder="templates")
    pages.add_app_template_filter(markdown)
    pages.add_app_template_filter(digits)
    # A page is the same for everybody, and a thousand sites must not fill the memory.
    faq_text = lru_cache(maxsize=32)(lambda site, lang: _faq(service, site, lang))

    @pages.get("/")
    def demo() -> Response:
        site, lang = _site_and_lang(service, request.args)
        profile = service.bot.corpus.site(site)
        return _lasting(render_template("demo.html", **_context(service, site, lang), profile=profile))

    @pages.get("/faq")
    def faq() -> Response:
        return _lasting(faq_text(*_site_and_lang(service, request.args)))

    @pages.get("/ask")
    def no_question() -> AnyResponse:
        return redirect(url_for("pages.faq"), 303)

    @pages.post("/ask")
    def ask() -> Response:
        limits.spend("ask")
        message, history = _read_form()
        site, lang = _site_and_lang(service, request.form)
        reply = service.ask(message, history, lang, site).reply
        context = _context(service, site, reply.lang)
        return _page(render_template("reply.html", **context, reply=reply, history=_fitting([*history, message])))

    @pages.get("/crisis-protocol")
    def protocol() -> Response:
        site, lang = _site_and_lang(service, request.args)
        paragraphs = service.bot.care.protocol(lang)
        return _lasting(render_template("protocol.html", **_context(service, site, lang), paragraphs=paragraphs))

    return pages


def error_page(service: Service) -> Callable[[int], Response]:
    """Return a function that makes the page of an error; what it shows is fetched now, while all is well."""
    site = service.bot.corpus.site(None)
    context = _context(service, DEFAULT_SITE, site.lang)

    def page(status: int) -> Response:
        kind = {404: "missing", 429: "many"}.get(status, "error")
        return _page(render_template("error.html", **context, kind=kind), status)

    return page


def _lasting(html: str) -> Response:
    response = keepable(html.encode(), "text/html", "no-cache")
    response.headers["Content-Security-Policy"] = _CSP
    return response


def _page(html: str, status: int = 200) -> Response:
    response = Response(html, status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _CSP
    return response


def _site_and_lang(service: Service, fields: Mapping[str, str]) -> tuple[str, str]:
    site = fields.get("site") or DEFAULT_SITE
    return site, service.language(fields.get("lang"), site)


def _read_form() -> tuple[str, list[str]]:
    """Return the message and the earlier ones. Raises Refused."""
    if request.mimetype != "application/x-www-form-urlencoded":
        raise Refused(415, "unsupported_media_type", "Send the question as a form.")
    # A page that sends no referrer posts its forms with the origin "null", so the browser's own word comes first.
    fetched = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin", "null")
    ours = origin == "null" or same_host(origin, request.host)
    if fetched not in ("same-origin", "none") if fetched else not ours:
        raise Refused(403, "origin_not_allowed", "Questions are only taken from our own page.")
    message, history = request.form.get("message", ""), request.form.getlist("history")[-HISTORY:]
    if any("\0" in text for text in (message, *history)):
        raise Refused(400, "bad_request", "The text holds a null byte.")
    return message, history


def _fitting(history: Sequence[str]) -> list[str]:
    """Return the newest messages that a form can carry along."""
    kept: list[str] = []
    room = _HISTORY_BYTES
    for message in reversed(history[-HISTORY:]):
        room -= len(quote_plus(message))
        if room < 0:
            break
        kept.insert(0, message)
    return kept


def page_context(service: Service, fields: Mapping[str, str]) -> dict[str, Any]:
    """Return what every page's template needs, for the site and language that a request names."""
    return _context(service, *_site_and_lang(service, fields))


def _context(service: Service, site: str, lang: str) -> dict[str, Any]:
    corpus = service.bot.corpus
    info = service.bot.site_info(site, lang)
    return {
        "t": _words(corpus.strings[lang]["pages"], {"name": info["name"], "phone": info["contact"]["phone"]}),
        "site": site,
        "lang": lang,
        "info": info,
        "contact": info["contact"],
        "languages": [(code, corpus.strings[code]["pages"]["language"]) for code in corpus.strings],
        "sites": {name: corpus.sites[name].name for name in corpus.sites},
    }


def _words(strings: Mapping[str, str], facts: Mapping[str, str]) -> Words:
    def say(key: str, **more: object) -> str:
        return strings[key].format(**facts, **more)

    return say


def _faq(service: Service, site: str, lang: str) -> str:
    sections = _sections(service, site, lang)
    titles = {entry.id: entry.question for _, entries in sections for entry in entries}
    context = _context(service, site, lang)
    answers = {id_: service.bot.answer(id_, site, lang) for id_ in titles}
    return render_template("faq.html", **context, sections=sections, titles=titles, answers=answers)


def _sections(service: Service, site: str, lang: str) -> list[tuple[str, list[Entry]]]:
    """Return the entries by section, in its order; what is not translated stands in the common language."""
    corpus = service.bot.corpus
    entries = {**corpus.entries_for(site, FALLBACK_LANG), **corpus.entries_for(site, lang)}
    order = [name for name in corpus.sections if name != _HIDDEN_SECTION]
    by_section = {name: [entry for entry in entries.values() if entry.section == name] for name in order}
    return [(name, _in_order(found, corpus.sections[name].required)) for name, found in by_section.items() if found]


def _in_order(entries: Sequence[Entry], required: Sequence[str]) -> list[Entry]:
    places = {id_: place for place, id_ in enumerate(required)}
    return sorted(entries, key=lambda entry: places.get(entry.id, len(places)))
