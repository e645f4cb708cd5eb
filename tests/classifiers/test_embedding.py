"""Vectors of texts by the bundled model, and what it remembers."""

import numpy as np
import pytest

from classifiers import embedding
from classifiers.base import Item
from classifiers.civility.classifier import Civility, load


@pytest.fixture(scope="module")
def model() -> Civility:
    mine = load()
    embedding.use(mine)
    return mine


def test_a_vector_is_of_length_one_and_nearer_to_what_says_the_same(model: Civility) -> None:
    vectors = embedding.embed(
        ["When does the new bus line start?", "What day will the new bus begin to run?", "My cat likes fish."]
    )
    assert vectors.shape == (3, embedding.WIDTH)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-3)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_no_texts_have_no_vectors(model: Civility) -> None:
    assert embedding.embed([]).shape == (0, embedding.WIDTH)


def test_a_text_whose_vector_was_asked_for_is_not_read_twice(model: Civility, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Nobody has written this sentence here before."
    embedding.embed([text])
    fresh = load().classify([Item(text)])
    monkeypatch.setattr(model, "_run", lambda tokens: pytest.fail("the network ran again"))
    assert model.classify([Item(text)]) == fresh


def test_it_remembers_no_more_than_it_is_asked_to(model: Civility) -> None:
    mine = load()
    assert mine.classify([Item("one")]) == mine.classify([Item("one")])
    mine.keep(2)
    for text in ("one", "two", "three"):
        mine.embed([text])
    assert len(mine._kept._rows) == 2
