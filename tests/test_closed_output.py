"""Everything that a visitor can be shown stands in a reviewed file under data/ (or in the site's profile)."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from faqbot.bot import Bot
from faqbot.files import read_yaml, shipped

PLACEHOLDER = re.compile(r"\{(\w+)\}")
NOT_SHOWN = {"id", "kind", "lang", "tier", "categories", "audience", "href", "time_zone", "hours", "confidence", "reviewed", "accent", "corpus", "languages"}
DANGER = [
    "i want to kill myself", "i cut myself an hour ago", "he took too many pills and wont wake up", "shaking and seeing things since i stopped drinking",
    "i am going to shoot him", "my husband hits me", "he is outside and will kill me", "stepdad touches me at night", "my son wants to die",
    "i'm not suicidal", "i feel hopeless", "quiero matarme", "mi hijo se quiere morir", "my friend might be suicidal", "she makes herself throw up every day and fainted",
]  # fmt: skip


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in NOT_SHOWN:
                yield from _leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, str):
        yield value


def _all(value: Any) -> Iterator[str]:
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]:
        yield from _all(item) if isinstance(item, dict | list) else [str(item)]


@cache
def _templates() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """Return the lines of every string in data/, as they stand, and as patterns where they have placeholders."""
    plain, patterns = set(), set()
    root = shipped("data")
    for path in root.rglob("*.yaml"):
        if path.name in ("off-topic.yaml", "vocabulary.yaml", "sections.yaml") or "rules" in path.parts:
            continue
        for text in _all(read_yaml(path).data):
            for line in filter(None, map(str.strip, text.splitlines())):
                pieces = [re.escape(piece) for piece in PLACEHOLDER.split(line)[::2]]
                patterns.add(".+?".join(pieces)) if len(pieces) > 1 else plain.add(line)
    # A pattern of nothing but placeholders would match anything.
    return frozenset(plain), tuple(re.compile(p) for p in sorted(patterns) if re.search(r"\w{2}", p.replace(".+?", "")))


def _known(line: str) -> bool:
    plain, patterns = _templates()
    if line in plain or any(pattern.fullmatch(line) for pattern in patterns):
        return True
    starts = [p for p in plain if line.startswith(f"{p} ")]
    starts += [m[0] for pattern in patterns if (m := pattern.match(line)) and line[m.end() : m.end() + 1] == " "]
    return any(_known(line[len(start) :].strip()) for start in starts)


def _unknown(body: Any) -> set[str]:
    lines = {line.strip() for text in _leaves(body) for line in text.splitlines()}
    return {line for line in lines if line and not _known(line)}


@pytest.mark.parametrize("site", ["default", "riverside"])
def test_every_answer_is_written_in_the_data(bot: Bot, site: str) -> None:
    answers = [bot.answer(id_, site) for id_ in bot.corpus.entries_for(site, "en")]
    hours = set(bot.corpus.site(site).contact(bot.corpus.strings["en"]["reply"]).hours_text)
    unknown = {line for answer in answers for line in _unknown([answer.text, answer.question, list(answer.sources)])}
    profile = bot.corpus.site(site)
    given = {profile.telehealth, profile.ages, profile.privacy, profile.address, "; ".join(hours)}
    assert {line for line in unknown if line not in given and not any(h in line for h in hours)} == set()


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("message", [*DANGER, "do you take my dog", "", "x" * 5000, "is it any good", "hi", "cost"])
def test_every_string_of_a_reply_is_written_in_the_data(bot: Bot, message: str, lang: str) -> None:
    histories = [(), (message,), (message, message)]
    for history in histories:
        body = bot.reply(message, history=history, lang=lang).as_json()
        del body["contact"]
        assert _unknown(body) == set()


@pytest.mark.parametrize("lang", ["en", "es"])
def test_what_the_page_is_told_of_a_site_is_written_in_the_data(bot: Bot, lang: str) -> None:
    body = bot.site_info("riverside", lang)
    del body["contact"]
    assert _unknown(body) == set()


def test_the_widgets_code_holds_no_words_for_visitors() -> None:
    literals = [
        f"{path.name}: {literal}"
        for path in Path(shipped("widget")).glob("*.js")
        for literal in re.findall(r"""(?<![\w\\])(?:"[^"\n]*"|'[^'\n]*'|`[^`$]*`)""", re.sub(r"^\s*(//|\*|/\*).*$", "", path.read_text(), flags=re.M))
        if re.search(r"[A-Z][a-z]+ [a-z]+ [a-z]+", literal)
    ]
    assert literals == []
