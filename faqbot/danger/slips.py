"""What words were meant to be: one slip of the finger apart (a letter missing, extra, wrong, or swapped with its
neighbour), written by ear, or run together."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import starmap
from math import log
from operator import ne

MIN_LENGTH = 5
"""Shorter words are too near to others."""
_SHORTEST = 4
"""Shorter words are left as they are written."""
_KNOWN, _OFTEN = 3, 15
"""In how many messages a word must stand to be known, and to be what an unknown one was meant to be."""
_BY_EAR = tuple(
    (re.compile(written), heard)
    for written, heard in (
        ("^wr|rr", "r"),
        ("^kn", "n"),
        ("ph", "f"),
        ("gh(?=t|$)", ""),
        ("s?c(?=[eiy])|z", "s"),
        ("ck|q(?:u(?=[ei]))?|c(?!h)", "k"),
        ("x", "ks"),
        ("g(?=[eiy])", "j"),
        ("(?<![cs])h", ""),
        ("v", "b"),
        ("y", "i"),
        (r"([a-z])\1", r"\1"),
    )
)
"""English and Spanish letters, and what they sound like, roughly, to those who write as they hear."""
_CONSONANTS = re.compile("[^aeiou]")
_LONGEST_PART, _RUN_TOGETHER, _PART = 14, 8, 3
"""Letters of the longest word in a string of words, of the shortest string of words, and of a word of it on average at least."""
_RARER = 5
"""How much rarer a part may be for every letter that it is longer."""
LEET = tuple(str.maketrans("013457@$!|+", letters) for letters in ("oieastasiit", "oleastasllt"))
"""The letters that signs stand for, by either reading of 1 and |."""
_ALIKE = 2
"""Words of so many consonants sound like too many others; of two more, one vowel may be wrong."""


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


class Sounds:
    """Finds that of some words, the likeliest first, which another was written for by ear."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = words

    def meant(self, token: str) -> str | None:
        """Return the word that sounds like ``token``: its consonants, and most of its vowels; some may be left out."""
        consonants, vowels = _sound(token)
        pairs = {word: list(zip(vowels, theirs, strict=True)) for word, theirs in self._alike.get(consonants, ())}
        wrong = {word: sum(starmap(ne, both)) for word, both in pairs.items() if vowels[0] == both[0][1] and all(b or not a for a, b in both)}
        nearest = min(wrong, key=wrong.__getitem__, default=None)
        return nearest if nearest and 2 * wrong[nearest] <= max(len(consonants) - _ALIKE, 0) else None

    @cached_property
    def _alike(self) -> Mapping[str, list[tuple[str, list[str]]]]:
        """The words and their vowels by their consonants; made when first needed."""
        found: dict[str, list[tuple[str, list[str]]]] = {}
        for word in self._words:
            consonants, vowels = _sound(word)
            found.setdefault(consonants, []).append((word, vowels))
        return found


class Spelling:
    """Repairs words that hardly any message to learn from held, towards frequent words.

    ``words`` come most frequent first; the first ``often`` of them are what others may have been meant to be.
    """

    def __init__(self, words: Sequence[str], often: int) -> None:
        self._places = {word: place for place, word in enumerate(words)}
        self._frequent = [word for word in words[:often] if word.isalpha()]
        self._slips, self._sounds = Slips(self._frequent), Sounds(self._frequent)
        self._mended = lru_cache(maxsize=16_384)(self._mend)

    def repair(self, words: Iterable[str]) -> list[str]:
        """Return the words as they were probably meant."""
        return [meant for word in words for meant in ([word] if word in self._places or len(word) < _SHORTEST else self._mended(word))]

    def _mend(self, word: str) -> list[str]:
        if not word.isalpha():
            plain = (word.translate(table) for table in LEET)
            return [next((other for other in plain if other in self._costs), word)]
        near = [other for other in self._slips.of(word) if other[0] == word[0]] if len(word) >= MIN_LENGTH else []
        if near:
            return [min(near, key=self._places.__getitem__)]
        heard = self._sounds.meant(word)
        return [heard] if heard else self._apart(word) or [word]

    def _apart(self, word: str) -> list[str]:
        """Return the frequent words that a long string without spaces consists of, or nothing."""
        if len(word) < _RUN_TOGETHER:
            return []
        best: list[tuple[float, list[str]] | None] = [(0.0, [])]
        for end in range(1, len(word) + 1):
            ways = [
                (head[0] + self._costs[word[start:end]], [*head[1], word[start:end]])
                for start in range(max(0, end - _LONGEST_PART), end)
                if (head := best[start]) and word[start:end] in self._costs
            ]
            best.append(min(ways, default=None))
        parts = best[-1][1] if best[-1] else []
        return parts if len(parts) * _PART < len(word) else []

    @cached_property
    def _costs(self) -> Mapping[str, float]:
        """How unlikely frequent words are, as minus log-probabilities: one over their rank (Zipf's law); short ones must be very frequent."""
        ranks = {word: rank for rank, word in enumerate(self._frequent, 1) if rank < _RARER ** (len(word) + 1)}
        return {word: log(rank * log(len(self._frequent) + 1)) for word, rank in ranks.items()}


def learn_words(messages: Iterable[Iterable[str]]) -> tuple[list[str], int]:
    """Return the words that messages share, most frequent first, and how many of them are frequent."""
    counts = Counter(word for message in messages for word in set(message))
    known = sorted((word for word, count in counts.items() if count >= _KNOWN), key=lambda word: (-counts[word], word))
    return known, sum(counts[word] >= _OFTEN for word in known)


def _sound(word: str) -> tuple[str, list[str]]:
    """Return the consonants that are heard in a word, and the vowels before, between and after them."""
    for written, heard in _BY_EAR:
        word = written.sub(heard, word)
    return "".join(_CONSONANTS.findall(word)), _CONSONANTS.split(word)


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
