"""The bundled model's classifier around a tiny network: whatever the weights, so is a comment read and told."""

import hashlib
import math
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from classifiers.base import Classifier, Explainer, Item, Result, Span
from classifiers.civility import classifier as room
from classifiers.civility.classifier import OBFUSCATION, Civility, ModelDamaged, load
from classifiers.civility.occlusion import MOST_LOOKS
from classifiers.civility.reading import OVERLAP, WINDOW, Tokens, reader
from classifiers.testing import CHECKS, Example
from tests.classifiers import tiny

SHORT = [
    "Thank you for the new bus line.",
    "what a donkey you are",
    "x",
    "NO! 7 times no",
    "d o n k e y you",
    "",
    "🔥🔥",
]
LONG = "the new bus line is late again and nobody tells us why " * 40


@pytest.fixture(scope="module")
def model() -> bytes:
    return tiny.civility_model(tiny.civility_network())


@pytest.fixture(scope="module")
def civility(model: bytes) -> Civility:
    return Civility(model, reader(), tiny.CIVILITY_CARD, threads=2)


def scored(civility: Civility, *texts: str) -> list[Result]:
    return civility.classify([Item(text) for text in texts])


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_it_keeps_the_contract(civility: Civility, check: Callable[[Classifier, Sequence[Example]], None]) -> None:
    check(civility, [Example(Item("what a donkey"), {"harassment": ">=0.9", "threat": "<0.5"})])


def test_each_label_is_read_from_its_own_column_of_the_network(civility: Civility) -> None:
    assert civility.labels == (*tiny.CIVILITY_CARD["calibration"], OBFUSCATION)
    for label, word in tiny.LOUD.items():
        (result,) = scored(civility, f"there goes a {word} again")
        assert [found for found, score in result.scores.items() if score >= 0.5] == [label]


def test_a_score_is_the_logit_through_slope_and_intercept(civility: Civility, model: bytes) -> None:
    steep = {label: {"slope": 2.0, "intercept": 1.5} for label in tiny.CIVILITY_CARD["calibration"]}
    other = Civility(model, reader(), {**tiny.CIVILITY_CARD, "calibration": steep}, threads=1)
    for label, (score, again) in _both(scored(civility, SHORT[0])[0], scored(other, SHORT[0])[0]).items():
        if label != OBFUSCATION:
            logit = (math.log(score / (1 - score)) + 0.2) / 0.9
            assert again == pytest.approx(1 / (1 + math.exp(-2 * logit - 1.5)), abs=1e-6)


def test_a_result_depends_on_neither_batch_nor_order(civility: Civility) -> None:
    texts = [*SHORT, LONG, LONG + "thunder", *SHORT]
    alone = [scored(civility, text)[0] for text in texts]
    order = random.Random(5).sample(range(len(texts)), len(texts))
    assert scored(civility, *texts) == alone
    assert scored(civility, *[texts[place] for place in order]) == [alone[place] for place in order]


def test_the_worst_window_of_a_long_text_counts_and_is_told(civility: Civility) -> None:
    written = LONG + "you donkey! " + LONG
    calm, result = scored(civility, LONG * 2, written)
    assert result.scores["harassment"] >= 0.9 > 0.5 > calm.scores["harassment"]
    (span,) = result.spans
    place = written.index("donkey")
    assert (span.label, span.start < place, span.end > place + 6) == ("harassment", True, True)
    assert written[span.start : span.end] == written[span.start : span.end].strip()
    assert len(reader().ids([written[span.start : span.end]])[0]) <= WINDOW
    assert calm.spans == ()


def test_a_text_of_one_window_tells_no_stretch(civility: Civility) -> None:
    (result,) = scored(civility, "you donkey! " + "so late again " * 20)
    assert result.scores["harassment"] >= 0.9
    assert result.spans == ()


def test_a_word_among_three_hundred_others_is_reached_wherever_it_stands(civility: Civility) -> None:
    before = LONG.split()[:300]
    texts = [" ".join([*before[:place], "thunder", *before[place:]]) for place in range(0, 301, 5)]
    assert min(result.scores["threat"] for result in scored(civility, *texts)) >= 0.9


def test_a_word_at_the_edge_of_a_window_is_seen_with_its_neighbours_in_another(civility: Civility) -> None:
    windows = [window.tokens for window in civility._windows(civility._views.of(LONG))]
    assert len(windows) > 3
    for left, right in pairwise(windows):
        assert left.spans[-OVERLAP][0] >= right.spans[0][0]


