"""Words one slip of the finger apart: a letter missing, extra, wrong, or swapped with its neighbour."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache

MIN_LENGTH = 5
"""Shorter words are too near to others."""
_KNOWN, _OFTEN = 3, 15
"""In how many messages a word must stand to be known, and to be what an unknown one was meant to be."""


class Slips:
    """Finds those of some words that another is one slip away from."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = [word for word in words if len(word) >= MIN_LENGTH]

    def of(self, token: str) -> Iterator[str]:
        """Yield the words that ``token`` is one slip away from."""
        for key in _deletions(token):
            for word in self._near.get(key, ()):
                if _one_slip(token, word):
                    yield word

    @cached_property
    def _near(self) -> Mapping[str, tuple[str, ...]]:
        """The words by what is left of them without one letter (symmetric deletion, Garbe 2012); made when first needed."""
        near: dict[str, tuple[str, ...]] = {}
        for word in self._words:
            for key in dict.fromkeys(_deletions(word)):
                near[key] = (*near.get(key, ()), word)
        return near


class Spelling:
    """Repairs words that hardly any message to learn from held, towards frequent words with the same first letter.

    ``words`` come most frequent first; the first ``often`` of them are what others may have been meant to be.
    """

    def __init__(self, words: Sequence[str], often: int) -> None:
        self._places = {word: place for place, word in enumerate(words)}
        self._slips = Slips(word for word in words[:often] if word.isalpha())
        self._mended = lru_cache(maxsize=16_384)(self._mend)

    def repair(self, words: Iterable[str]) -> list[str]:
        """Return the words as they were probably meant."""
        return [word if word in self._places or len(word) < MIN_LENGTH else self._mended(word) for word in words]

    def _mend(self, word: str) -> str:
        near = [other for other in self._slips.of(word) if other[0] == word[0]] if word.isalpha() else []
        return min(near, key=self._places.__getitem__, default=word)


def learn_words(messages: Iterable[Iterable[str]]) -> tuple[list[str], int]:
    """Return the words that messages share, most frequent first, and how many of them are frequent."""
    counts = Counter(word for message in messages for word in set(message))
    known = sorted((word for word, count in counts.items() if count >= _KNOWN), key=lambda word: (-counts[word], word))
    return known, sum(counts[word] >= _OFTEN for word in known)


def _deletions(word: str) -> list[str]:
    return [word, *(word[:i] + word[i + 1 :] for i in range(len(word)))]


def _one_slip(token: str, word: str) -> bool:
    if abs(len(token) - len(word)) > 1:
        return False
    start = 0
    while start < min(len(token), len(word)) and token[start] == word[start]:
        start += 1
    a, b = token[start:], word[start:]
    swapped = len(a) > 1 and a[:2] == b[1::-1] and a[2:] == b[2:] and len(b) > 1
    return swapped or a[1:] == b[1:] or a[1:] == b or a == b[1:]
