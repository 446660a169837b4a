"""The second opinion: does it read as the network it was made from, is it asked in doubt alone, does its making hold?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from faqbot.crisis import CrisisDetector
from faqbot.danger.encoder import Encoder
from faqbot.danger.messages import Message
from faqbot.danger.training import Lesson
from faqbot.danger.tuning import _labels, rounded, varied
from faqbot.files import shipped

ENCODER = Encoder(shipped("data") / "crisis" / "encoder.npz")
READ = {
    "everyone would be fine if i was gone": (6.15, 2.53),
    "ya no quiero despertar": (6.08, 5.26),
    "my cousin swallowed them all and will not wake up": (6.21, 6.73),
    "this paperwork is killing me , do you take unaffordablecare ?": (-5.72, -6.37),
}
"""Log-odds of danger and of an emergency, as PyTorch and Transformers compute them from the same weights."""


@pytest.mark.parametrize("text", READ)
def test_it_reads_as_the_network_it_was_made_from(text):
    assert ENCODER.opinion(text.split()) == pytest.approx(READ[text], abs=0.02)


def test_it_reads_on_one_thread(monkeypatch):
    threads = []

    def layer(x):
        threads.extend(pool["num_threads"] for pool in threadpool_info())
        return x

    monkeypatch.setitem(vars(ENCODER), "_layers", [layer])
    with threadpool_limits(2):
        ENCODER.opinion(["help"])
    assert set(threads) == {1}


def test_the_order_of_words_counts():
    words = "he wants to hurt me , not i him".split()
    assert abs(ENCODER.opinion(words) - ENCODER.opinion(words[::-1])).max() > 0.5


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=120))
def test_it_reads_anything(tokens):
    assert np.isfinite(ENCODER.opinion(tokens)).all()


DOUBTFUL = (
    "i bought the rope for the swing and wrote her a letter",
    "i gave the dog to my neighbor and paid the rent early",
    "they would all sleep better if i did not come home",
    "how far is the drop from your roof",
)
"""Words alone leave some of these in doubt, whatever was learned."""


class _Counted:
    """Counts how often the encoder is asked."""

    def __init__(self, encoder):
        self.encoder, self.asked = encoder, 0

    def opinion(self, tokens):
        self.asked += 1
        return self.encoder.opinion(tokens)


@pytest.mark.parametrize("text", ["do you take aetna", "how long is iop", "can i keep working"])
def test_it_is_asked_in_doubt_alone(monkeypatch, text):
    detector = CrisisDetector.load()
    counted = _Counted(detector._model._encoder)
    monkeypatch.setattr(detector._model, "_encoder", counted)
    detector.detect(text)
    assert counted.asked == 0
    for doubtful in DOUBTFUL:
        detector.detect(doubtful)
    assert counted.asked


def test_rounded_weights_are_near():
    weights = np.random.default_rng(0).normal(size=(30, 20))
    whole, factors = rounded(weights)
    assert abs(whole * factors - weights).max() <= factors.max() / 2 * 1.001 and whole.dtype == np.int8


def test_varied_messages_keep_their_words():
    draw = np.random.default_rng(1)
    made = [varied("i cannot keep myself safe", ["do you take aetna ?"], draw) for _ in range(400)]
    beside = [text for text in made if "aetna" in text or "take" in text]
    assert 0.1 < len(beside) / len(made) < 0.3
    assert any(text.startswith("do you") for text in beside) and sum("safe" in text for text in made) > 300
    assert all(abs(len(text) - len("i cannot keep myself safe")) <= 1 for text in made if text not in beside)


def test_everyday_lines_are_learned_as_ordinary():
    messages = [Message("a", "emergency", "overdose", "other", "one"), Message("b", "concern", "suicide", "self", "one")]
    labels, counts = _labels(Lesson(messages, None, np.array(["none"] * 2)), 3)
    assert labels[:2, :2].tolist() == [[1, 1], [1, 0]] and not labels[2:].any()
    assert counts[2:, :2].all() and not counts[2:, 2:].any() and counts[1, 1] < counts[0, 1] == 1
