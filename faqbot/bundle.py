"""The one file that a website loads: the widget's scripts, style, strings and helplines, composed and minified."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import rcssmin

from faqbot.errors import FaqbotError
from faqbot.minify import minify

# Later parts use what earlier ones define.
PARTS = ("dom.js", "contact.js", "replies.js", "panel.js", "widget.js")
STYLES = ("widget.css", "panel.css")

# JSON is a subset of JavaScript but for these, which could end a script element or a line of code.
_UNSAFE = {"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"}
# What of a helpline comes along; the rest is fetched when the panel opens.
_SHOWN = ("name", "actions")
_TEXT = re.compile(r"\b(t|words)\.(\w+)")

Strings = Mapping[str, str]
Helpline = Mapping[str, object]


class BundleError(FaqbotError):
    """The widget's sources and the strings do not fit together."""


@dataclass(frozen=True)
class Bundle:
    """The served script and the names under which browsers may keep and check it."""

    body: bytes
    version: str
    integrity: str
    etag: str


def compose(folder: Path, strings: Mapping[str, Strings], helplines: Mapping[str, Sequence[Helpline]]) -> Bundle:
    """The script from the sources in `folder`, with strings and permanent helplines of every language inside.

    `strings` maps a language to its texts, `helplines` a language to its helplines in the form the HTTP interface uses.
    """
    code = "\n".join(_read(folder, part) for part in PARTS)
    keys = sorted({key for _, key in _TEXT.findall(code)})
    data = {
        "strings": {lang: _texts(lang, texts, keys) for lang, texts in strings.items()},
        "lines": {lang: [{key: line[key] for key in _SHOWN} for line in lines] for lang, lines in helplines.items()},
        "css": [rcssmin.cssmin(_read(folder, style)) for style in STYLES],
    }
    constants = "".join(f"const {name}={safe_json(value)};" for name, value in data.items())
    # A text is found by its number: its name would travel along three times.
    code = _TEXT.sub(lambda found: f"{found[1]}[{keys.index(found[2])}]", code)
    return _seal(f'(()=>{{"use strict";{constants}{minify(code)}}})()'.encode())


def safe_json(data: object) -> str:
    """`data` as JSON that can stand inside a script whatever it holds."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character, escape in _UNSAFE.items():
        text = text.replace(character, escape)
    return text


def _texts(lang: str, texts: Strings, keys: Sequence[str]) -> list[str]:
    missing = [key for key in keys if key not in texts]
    if missing:
        raise BundleError(f"the widget needs these strings, which {lang} lacks: {', '.join(missing)}")
    return [texts[key] for key in keys]


def _read(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


def _seal(body: bytes) -> Bundle:
    version = hashlib.sha256(body).hexdigest()[:12]
    integrity = "sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode()
    return Bundle(body, version, integrity, f'"{version}"')
