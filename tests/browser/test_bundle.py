"""The one served file: its size, its names, and that nothing in it can be taken for something else."""

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path

import brotli
import pytest
from playwright.sync_api import Browser

from faqbot.bundle import PARTS, BundleError, compose, safe_json
from faqbot.minify import minify
from stub import HELPLINES, ROOT, STRINGS, bundled

WIDGET = ROOT / "widget"
SOURCE = "\n".join((WIDGET / part).read_text(encoding="utf-8") for part in PARTS)


def test_everything_as_served_is_within_the_budget() -> None:
    body = bundled().body
    assert len(gzip.compress(body, 9)) <= 8000
    assert len(brotli.compress(body)) <= 7000
    assert len(body) <= 20_000


def test_names_are_those_of_the_bytes() -> None:
    bundle = bundled()
    assert bundle.version == hashlib.sha256(bundle.body).hexdigest()[:12]
    assert bundle.integrity == "sha384-" + base64.b64encode(hashlib.sha384(bundle.body).digest()).decode()
    assert bundle.etag == f'"{bundle.version}"'
    assert bundle == bundled()


def test_a_string_that_is_missing_is_named() -> None:
    lacking = {lang: {key: text for key, text in texts.items() if key != "leave"} for lang, texts in STRINGS.items()}
    with pytest.raises(BundleError, match="leave"):
        compose(WIDGET, lacking, HELPLINES)


def test_every_string_is_used_and_there_in_both_languages() -> None:
    used = set(re.findall(r"\b(?:t|words)\.(\w+)", SOURCE))
    assert set(STRINGS["en"]) == set(STRINGS["es"]) == used


def test_no_text_for_visitors_stands_in_the_code() -> None:
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", SOURCE, flags=re.S)
    # A sentence has a capital letter and a space; outlines of drawings and the warning to the owner have reasons of their own.
    sentences = [text for text in re.findall(r'"([^"\n]*)"', code) if re.search(r"[A-Z]\w+ \w|\w [a-z]+ [a-z]+", text)]
    assert [text for text in sentences if not text.startswith(("faqbot: ", "M"))] == []


def test_data_cannot_end_the_script_or_a_line() -> None:
    text = safe_json({"a": "</script><!--\u2028\u2029"})
    assert not re.search("[<\u2028\u2029]", text)
    assert json.loads(text) == {"a": "</script><!--\u2028\u2029"}


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("const name = 3; const twice = (name) => name * 2; window.out = twice(name + 1);", 8),
        ("const {a, b: c} = {a: 1, b: 2}; const box = {a, c}; window.out = [box.a, box.c];", [1, 2]),
        ("let t = 1; const f = () => { const inner = t; t = 5; return inner; }; f(); window.out = t;", 5),
        ("const out = (list) => list.map((item) => ({item})).map(({item}) => item + list.length); window.out = out([1, 2]);", [3, 4]),
        ("function outer(first) { function inner(second) { return first - second; } return inner(1); } window.out = outer(9);", 8),
        ("const title = 1; window.out = {title: title ? title : 0, x: 'title'}.title + document.title.length;", 1),
        ('const tel = /^(tel|"x[/])/; const say = "tel"; window.out = tel.test(say);', True),
        ("const pick = async (x) => { try { throw {x}; } catch (error) { return error.x; } }; pick(4).then((y) => (window.out = y));", 4),
        ("window.out = 0; for (const [key, value] of Object.entries({a: 1, b: 2})) window.out += key.length + value;", 5),
    ],
)
def test_short_names_change_nothing(browser: Browser, code: str, value: object) -> None:
    page = browser.new_page()
    page.evaluate("(code) => { const run = document.createElement('script'); run.text = code; document.head.append(run); }", f"{{{minify(code)}}}")
    assert page.evaluate("window.out") == value
    page.close()


def test_names_are_short_and_comments_gone() -> None:
    assert minify("/* why */ const message = (words) => words.length; message(1);") == "let e=(e)=>e.length;e(1);"


def test_sources_stay_readable() -> None:
    assert all(len(Path(WIDGET / part).read_text(encoding="utf-8").splitlines()) <= 300 for part in PARTS)
