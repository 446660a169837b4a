"""The page where an owner puts the script tag together, tries it, and reads where it goes."""

from functools import lru_cache
from html import escape

from flask import Blueprint, Response, render_template, request

from faqbot.bundle import Bundle
from faqbot.files import shipped
from faqbot.pages import page_context
from faqbot.scripts import keepable, make_bundle
from faqbot.service import Service

# The preview adds a script to the page, which only this one policy of the page's own script may do.
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types embed"
)
# For each option with a choice: the value of the attribute (none is the widget's own) and the string that names it.
CHOICES = {
    "position": (("", "right"), ("left", "left")),
    "theme": (("", "auto"), ("light", "light"), ("dark", "dark")),
    "lang": (("", "page"), ("en", "english"), ("es", "spanish")),
    "icon": (
        ("", "bubble"),
        ("M12 20C5 15 3 12 3 9a4.5 4.5 0 0 1 9-1 4.5 4.5 0 0 1 9 1c0 3-2 6-9 11z", "heart"),
        ("M6 9a6 6 0 1 1 9 5c-1 .7-1.5 1.3-1.5 2.5h-3c0-2.6 .8-3.8 2.7-5A3 3 0 1 0 9 9zM10.5 18.5h3v3h-3z", "question"),
    ),
}
PLATFORMS = ("html", "wordpress", "squarespace", "wix", "webflow", "gtm")


def create_embed(service: Service) -> Blueprint:
    """Return the routes of the page and its script."""
    embed = Blueprint("embed", __name__)
    script = (shipped("widget") / "embed.js").read_bytes()
    bundle = lru_cache(maxsize=1)(lambda: make_bundle(service))

    @embed.get("/embed")
    def page() -> Response:
        context = page_context(service, request.args)
        words = service.bot.corpus.strings[context["lang"]]["widget_embed"]
        origin = request.host_url.rstrip("/")
        more = {
            "e": words.__getitem__,
            "here": "/embed",
            "origin": origin,
            "bundle": bundle(),
            "choices": CHOICES,
            "platforms": PLATFORMS,
            "tag": snippet(origin, context["site"], context["contact"]["phone"], words["noscript"]),
        }
        response = Response(render_template("embed.html", **context, **more), mimetype="text/html")
        response.headers["Content-Security-Policy"] = _CSP
        return response

    @embed.get("/embed.js")
    def code() -> Response:
        return keepable(script, "text/javascript", "public, max-age=300")

    return embed


def snippet(origin: str, site: str, phone: str, noscript: str, bundle: Bundle | None = None) -> str:
    """The tag that an owner pastes; with a `bundle` it names that version alone and its checksum."""
    path = f"/widget/{bundle.version}/widget.js" if bundle else "/widget.js"
    checked = f' integrity="{bundle.integrity}" crossorigin="anonymous"' if bundle else ""
    link = f'<noscript><a href="{origin}/faq?site={escape(site)}">{escape(noscript)}</a> {escape(phone)}</noscript>'
    return f'<script src="{origin}{path}" data-site="{escape(site)}" data-phone="{escape(phone)}"{checked} async></script>\n{link}'
