"""JavaScript of our own style with short names: what a plain whitespace minifier leaves undone, for a script of few kilobytes."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import rjsmin

_TOKEN = re.compile(
    r"""(?P<literal>"(?:[^"\\]|\\.)*"|(?<=[(,=:!&|?{};])/(?:\\.|\[(?:\\.|[^\]])*\]|[^/\n])+/[a-z]*|\d[\w.]*)"""
    r"""|(?P<name>[A-Za-z_$][\w$]*)|(?P<space>\s+)|(?P<mark>\.\.\.|=>|\?\.|.)"""
)
_WORDS_MEET = re.compile(r"([\w$])\0(?=[\w$])")
_NEEDLESS = re.compile(r"(?:,|;)\0(?=[)\]}])")
_OPEN = frozenset("([{")
_CLOSE = frozenset(")]}")
_KEYWORDS = frozenset(("as", "do", "if", "in", "of"))


@dataclass(frozen=True)
class _Token:
    text: str
    role: str  # "name" where it may be a variable, "both" in {a, b} where it is a key as well, else ""
    depth: int  # how many brackets it stands in


@dataclass
class _Variable:
    """A name the code declares; `scope` is where it may be seen, or somewhat more."""

    scope: range
    uses: list[int]
    short: str = ""

    def clashes(self, other: _Variable) -> bool:
        """Whether one name for both could be taken for the wrong one of them."""
        if self.scope == other.scope:
            return True
        inner, outer = (self, other) if len(self.scope) < len(other.scope) else (other, self)
        after = bisect_left(outer.uses, inner.scope.start)
        return after < len(outer.uses) and outer.uses[after] < inner.scope.stop


def minify(code: str) -> str:
    """`code` without comments and spaces, and with short names for what it declares; properties keep theirs.

    The code must end its statements with semicolons and must not hold template strings or named classes.
    """
    tokens = _tokens(rjsmin.jsmin(code))
    # Nothing is assigned to a constant, so one word does for both kinds of variable.
    texts = ["let" if token.text == "const" else token.text for token in tokens]
    for variable in _named(_variables(tokens), _KEYWORDS.union(texts)):
        for use in variable.uses:
            texts[use] = f"{texts[use]}:{variable.short}" if tokens[use].role == "both" else variable.short
    return _WORDS_MEET.sub(r"\1 ", _NEEDLESS.sub("", "\0".join(texts))).replace("\0", "")


def _tokens(code: str) -> list[_Token]:
    found = [match for match in _TOKEN.finditer(code) if match.lastgroup != "space"]
    texts = ["", *(match[0] for match in found), ""]
    tokens = []
    inside = [""]
    for at, match in enumerate(found):
        before, text, after = texts[at : at + 3]
        if text in _CLOSE:
            inside.pop()
        role = _role(before, after, inside[-1]) if match.lastgroup == "name" else ""
        tokens.append(_Token(text, role, len(inside) - 1))
        if text in _OPEN:
            inside.append(text)
    return tokens


def _role(before: str, after: str, inside: str) -> str:
    in_braces = inside == "{" and before in ("{", ",")
    if before in (".", "?.") or (in_braces and after == ":"):
        return ""
    return "both" if in_braces and after in (",", "}") else "name"


def _variables(tokens: Sequence[_Token]) -> list[_Variable]:
    """What the code declares, with every token that means it."""
    scopes: dict[str, list[range]] = defaultdict(list)
    for at, token in enumerate(tokens):
        for names, scope in _declared_at(tokens, at) if token.role or token.text == "=>" else ():
            for name in names:
                if name.role and scope not in scopes[name.text]:
                    scopes[name.text].append(scope)
    uses: dict[tuple[str, range], list[int]] = defaultdict(list)
    for at, token in enumerate(tokens):
        around = [scope for scope in scopes[token.text] if at in scope] if token.role else []
        if around:
            # Where a name is declared again within itself, both stay one.
            uses[token.text, max(around, key=len)].append(at)
    return [_Variable(scope, found) for (_, scope), found in uses.items()]


def _declared_at(tokens: Sequence[_Token], at: int) -> Iterator[tuple[Sequence[_Token], range]]:
    """The names that the keyword or arrow at `at` declares, with where they may be seen."""
    text = tokens[at].text
    if text == "=>":
        start = _opening(tokens, at - 1)
        yield tokens[start:at], range(start, _end(tokens, at, (",", ";")))
    elif text in ("const", "let"):
        yield tokens[at + 1 : _end(tokens, at, ("=", ";", "of"))], _block(tokens, at)
    elif text == "catch":
        yield tokens[at + 1 : _end(tokens, at, ("{",))], _block(tokens, at)
    elif text == "function":
        body = _end(tokens, at, ("{",))
        yield tokens[at + 1 : at + 2], _block(tokens, at)
        yield tokens[at + 2 : body], range(at, _end(tokens, body, ("}",)))


def _opening(tokens: Sequence[_Token], at: int) -> int:
    """Where the bracket that closes at `at` was opened; `at` itself when it is none."""
    if tokens[at].text not in _CLOSE:
        return at
    return next(i for i in range(at, -1, -1) if tokens[i].depth == tokens[at].depth and tokens[i].text in _OPEN)


def _end(tokens: Sequence[_Token], start: int, stops: Sequence[str]) -> int:
    """The next of `stops` that is not in further brackets, or the end of the brackets around."""
    depth = tokens[start].depth
    after = range(start + 1, len(tokens))
    return next((i for i in after if tokens[i].depth < depth or (tokens[i].depth == depth and tokens[i].text in stops)), len(tokens))


def _block(tokens: Sequence[_Token], at: int) -> range:
    """From the brace that was last opened before `at` to where it closes; the whole code outside all braces."""
    depth = tokens[at].depth
    for start in range(at, -1, -1):
        if tokens[start].depth < depth:
            depth = tokens[start].depth
            if tokens[start].text == "{":
                return range(start, _end(tokens, start, ("}",)))
    return range(len(tokens))


def _named(variables: Sequence[_Variable], taken: frozenset[str]) -> Sequence[_Variable]:
    """Gives each variable the shortest name that it can have; the most used choose first."""
    named: list[_Variable] = []
    for variable in sorted(variables, key=lambda each: (-len(each.uses), each.uses)):
        unfit = {other.short for other in named if variable.clashes(other)} | taken
        variable.short = next(name for name in _short_names() if name not in unfit)
        named.append(variable)
    return named


def _short_names() -> Iterator[str]:
    """All names, the shortest first, the letters most common in code before others."""
    for size in itertools.count(1):
        yield from ("".join(word) for word in itertools.product("etnrioaslcupdmhgbfyvwkxjqzETNRIOASLCUPDMHGBFYVWKXJQZ", repeat=size))
