"""How a visitor's words become comparable: strings in, strings out.

Knows nothing of the corpus: lexicons and synonyms are given in as data.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import snowballstemmer
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

_STEMMER = snowballstemmer.stemmer("english")
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "–": "-", "—": "-"})
_LONG = re.compile(r"([a-z])\1{2,}")
# Apostrophes vanish on phones: "dont" and "don't", "whats" and "what's" must come out the same.
_CLITIC = re.compile(r"'(s|re|ll|ve|d|m|t)$")


def fold(text: str) -> str:
    """Return ``text`` in lower case without accents, invisible characters or typographic variants."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", text.translate(_STRAIGHT))
    kept = (c for c in text if unicodedata.category(c) not in ("Mn", "Cf", "Cc", "Cs", "Co") or c in "\n\t")
    return "".join(kept).lower()


def words(text: str) -> list[str]:
    """Return the words of ``text``, folded, without apostrophes; repeated letters are cut to two."""
    return [word.replace("'", "") for word in _WORD.findall(_LONG.sub(r"\1\1", fold(text)))]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the stem of one folded word (Porter2)."""
    return _STEMMER.stemWord(word)


class Terms:
    """Words that stand for terms of one word or several."""

    def __init__(self, synonyms: Mapping[tuple[str, ...], str]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for term in sorted(synonyms, key=len, reverse=True):
            self._by_first.setdefault(term[0], []).append((term, synonyms[term]))

    def replace(self, tokens: Sequence[str]) -> list[str]:
        """Replace every run of words that is a term by its word, the longest run first."""
        result: list[str] = []
        start = 0
        while start < len(tokens):
            own = self._by_first.get(tokens[start], ())
            found = next(((term, word) for term, word in own if tuple(tokens[start : start + len(term)]) == term), None)
            result.append(found[1] if found else tokens[start])
            start += len(found[0]) if found else 1
        return result


class Speller:
    """Repairs words that nobody knows towards the words of a corpus.

    Distance is optimal string alignment: one slip for words of four letters, two from six on. Short words keep
    their first letter, or swap it with the second: mashed keys are otherwise too near to acronyms.
    """

    def __init__(self, lexicon: Mapping[str, int], known: Mapping[str, int]) -> None:
        self.lexicon = lexicon
        self._known = known
        self._by_length: dict[int, list[str]] = {}
        for word in lexicon:
            self._by_length.setdefault(len(word), []).append(word)
        self._repair = lru_cache(maxsize=20_000)(self._search)

    @classmethod
    def fit(cls, texts: Iterable[Sequence[str]], known: Mapping[str, int], often: int = 3) -> "Speller":
        """Learn the lexicon: words that are ``known`` anyway, or that stand in at least ``often`` texts."""
        counts = Counter(word for text in texts for word in set(text))
        return cls({w: n for w, n in sorted(counts.items()) if w in known or n >= often}, known)

    def repair(self, word: str) -> str:
        """Return the lexicon's nearest word, or ``word`` itself when it is known or nothing is near."""
        if len(word) < 4 or word in self.lexicon or word in self._known or not word.isalpha():
            return word
        return self._repair(word)

    def _search(self, word: str) -> str:
        most = 2 if len(word) >= 6 else 1
        near: list[tuple[int, bool, int, str]] = []
        for length in range(len(word) - most, len(word) + most + 1):
            for other, distance, _ in extract(
                word, self._by_length.get(length, ()), scorer=OSA.distance, score_cutoff=most, limit=None
            ):
                if other[0] == word[0] or most > 1 or other[:2] == word[1::-1]:
                    near.append((int(distance), other[0] != word[0], -self.lexicon[other], other))
        return min(near)[3] if near else word


class Languages:
    """Tells languages apart by their frequent words (data); words that two of them share do not count."""

    def __init__(self, frequent: Mapping[str, frozenset[str]]) -> None:
        counts = Counter(word for own in frequent.values() for word in own)
        self._own = {lang: frozenset(w for w in own if counts[w] == 1) for lang, own in frequent.items()}

    def guess(self, text: str, share: float = 0.25) -> str | None:
        """Return the language of ``text``, or None when too few words tell or two languages are as likely."""
        tokens = words(text)
        hits = {lang: sum(token in own for token in tokens) for lang, own in self._own.items()}
        ranked = sorted(hits, key=lambda lang: -hits[lang])
        if not ranked or hits[ranked[0]] < max(1, share * len(tokens)):
            return None
        return None if len(ranked) > 1 and hits[ranked[0]] < 2 * hits[ranked[1]] else ranked[0]
