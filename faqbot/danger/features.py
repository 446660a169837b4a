"""How the learned part takes a message apart: pieces, letters inside words, kinds of words and their pairs.

The same functions serve learning and scoring, so that both always mean the same.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from faqbot.danger.text import Span
from faqbot.files import read_yaml

LETTERS = (4, 5)
_MIN_LENGTH = 5
WINDOW = 60
"""Words scored at once; longer messages are scored in pieces, so that one line in a long story counts."""
_STOPS = frozenset(".,")
_PUNCTUATION = _STOPS | {"?"}
_BEGINNING = 4
_OPEN = frozenset([*((verb, "to") for verb in ("want", "wants", "wanted", "need", "needs", "going", "like")), *((verb, "a") for verb in ("voy", "va", "vamos"))])
"""Few words that end so are only begun; not "voices tell me to" or "i swallowed a", which have told enough."""
_GREETINGS = frozenset(("hi", "hello", "hey", "hiya", "hola", "greetings"))
_WEIGHTLESS = frozenset(("please", "emocry"))
"""Courtesy and tears come with danger and with relief: the rest of a message must tell."""


class Concepts:
    """Kinds of words, numbered; a word may be of several kinds."""

    def __init__(self, kinds: dict[str, Sequence[str]]) -> None:
        self.names = tuple(kinds)
        self._exact: dict[str, list[int]] = {}
        self._starts: dict[str, list[int]] = {}
        for number, words in enumerate(kinds.values()):
            for word in words:
                table = self._starts if word.endswith("*") else self._exact
                table.setdefault(word.rstrip("*"), []).append(number)
        self.of = lru_cache(maxsize=16_384)(self._of)

    def _of(self, word: str) -> tuple[int, ...]:
        found = list(self._exact.get(word, ()))
        for end in range(2, len(word) + 1):
            found += self._starts.get(word[:end], ())
        return tuple(dict.fromkeys(found))

    def all(self, words: Sequence[str]) -> list[int]:
        """Return the numbers of the kinds in a message, in order."""
        return sorted({number for word in words for number in self.of(word)})

    def pairs(self, words: Sequence[str]) -> list[int]:
        """Return the numbers of the kinds in a message and of every pair of them."""
        every = self.all(words)
        found = every.copy()
        for i, a in enumerate(every):
            base = (a + 1) * len(self.names)
            found += [base + b for b in every[i + 1 :]]
        return found


def load_concepts(folder: Path) -> Concepts:
    """Read concepts.yaml."""
    data = read_yaml(folder / "concepts.yaml", folder.parent).data
    return Concepts({name: [str(word) for word in words] for name, words in data.items()})


def told(tokens: Sequence[str]) -> list[str]:
    """Return what a message says after its greeting and without what must not change how it is read: its last full stop, too."""
    start = 0
    while start < len(tokens) and (tokens[start] in _GREETINGS or (start and tokens[start] in _PUNCTUATION)):
        start += 1
    kept = [token for token in tokens[start:] if token not in _WEIGHTLESS]
    while kept and kept[-1] in _STOPS:
        kept.pop()
    return kept


def breaks_off(tokens: Sequence[str]) -> bool:
    """Is a message broken off before it tells anything? It is read again together with the next one."""
    return len(tokens) <= _BEGINNING and tuple(tokens[-2:]) in _OPEN


def spoken(tokens: Iterable[str]) -> list[str]:
    """Return the words among the tokens."""
    return [token for token in tokens if token not in _PUNCTUATION]


def is_story(tokens: Sequence[str]) -> bool:
    """Is a message so long that it is read in small pieces?"""
    return len(tokens) > 2 * WINDOW


def windows(tokens: Sequence[str]) -> list[Span]:
    """Return the pieces of a message, of at most WINDOW words, that begin at sentences where possible; (from, to) in words."""
    found, start, end = [], 0, 0
    for token in tokens:
        end += token not in _PUNCTUATION
        size = end - start
        if size >= WINDOW or (token == "." and is_story(tokens) and size >= WINDOW // 2):
            found.append((start, end))
            start = end
    return [*found, (start, end)] if end > start or not found else found


def scale(words: Sequence[str]) -> float:
    """Return what sums over a message are multiplied with: evidence grows slower than length."""
    return max(len(words), _MIN_LENGTH) ** -0.5


def letters(word: str) -> list[str]:
    """Return the pieces of four and five letters of a word and its borders."""
    whole = f" {word} "
    low, high = LETTERS
    return [whole[i : i + n] for n in range(low, high + 1) for i in range(len(whole) - n + 1)]