def test_a_text_with_more_pieces_than_windows_is_told_to_be_read_in_part(civility: Civility) -> None:
    signs, words = ".," * 4_900, "calm words " * 800
    assert ["read_in_part" in result.doubts for result in scored(civility, signs, words)] == [True, False]


def test_disguised_text_is_scored_as_written_and_undone_and_the_view_is_told(civility: Civility) -> None:
    clean, disguised = scored(civility, "you donkey you", "you d o n k e y you")
    assert disguised.scores["harassment"] == pytest.approx(clean.scores["harassment"], abs=1e-6)
    assert disguised.views["harassment"] == "joined"
    assert disguised.scores[OBFUSCATION] >= 0.9
    assert (clean.views, clean.scores[OBFUSCATION]) == ({}, 0.0)


def test_the_worse_of_both_views_counts(civility: Civility) -> None:
    written = "you d o n k e y, thunder"
    undone = civility._views.of(written)[1].plain.text
    literal, worse = scored(civility, "thunder and thunder", written)
    assert undone == "you donkey, thunder"
    assert min(worse.scores["harassment"], worse.scores["threat"]) >= 0.9
    (as_undone,) = scored(civility, undone)
    assert all(worse.scores[label] >= score - 1e-6 for label, score in as_undone.scores.items())
    assert literal.scores["threat"] >= 0.9


def test_a_comment_in_another_language_is_doubted(civility: Civility) -> None:
    french, english, unsure = scored(
        civility, "Je ne suis pas du tout d'accord avec cette décision du maire.", "You said that it would come.", "ok"
    )
    assert (french.language, french.doubts) == ("fr", ("other_language",))
    assert (english.language, english.doubts) == ("en", ())
    assert (unsure.language, unsure.doubts) == ("", ())


@pytest.mark.parametrize(
    "written",
    [
        "",
        " \n\t",
        "donkey " * 28_600,
        "donkey" * 1_600,
        random.Random(3).randbytes(3_000).decode("latin-1"),
        "\x7fELF\x02\x01\x01\x00\x00 donkey \x00\xff",
        "\ud800donkey \udfff",
        "\x00\x00 donkey\x00",
        "🔥🖕🏿👨\u200d👩\u200d👧🇫🇷🇽" * 50,
        "\u202eyeknod a\u202c donkey",
        "a" + "\u0336" * 20_000,
    ],
    ids=["empty", "blank", "200,000", "one word", "bytes", "binary", "surrogates", "nul", "emoji", "override", "marks"],
)
def test_garbage_gives_defined_results(civility: Civility, written: str) -> None:
    (result,) = scored(civility, written)
    assert set(result.scores) == set(civility.labels)
    assert all(math.isfinite(score) and 0 <= score <= 1 for score in result.scores.values())
    assert all(0 <= span.start < span.end <= len(written) for span in result.spans)
    if " donkey" in written:
        assert result.scores["harassment"] >= 0.9
    for span in civility.explain(Item(written), ["harassment"]):
        assert 0 <= span.start < span.end <= len(written)


def test_eight_threads_get_what_one_gets(civility: Civility) -> None:
    texts = [*SHORT, LONG, "Je suis d'accord avec vous, monsieur le maire"]
    alone = scored(civility, *texts), civility.embed(texts), civility.explain(Item(texts[1]), ["harassment"])
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda _: _same(civility, texts, alone), range(16)):
            pass


def _same(civility: Civility, texts: Sequence[str], alone: tuple[list[Result], room.Floats, tuple[Span, ...]]) -> None:
    assert scored(civility, *texts) == alone[0]
    assert np.array_equal(civility.embed(texts), alone[1])
    assert civility.explain(Item(texts[1]), ["harassment"]) == alone[2]


# --- embeddings ----------------------------------------------------------------------------------------------------


def test_embeddings_are_unit_vectors_one_for_each_text(civility: Civility) -> None:
    vectors = civility.embed([*SHORT, LONG])
    assert vectors.shape == (len(SHORT) + 1, 48)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors[0] @ civility.embed([SHORT[0].upper()])[0] == pytest.approx(1, abs=1e-5)
    assert vectors[0] @ vectors[1] < 0.99


def test_no_texts_give_no_embeddings_of_the_real_width(civility: Civility) -> None:
    assert civility.embed([]).shape == (0, 384)


