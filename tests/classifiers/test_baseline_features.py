"""Texts become the same numbers everywhere, whatever stands beside them in the batch."""

import hashlib
import subprocess
import sys

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.baseline.features import BUCKETS, features, grams
from classifiers.text import normalise

texts = st.lists(st.text(alphabet=st.characters()) | st.text(alphabet="ab '*!👍é\n"), max_size=5)


def _buckets(text: str) -> list[int]:
    return [int(bucket) for bucket in features([text]).buckets]


@settings(deadline=None)  # a busy machine is no failure
@given(texts)
def test_a_text_has_the_same_features_in_any_batch(batch: list[str]) -> None:
    batch = [text.replace("\n", " ") for text in batch]
    found = features(batch)
    assert len(found.starts) == len(batch) + 1
    assert found.starts[-1] == len(found.buckets)
    for i, text in enumerate(batch):
        own = found.buckets[found.starts[i] : found.starts[i + 1]]
        assert own.tolist() == _buckets(text)
        assert (np.diff(own) > 0).all()
        assert ((own >= 0) & (own < BUCKETS)).all()


@settings(deadline=None)  # a busy machine is no failure
@given(st.text().map(lambda text: normalise(text).text))
def test_tokens_lie_inside_their_text_in_order(text: str) -> None:
    tokens = grams([text]).tokens
    edges = [edge for pair in zip(tokens.start.tolist(), tokens.end.tolist(), strict=True) for edge in pair]
    assert edges == sorted(edges)
    assert all(text[start:end].strip() for start, end in zip(tokens.start, tokens.end, strict=True))
    assert max(edges, default=0) <= len(text)


def test_words_signs_and_emoji_are_tokens_of_their_own() -> None:
    text = "don't f**k 'up'!? <link> 👍👍 naïve…"
    tokens = grams(["", text]).tokens
    assert [text[start:end] for start, end in zip(tokens.start, tokens.end, strict=True)] == [
        *("don't", "f**k", "'", "up", "'!?", "<link>", "👍", "👍", "naïve", "…")
    ]
    assert set(tokens.document.tolist()) == {1}


def test_a_short_word_has_exactly_the_features_it_should() -> None:
    found = grams(["ab cd"])
    # of "^ab$": three runs of two, two of three, one of four; the word itself; and one pair of words
    assert len(found.bucket) == 2 * (3 + 2 + 1 + 1) + 1
    pair = (found.first != found.last).nonzero()[0]
    assert found.first[pair].tolist() == [0]
    assert found.last[pair].tolist() == [1]


def test_repeating_a_word_adds_only_the_pair_with_itself() -> None:
    assert len(_buckets("word word word")) == len(_buckets("word")) + 1


def test_word_order_and_word_edges_matter() -> None:
    assert _buckets("you hate") != _buckets("hate you")
    assert set(_buckets("art")) - set(_buckets("party"))


def test_a_text_without_tokens_has_no_features() -> None:
    assert features([]).starts.tolist() == [0]
    assert features(["", "  "]).starts.tolist() == [0, 0, 0]


def test_features_are_the_same_in_every_process_and_on_every_machine() -> None:
    script = (
        "import hashlib; from classifiers.baseline.features import features;"
        "found = features(['you are welcome, naïve 👍', \"don't\"]);"
        "print(hashlib.sha256(found.buckets.astype('<i8').tobytes()).hexdigest())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    found = features(["you are welcome, naïve 👍", "don't"])
    here = hashlib.sha256(found.buckets.astype("<i8").tobytes()).hexdigest()
    # the committed weights mean nothing under any other hash
    assert here == done.stdout.strip() == "0ab039d6998e2c9e088100f61511978b4b59fc68d9f5466520b0c1a6724a8928"
