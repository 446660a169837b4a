"""The one file that a website loads: the widget's scripts, style, strings and helplines, composed and minified."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import rcssmin
import rjsmin

# Later parts use what earlier ones define.
PARTS = ("dom.js", "contact.js", "replies.js", "panel.js", "widget.js")
STYLE = "widget.css"

# JSON is a subset of JavaScript but for these, which could end a script element or a line of code.
_UNSAFE = {"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"}

Strings = Mapping[str, str]
Helpline = Mapping[str, object]


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
    data = {"strings": strings, "lines": helplines, "css": rcssmin.cssmin(_read(folder, STYLE))}
    constants = ",".join(f"{name}={safe_json(value)}" for name, value in data.items())
    code = rjsmin.jsmin("\n".join(_read(folder, part) for part in PARTS))
    script = f'(()=>{{"use strict";const {constants};\n{code}}})();'
    return _seal(script.encode())


def safe_json(data: object) -> str:
    """`data` as JSON that can stand inside a script whatever it holds."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character, escape in _UNSAFE.items():
        text = text.replace(character, escape)
    return text


def _read(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


def _seal(body: bytes) -> Bundle:
    version = hashlib.sha256(body).hexdigest()[:12]
    integrity = "sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode()
    return Bundle(body, version, integrity, f'"{version}"')