# --- explanations --------------------------------------------------------------------------------------------------


def told(civility: Civility, written: str, *labels: str) -> list[tuple[str, str]]:
    return [(span.label, written[span.start : span.end]) for span in civility.explain(Item(written), labels)]


def test_it_explains(civility: Civility) -> None:
    assert isinstance(civility, Explainer)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Well, what a donkey you are", [("harassment", "donkey")]),
        ("There is thunder, you DONKEY!", [("threat", "thunder,"), ("harassment", "DONKEY!")]),
        ("you d o n k e y you", [("harassment", "d o n k e y")]),
        ("you don\u200bkey you", [("harassment", "don\u200bkey")]),
        ("donkey", [("harassment", "donkey")]),
        ("a calm and friendly word", []),
        ("", []),
    ],
)
def test_the_words_that_carry_a_score_are_told_as_written(
    civility: Civility, written: str, expected: list[tuple[str, str]]
) -> None:
    assert told(civility, written, "threat", "harassment") == expected


def test_only_what_is_asked_for_is_explained(civility: Civility) -> None:
    written = "thunder and donkey and mustard"
    assert told(civility, written, "spam") == [("spam", "mustard")]
    assert told(civility, written) == []
    assert told(civility, written, OBFUSCATION, "no such label") == []


def test_of_a_long_text_the_words_of_the_worst_window_are_told_in_few_looks(
    civility: Civility, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Tokens] = []
    run = civility._run

    def counted(tokens: Tokens) -> tuple[room.Floats, room.Floats]:
        looks.append(tokens)
        return run(tokens)

    monkeypatch.setattr(civility, "_run", counted)
    written = LONG + "you donkey " + LONG
    windows = len(civility._windows(civility._views.of(written)))
    ((label, words),) = told(civility, written, "harassment")
    assert label == "harassment"
    assert "donkey" in words.split()
    assert len(words.split()) <= 3
    assert len(looks) <= windows + MOST_LOOKS + 1


@pytest.mark.parametrize("seed", range(12))
def test_what_is_told_begins_and_ends_with_words(civility: Civility, seed: int) -> None:
    draw = random.Random(seed)
    words = [
        "donkey",
        "thunder!",
        "unbelievably",
        "(well)",
        "don't",
        "👍🏿",
        "schoolmistress,",
        "so\u200bon",
        "7",
        "Zoë",
    ]
    written = " ".join(draw.choices(words, k=draw.randint(1, 90)))
    for span in civility.explain(Item(written), ["harassment", "threat"]):
        assert 0 <= span.start < span.end <= len(written)
        assert span.start == 0 or written[span.start - 1] == " "
        assert span.end == len(written) or " " in (written[span.end], written[span.end - 1])


# --- the committed file --------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path, model: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the bundled model's, with the tiny model in it."""
    vocabulary = files("classifiers.civility").joinpath("tokenizer.json").read_bytes()
    calibration = "\n".join(
        f"{label} = {{ slope = 0.9, intercept = -0.2 }}" for label in tiny.CIVILITY_CARD["calibration"]
    )
    digests = "\n".join(
        f'"{name}" = "{hashlib.sha256(content).hexdigest()}"'
        for name, content in (("model.onnx", model), ("tokenizer.json", vocabulary))
    )
    tmp_path.joinpath("model.onnx").write_bytes(model)
    tmp_path.joinpath("tokenizer.json").write_bytes(vocabulary)
    tmp_path.joinpath("card.toml").write_text(
        f'version = "tiny"\noutputs = {tiny.CIVILITY_CARD["outputs"]}\n'
        f"[files]\n{digests}\n[calibration]\n{calibration}\n",
        "utf-8",
    )
    monkeypatch.setattr(room, "files", lambda _: tmp_path)
    return tmp_path


def test_the_model_of_the_card_is_loaded(place: Path, civility: Civility) -> None:
    assert load().classify([Item(SHORT[1])]) == scored(civility, SHORT[1])


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: b"X" + content[1:], lambda _: b""])
def test_a_damaged_file_is_refused_by_name(place: Path, name: str, damage: Callable[[bytes], bytes]) -> None:
    place.joinpath(name).write_bytes(damage(place.joinpath(name).read_bytes()))
    with pytest.raises(ModelDamaged, match=name):
        load()


def _both(one: Result, other: Result) -> dict[str, tuple[float, float]]:
    return {label: (score, other.scores[label]) for label, score in one.scores.items()}
