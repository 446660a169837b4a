"""How fast things are, measured here and now, with a baseline in the same run. Returns figures, never prints."""

import multiprocessing
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from faqbot.bot import Bot
from faqbot.matcher import Matcher

SIZES = (64, 1_000, 10_000)
_PHRASINGS = 10
_QUESTIONS = 200
_REPLIES = 500
_LEXICON = 20_000
_SEED = 7


@dataclass(frozen=True)
class Times:
    """Milliseconds: the median, and what 99 of 100 stay under."""

    median: float
    p99: float


@dataclass(frozen=True)
class Scale:
    """One size of corpus: seconds to fit, milliseconds to rank, megabytes at the peak, and a plain baseline's rank."""

    entries: int
    fit_seconds: float
    rank: Times
    baseline: Times
    peak_mb: float


def replies(bot: Bot) -> tuple[Times, Times]:
    """Return the time of whole replies to unseen wording, and of a bare phrasing lookup as the baseline.

    As many other questions come first: a service that has just started compiles its patterns as it meets them.
    """
    phrasings = [p for entry in bot.corpus.entries["en"].values() for p in entry.phrasings]
    asked = [f"{p} {i}" for i, p in enumerate(random.Random(_SEED).sample(phrasings, 2 * _REPLIES))]
    for question in asked[_REPLIES:]:
        bot.reply(question)
    return _times(bot.reply, asked[:_REPLIES]), _times(_nearest(phrasings), asked[:_REPLIES])


def start() -> tuple[float, float]:
    """Return seconds from nothing to a first reply in a new process, and that process's megabytes."""
    program = "import faqbot; faqbot.load().reply('hi'); from faqbot.bench import peak; print(peak())"
    began = time.perf_counter()
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout
    return time.perf_counter() - began, float(out)


def peak() -> float:
    """Return the most memory that this process has held, in megabytes.

    From the system's own file where there is one: ``ru_maxrss`` of a new process starts at what its parent held.
    """
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    kilobytes = next((line.split()[1] for line in lines if line.startswith("VmHWM")), None)
    return int(kilobytes or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024


def scales(sizes: Sequence[int] = SIZES) -> list[Scale]:
    """Return how the matcher does on made-up corpora; each in a process of its own, so that peaks are its own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1, maxtasksperchild=1) as pool:
        return [pool.apply(_scale, (size,)) for size in sizes]


def _scale(entries: int) -> Scale:
    corpus, questions = _made_up(entries)
    began = time.perf_counter()
    matcher = Matcher().fit(corpus)
    seconds = time.perf_counter() - began
    rank = _times(matcher.rank, questions)
    held = peak()
    baseline = _times(_nearest([p for _, phrasings in corpus for p in phrasings]), questions)
    return Scale(entries, seconds, rank, baseline, held)


def _made_up(entries: int) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """Return a corpus of nonsense in which every entry has words of its own, and questions to it."""
    rng = random.Random(_SEED)
    lexicon = ["".join(rng.choice(pair) for pair in ("bdfglmnprstv", "aeiou") * rng.randint(1, 4)) for _ in range(_LEXICON)]
    common = ["how", "what", "is", "the", "do", "i", "can", "my", "for", "it"]
    topics = [rng.sample(lexicon, 8) for _ in range(entries)]

    def line(topic: Sequence[str]) -> str:
        mixed = rng.sample(topic, 3) + rng.sample(common, 4)
        return " ".join(rng.sample(mixed, len(mixed)))

    corpus = [(f"entry-{i}", [line(topic) for _ in range(_PHRASINGS)]) for i, topic in enumerate(topics)]
    return corpus, [line(rng.choice(topics)) for _ in range(_QUESTIONS)]


def _nearest(texts: Sequence[str]) -> Callable[[str], int]:
    """Return the baseline: the nearest phrasing by word TF-IDF, as scikit-learn does it."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer()
    stored = vectorizer.fit_transform(texts)
    return lambda question: int((stored @ vectorizer.transform([question]).T).toarray().argmax())


def _times(run: Callable[[str], object], questions: Sequence[str]) -> Times:
    spent = []
    for question in questions:
        began = time.perf_counter()
        run(question)
        spent.append((time.perf_counter() - began) * 1000)
    return Times(statistics.median(spent), statistics.quantiles(spent, n=100)[98])
