"""How a visitor's words become comparable: strings in, strings out.

Knows nothing of the corpus: lexicons and synonyms are given in as data.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import snowballstemmer
from rapidfuzz.distance import OSA

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
    return [_LONG.sub(r"\1\1", word.replace("'", "")) for word in _WORD.findall(fold(text))]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the stem of one folded word (Porter2)."""
    return _STEMMER.stemWord(word)
