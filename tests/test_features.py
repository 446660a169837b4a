"""Texts as numbers."""

import numpy as np
import pytest

from faqbot.features import Encoder, WordVectors
from faqbot.vectors import DIMENSIONS, quantised


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.fit(["how much is it", "how long is it", "price of a session"], WordVectors.none())


def test_each_kind_of_term_has_unit_length(encoder: Encoder) -> None:
    encoded = encoder.encode("how much is a session")
    stems = encoded.columns < encoder.stem_columns
    assert np.allclose([(encoded.weights[part] ** 2).sum() for part in (stems, ~stems)], 1)


def test_a_rare_stem_weighs_more_than_a_common_one(encoder: Encoder) -> None:
    assert encoder.rarity("price") > encoder.rarity("how")
    assert encoder.rarity("never-seen") == encoder.idf.max()


def test_the_key_forgets_case_and_punctuation_only(encoder: Encoder) -> None:
    assert encoder.encode("How MUCH is it?!").key == encoder.encode("how much is it").key
    assert encoder.encode("how much is").key != encoder.encode("how much is it").key


def test_near_words_stay_near_when_vectors_shrink() -> None:
    random = np.random.default_rng(3)
    base = random.normal(size=(200, 96))
    vectors = np.concatenate([base, base + 0.05 * random.normal(size=base.shape)])
    small = quantised(vectors).astype(float)
    assert small.shape == (400, DIMENSIONS)
    likeness = small @ small.T
    np.fill_diagonal(likeness, -np.inf)
    assert (likeness[:200].argmax(axis=1) == np.arange(200, 400)).mean() > 0.95
