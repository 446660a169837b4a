"""The files that pages load: the widget, by a short name and by one that never changes, and the pages' own style."""

import gzip
import hashlib
import json
from functools import cache, lru_cache
from pathlib import Path

from flask import Blueprint, Response, request

from faqbot.bundle import Bundle, compose
from faqbot.files import shipped
from faqbot.service import Service

_MINUTES = "public, max-age=300"
_FOREVER = "public, max-age=31536000, immutable"
_TEMPLATES = Path(__file__).parent / "templates"
# Of the backgrounds in pages.css, those that leave the least contrast.
_DARK, _LIGHT = (0x1C, 0x24, 0x2B), (0xF4, 0xF1, 0xEA)
_CONTRAST = 5.0
_ACCENT = "#1f5f8b"

Rgb = tuple[int, int, int]


def make_bundle(service: Service) -> Bundle:
    """Return the widget's script with the strings and helplines of every language."""
    strings = service.bot.corpus.strings
    helplines = {lang: service.bot.site_info(None, lang)["helplines"] for lang in strings}
    parts = {"strings": {lang: words["widget"] for lang, words in strings.items()}, "helplines": helplines}
    return _composed(json.dumps(parts))


@lru_cache(maxsize=8)
def _composed(parts: str) -> Bundle:
    # Made once: minifying takes longer than a thousand replies.
    return compose(shipped("widget"), **json.loads(parts))


def create_scripts(service: Service) -> Blueprint:
    """Return the routes of the widget's script, the pages' style and their icon."""
    files = Blueprint("files", __name__)
    # At the first request rather than now, so that a worker is soon ready to reply.
    bundle = cache(lambda: make_bundle(service))
    style = (shipped("widget") / "pages.css").read_text(encoding="utf-8")
    icon = (_TEMPLATES / "icon.svg").read_bytes()

    def script(lasting: str) -> Response:
        response = keepable(bundle().body, "text/javascript", lasting)
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    @files.get("/widget.js")
    def widget() -> Response:
        return script(_MINUTES)

    @files.get("/widget/<version>/widget.js")
    def versioned(version: str) -> Response:
        # A page that names an older version gets today's script, but not to keep.
        return script(_FOREVER if version == bundle().version else "no-cache")

    @files.get("/pages.css")
    def css() -> Response:
        accent = service.bot.corpus.site(request.args.get("site")).accent or _ACCENT
        on_light, on_dark = readable(accent, _LIGHT), readable(accent, _DARK)
        colors = f":root{{--accent-on-light:{on_light};--accent-on-dark:{on_dark}}}\n"
        return keepable((colors + style).encode(), "text/css", _MINUTES)

    @files.get("/icon.svg")
    def picture() -> Response:
        return keepable(icon, "image/svg+xml", _MINUTES)

    return files


def keepable(body: bytes, kind: str, lasting: str) -> Response:
    """Return a response that a browser may keep, gzipped if it likes; nothing at all if it has it already."""
    zipped = "gzip" in request.accept_encodings
    sent = _packed(body) if zipped else body
    response = Response(sent, content_type=f"{kind}; charset=utf-8")
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = lasting
    # Of what is sent, for two encodings are two things to a cache.
    response.set_etag(hashlib.sha256(sent).hexdigest()[:12])
    return response.make_conditional(request)


@lru_cache(maxsize=64)
def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)


def readable(color: str, background: Rgb) -> str:
    """Return ``color`` (#rrggbb), moved away from ``background`` just far enough to be read on it."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    end = 0 if _luminance(background) > 0.5 else 255
    for step in range(21):
        moved = tuple(round(part + (end - part) * step / 20) for part in (red, green, blue))
        if _contrast(moved, background) >= _CONTRAST:
            break
    return "#{:02x}{:02x}{:02x}".format(*moved)


def _contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: tuple[int, ...]) -> float:
    parts = [part / 255 for part in color]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
