"""How a message is made comparable before danger is looked for in it.

People in danger mistype, hide words from filters and write on phones. Folding undoes that: look-alike
letters, accents, zero-width characters, leet, spaced-out and repeated letters, contractions and slips in
risk words. The result is plain lower-case words and the tokens ``. , ?``, one space apart, so that rules
can be simple. Single words are remembered, so that common ones cost nothing the second time.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, repeat

from faqbot.danger.slips import LEET, MIN_LENGTH, Slips

Span = tuple[int, int]

_TOKEN = re.compile(r"[$@]?[a-z0-9](?:[a-z0-9']|[@$!|*+](?=[@$!|*+]{0,3}[a-z0-9])|(?<=[a-z])\$+){0,40}|[.!?\n;…]+|[,:()/–—]+|(?<![a-z0-9])-+|-+(?![a-z0-9])")
_RUN = re.compile(r"([a-z])\1\1+")
_BETWEEN = frozenset(".,")
_SPELLED_OUT = 3
"""That many single letters in a row are a word spelled out."""
_OTHERWISE = 6
"""That many spell something, even if nothing that danger is told by."""
_LONGEST_RUN = 60
_MIN_FUSED = 8


@dataclass(frozen=True)
class Words:
    """What folding knows: ``say`` writes one form for many, ``risk`` words attract slips, ``real`` words do not."""

    say: Mapping[str, str] = field(default_factory=dict)
    risk: frozenset[str] = frozenset()
    real: frozenset[str] = frozenset()
    glue: frozenset[str] = frozenset()
    join: frozenset[str] = frozenset()
    marks: Mapping[str, str] = field(default_factory=dict)
    """Emoji and other signs -> the word that stands for them."""
    letters: Mapping[str, str] = field(default_factory=dict)
    """Look-alike letters that Unicode does not fold."""


@dataclass(frozen=True)
class Folded:
    """A raw message, its folded ``text`` with one space between tokens and at both ends, and the tokens."""

    raw: str
    text: str
    tokens: tuple[str, ...]


class Folder:
    """Folds messages with one set of words; build once, call often."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._slips = Slips(sorted(words.risk))
        self._vocabulary = words.risk | words.glue
        self._core = tuple(sorted(word for word in words.risk if len(word) >= 3))
        self._letter = lru_cache(maxsize=4_096)(self._fold_letter)
        self._write = lru_cache(maxsize=16_384)(self._say)

    def fold(self, raw: str) -> Folded:
        """Return the comparable form of a message."""
        pieces = _TOKEN.findall(raw.lower() if raw.isascii() else self._letters(raw)[0])
        tokens = [self._write(token) for token, _ in self._joined([_plain(piece) for piece in pieces])]
        text = f" {' '.join(tokens)} "
        return Folded(raw, text, tuple(text.split()))

    def sources(self, folded: Folded, spans: Sequence[Span]) -> tuple[Span, ...]:
        """Return where in the raw message spans of its folded text came from, each once, in order."""
        if not spans:
            return ()
        text, offsets = self._letters(folded.raw)
        places = [match.span() for match in _TOKEN.finditer(text)]
        tokens, counts = zip(*self._joined([_plain(text[a:b]) for a, b in places]), strict=True)
        starts = [*accumulate((len(self._write(token)) + 1 for token in tokens), initial=1)]
        pieces = [*accumulate(counts, initial=0)]
        found = set()
        for start, end in spans:
            first, last = (bisect_right(starts, at) for at in (start, end - 1))
            a, b = places[pieces[first - 1]][0], places[pieces[last] - 1][1]
            found.add((offsets[a], offsets[b - 1] + 1) if offsets else (a, b))
        return tuple(sorted(found))

    def _letters(self, raw: str) -> tuple[str, list[int] | None]:
        """Return lower-case plain letters and, where lengths changed, the raw position of each."""
        if raw.isascii():
            return raw.lower(), None
        parts = [self._letter(letter) for letter in raw]
        offsets = [i for i, part in enumerate(parts) for _ in part]
        return "".join(parts), [*offsets, len(raw)]

    def _fold_letter(self, letter: str) -> str:
        if letter in self._words.marks:
            return f" {self._words.marks[letter]} "
        if letter in self._words.letters:
            return self._words.letters[letter]
        plain = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
        plain = "".join(self._words.letters.get(c, c) for c in plain.lower())
        return "" if unicodedata.category(letter) in ("Cf", "Mn", "Me") else plain

    def _joined(self, pieces: Sequence[str]) -> Iterable[tuple[str, int]]:
        """Return each whole token, spelled-out and broken words put together, and of how many pieces it was."""
        join = self._words.join
        if any(len(a) == 1 == len(b) or a + b in join for a, b in zip(pieces, pieces[1:], strict=False)):
            return self._put_together(pieces)
        return zip(pieces, repeat(1))

    def _put_together(self, pieces: Sequence[str]) -> Iterator[tuple[str, int]]:
        i = 0
        while i < len(pieces):
            token, count = pieces[i], 1
            run = _letter_run(pieces, i) if len(token) == 1 and token.isalnum() else 0
            whole = self._split(self._unleet("".join(p for p in pieces[i:run] if p not in _BETWEEN))) if run else ()
            if whole:
                token, count = " ".join(whole), run - i
            elif run:  # single letters that spell nothing known, such as "u r a b"
                letters = [piece for piece in pieces[i:run] if piece.isalpha()]
                yield from [("".join(letters), run - i)] if len(letters) >= _OTHERWISE else ((piece, 1) for piece in pieces[i:run])
                i = run
                continue
            elif i + 1 < len(pieces) and token + pieces[i + 1] in self._words.join:
                token, count = token + pieces[i + 1], 2
            yield token, count
            i += count

    def _say(self, token: str) -> str:
        """Return how a token is written, mended if it is a slip or a disguise of a risk word."""
        words = self._words
        if " " in token:
            return " ".join(map(self._write, token.split()))
        if token in words.say:
            return words.say[token]
        if token in words.real or token in words.risk:
            return token
        if "'" in token:
            token = token.replace("'", "")
            if token in words.say:
                return words.say[token]
        if not token.isalpha():
            plain = self._unleet(token)
            return words.say.get(plain, plain)
        if _RUN.search(token):
            token = self._squeeze(token)
            if token in words.say:
                return words.say[token]
        return self._mend(token)

    def _unleet(self, token: str) -> str:
        if token.isalpha() or token.isdigit():
            return token
        if "*" in token:
            return self._unstar(token)
        for table in LEET:
            plain = token.translate(table)
            for word in (plain, self._squeeze(plain)):
                if word in self._vocabulary or word in self._words.say:
                    return word
            mended = self._mend(plain) if plain.isalpha() else plain
            if mended in self._words.risk:
                return mended
        return token

    def _unstar(self, token: str) -> str:
        pattern = re.compile(re.escape(token).replace(r"\*", "[a-z]"))
        return next((word for word in self._core if pattern.fullmatch(word)), token)

    def _squeeze(self, token: str) -> str:
        for kept in (r"\1\1", r"\1"):
            word = _RUN.sub(kept, token)
            if word in self._vocabulary or word in self._words.say:
                return word
        return _RUN.sub(r"\1", token)

    def _mend(self, token: str) -> str:
        """Return the risk word that a slip was meant to be, or the words fused into one, or the token."""
        if token in self._vocabulary or token in self._words.real or len(token) < MIN_LENGTH:
            return token
        for word in self._slips.of(token):
            return word
        if len(token) >= _MIN_FUSED and any(word in token for word in self._core):
            found = self._split(token)
            return " ".join(found) if any(word in self._words.risk for word in found) else token
        return token

    def _split(self, token: str) -> Sequence[str]:
        """Return the known words that a string without spaces consists of, or nothing."""
        best: list[tuple[str, ...] | None] = [()] + [None] * len(token)
        for end in range(1, len(token) + 1):
            for start in range(max(0, end - 12), end):
                head, word = best[start], token[start:end]
                if head is not None and best[end] is None and word in self._vocabulary:
                    best[end] = (*head, word)
        return best[-1] or ()


def _plain(piece: str) -> str:
    """Return a piece of text as a word, or as the token that stands for its punctuation."""
    if piece[0] in ".!?\n;…":
        return "?" if "?" in piece else "."
    return "," if piece[0] in ",:()/–—-" else piece.rstrip("'")


def _letter_run(pieces: Sequence[str], start: int) -> int:
    """Return the end of the run of single letters that begins at ``start``, or 0 if it is too short."""
    letters, end, i = 0, start, start
    while i < min(len(pieces), start + _LONGEST_RUN) and len(pieces[i]) == 1:
        if pieces[i] not in _BETWEEN and pieces[i] != "?":
            letters, end = letters + 1, i + 1
        i += 1
    return end if letters >= _SPELLED_OUT else 0
