"""Learning from the corpus, and keeping what was learned: one file per language in the cache folder.

The file's name holds the hash of the data and of the code that learns, so an edit of either makes the
next start learn anew. The same data give the same bytes.
"""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from faqbot import conversation, decision, features, linear, matcher, text
from faqbot.cases import Case, read_cases
from faqbot.conversation import KINDS, Corrections, lead_in, views
from faqbot.corpus import Corpus, Vocabulary
from faqbot.decision import Blend, Decision, learn_blend
from faqbot.errors import DataError, Problem
from faqbot.features import Encoder, WordVectors
from faqbot.files import cache_dir, content_hash, write_whole
from faqbot.matcher import Matcher, Model, Ranking
from faqbot.text import Speller

OWN = "{site}:{id}"
"""How the matcher calls an entry that only one site has."""
_PARTS = ("stored", "linear", "outside")


@dataclass(frozen=True)
class Learned:
    """What one language's corpus taught: how to rank, and when a ranking is good enough."""

    matcher: Matcher
    blends: Mapping[str, Blend]
    """Kind of message, as told by ``conversation.views`` -> how its views add up."""


def learned(corpus: Corpus, lang: str) -> Learned:
    """Return what the corpus teaches, from the cache when it is there."""
    path = artifact(corpus, lang)
    vectors = WordVectors.load(corpus.root / "vectors.npz")
    if path.exists():
        return load(path, vectors)
    result = train(corpus, lang)
    write_whole(path, dump(result))
    return result


def artifact(corpus: Corpus, lang: str) -> Path:
    """Return where the learned file of a corpus is kept."""
    calibration = f"cases/calibration-{lang}.jsonl"
    parts = (f"faq/{lang}", "sites", "off-topic.yaml", "vocabulary.yaml", "vectors.npz", calibration)
    return cache_dir() / f"{lang}-{content_hash(corpus.root, parts)[:16]}-{_code()}.npz"


def train(corpus: Corpus, lang: str) -> Learned:
    """Learn to rank from the entries, and when to answer from the calibration cases."""
    vectors = WordVectors.load(corpus.root / "vectors.npz")
    entries = list(_material(corpus, lang))
    background = [line for kinds in corpus.off_topic.values() for lines in kinds.values() for line in lines]
    ranker = Matcher(vectors, synonyms(corpus.vocabulary), corpus.vocabulary.filler).fit(entries, background)
    shared = ranker.mask(corpus.entries[lang])
    seen: dict[str, list[tuple[list[Ranking], frozenset[str]]]] = {}
    meant = corrections(corpus.vocabulary).meant
    for case, before in _settings(read_cases(corpus.root / "cases" / f"calibration-{lang}.jsonl")):
        kind, texts = views(meant(case.text) if before else case.text, before)
        seen.setdefault(kind, []).append(([ranker.ranking(text, shared) for text in texts], case.right))
    if missing := [kind for kind in KINDS if kind not in seen]:
        raise DataError([Problem(f"cases/calibration-{lang}.jsonl", 0, "", "error", f"add cases of each kind; none is a {' or a '.join(missing)}")])
    return Learned(ranker, {kind: learn_blend(seen[kind]) for kind in KINDS})


def synonyms(vocabulary: Vocabulary) -> dict[tuple[str, ...], str]:
    """Return the words of every term that means the same as another, and that other."""
    return {tuple(text.words(term)): word for word, terms in vocabulary.synonyms.items() for term in terms}


def corrections(vocabulary: Vocabulary) -> Corrections:
    """Return how visitors say that they meant something else."""
    known = vocabulary.corrections
    denials, doubts = (tuple(f"{' '.join(text.words(term))} " for term in terms) for terms in (known.denials, known.doubts))
    return Corrections(frozenset(known.refusals), denials, doubts)


def _settings(cases: Sequence[Case]) -> Iterator[tuple[Case, str]]:
    """Yield every case of one part, and the message before it: none, its own, or one about something else."""
    simple = [case for case in cases if case.simple]
    for i, case in enumerate(simple):
        yield case, ""
        other = simple[i - len(simple) // 2].text
        if views(case.text, other) != views(case.text, ""):
            yield case, other
    for case in cases:
        if case.history and len(case.expect) < 2:
            yield case, lead_in(case.history)


def _material(corpus: Corpus, lang: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield (name, phrasings) of every entry, those of single sites included."""
    extra: dict[str, list[str]] = {}
    own: list[tuple[str, tuple[str, ...]]] = []
    for name, site in corpus.sites.items():
        for id_, entry in site.entries.items():
            if id_ in corpus.entries[lang]:
                extra.setdefault(id_, []).extend(entry.phrasings)
            elif site.lang == lang:
                own.append((OWN.format(site=name, id=id_), (entry.question or id_, *entry.phrasings)))
    for id_, shared in corpus.entries[lang].items():
        yield id_, tuple(dict.fromkeys((shared.question, *shared.phrasings, *extra.get(id_, ()))))
    yield from own


@cache
def _code() -> str:
    """Return a hash of the modules that learn and rank."""
    digest = hashlib.sha256()
    for module in (text, features, linear, matcher, decision, conversation):
        digest.update(Path(str(module.__file__)).read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()[:12]


def dump(what: Learned) -> bytes:
    """Return what was learned as the bytes of an .npz file; the same for the same corpus."""
    model = what.matcher.model_
    encoder = model.encoder
    facts = {
        "ids": what.matcher.ids_,
        "texts": model.texts,
        "stems": [sorted(stems) for stems in model.stems],
        "keys": model.keys,
        "columns": list(encoder.columns),
        "stem_columns": encoder.stem_columns,
        "lexicon": encoder.speller.lexicon,
        "synonyms": [[list(terms), word] for terms, word in encoder.synonyms.items()],
        "filler": sorted(encoder.filler),
        "blends": {kind: asdict(blend) for kind, blend in what.blends.items()},
    }
    arrays: dict[str, Any] = {
        "facts": np.frombuffer(json.dumps(facts, ensure_ascii=False).encode(), np.uint8),
        "weights": what.matcher.weights_,
        "idf": encoder.idf,
        "starts": model.starts,
    }
    for part in _PARTS:
        arrays |= {f"{part}.{name}": array for name, array in getattr(model, part).arrays().items()}
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def load(path: Path, vectors: WordVectors) -> Learned:
    """Return what ``dump`` saved."""
    with np.load(path) as data:
        arrays = dict(data)
    facts = json.loads(bytes(arrays["facts"]))
    parts = {
        part: linear.from_arrays({k.split(".")[1]: v for k, v in arrays.items() if k.startswith(f"{part}.")})
        for part in _PARTS
    }
    terms = {tuple(term): word for term, word in facts["synonyms"]}
    encoder = Encoder(
        dict(zip(facts["columns"], range(len(arrays["idf"])), strict=True)),
        arrays["idf"],
        facts["stem_columns"],
        Speller(facts["lexicon"], vectors.rows),
        terms,
        frozenset(facts["filler"]),
        vectors,
    )
    stems = tuple(map(frozenset, facts["stems"]))
    ranker = Matcher(vectors, terms, facts["filler"])
    ranker.ids_, ranker.weights_, ranker.held_out_ = tuple(facts["ids"]), arrays["weights"], []
    ranker.model_ = Model(
        encoder, tuple(facts["texts"]), arrays["starts"], stems=stems, lexicon=frozenset().union(*stems),
        keys=facts["keys"], **parts,
    )  # fmt: skip
    blends = {kind: Blend(tuple(row["weights"]), Decision(**row["decision"])) for kind, row in facts["blends"].items()}
    return Learned(ranker, blends)
