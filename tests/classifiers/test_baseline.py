"""The baseline as it ships: sound on the plain cases, silent on criticism, and it reads long texts to the end."""

import subprocess
import sys
import time
from importlib.resources import files

import pytest

from classifiers import registry
from classifiers.base import Classifier, Item
from classifiers.baseline.reading import MAX_WINDOWS, OVERLAP, WINDOW, split
from classifiers.baseline.weights import WeightsDamaged, read

FILLER = "the committee met on tuesday and talked about the new library roof for an hour. "


@pytest.fixture(scope="module")
def baseline() -> Classifier:
    return registry.load("baseline")


def _score(classifier: Classifier, text: str, label: str) -> float:
    return classifier.classify([Item(text)])[0].scores[label]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I am going to find you and kill you, councillor", "threat"),
        ("All these immigrants are vermin and should be deported", "discrimination"),
        ("You fucking idiot, shut your stupid mouth", "harassment"),
        ("What a load of fucking shit", "profanity"),
        ("Show us your tits, minister", "sexual"),
        ("Earn $5000 a week with bitcoin, message me on Telegram https://t.me/fast_coin", "spam"),
    ],
)
def test_the_plain_cases_score_high(baseline: Classifier, text: str, label: str) -> None:
    assert _score(baseline, text, label) > 0.8


@pytest.mark.parametrize(
    "text",
    [
        "You lied to this town and you should resign.",
        "Worst council in living memory. Shame on every one of you!",
        "I'll fight this bill to the end.",
        "She killed it at the debate last night.",
        "When does the library open on Monday?",
        "Thank you for mending the bridge 👏",
        "Here is the report on the flood: https://news.example/flood",
    ],
)
def test_criticism_idiom_and_ordinary_talk_score_low(baseline: Classifier, text: str) -> None:
    scores = baseline.classify([Item(text)])[0].scores
    assert max(scores.values()) < 0.5, scores


def test_a_disguise_changes_little(baseline: Classifier) -> None:
    plain = _score(baseline, "I will kill you tonight", "threat")
    for disguised in (
        "I w1ll k1ll you ton1ght",
        "I will k\u200bill y\u200bou tonight",
        "Ｉ ｗｉｌｌ ｋｉｌｌ ｙｏｕ ｔｏｎｉｇｈｔ",
    ):
        assert _score(baseline, disguised, "threat") == pytest.approx(plain, abs=0.05)


def test_a_span_shows_the_words_that_push_the_label(baseline: Classifier) -> None:
    text = "Thank you for the letter. 𝓨ou fuck1ng idiot."
    spans = baseline.classify([Item(text)])[0].spans
    shown = " ".join(text[span.start : span.end] for span in spans if span.label == "profanity")
    assert "fuck1ng" in shown
    assert "letter" not in shown


def test_low_scores_have_no_spans(baseline: Classifier) -> None:
    assert baseline.classify([Item("When does the library open?")])[0].spans == ()


@pytest.mark.parametrize("before", [0, 1_795, 1_990, 30_000, 99_900])
def test_a_long_text_is_read_to_its_end(baseline: Classifier, before: int) -> None:
    threat = "I am going to find you and kill you tonight, I swear. "
    calm = (FILLER * 2_000)[:before]
    text = calm + " " + threat * 16 + FILLER * 3
    result = baseline.classify([Item(text)])[0]
    assert _score(baseline, FILLER * 30, "threat") < 0.3
    assert result.scores["threat"] > 0.5
    spans = [span for span in result.spans if span.label == "threat"]
    assert any(span.start >= before and "kill" in text[span.start : span.end] for span in spans)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One sentence only", ["One sentence only"]),
        ("The first of them. And the second one!", ["The first of them. ", "And the second one!"]),
        ("No. Yes. Well, I never said that.", ["No. Yes. Well, I never said that."]),
        ("A line without a stop\n\nand another line", ["A line without a stop\n\n", "and another line"]),
        ("This is long enough… ok", ["This is long enough… ok"]),
        ("Version 3.11 costs 4.50 a month", ["Version 3.11 costs 4.50 a month"]),
        ("", [""]),
    ],
)
def test_sentences_are_cut_where_a_reader_would(text: str, sentences: list[str]) -> None:
    assert split(text) == sentences


def test_calm_sentences_around_an_insult_do_not_hide_it(baseline: Classifier) -> None:
    calm = "Good morning, councillor. I read your letter about the library roof. "
    hidden = f"{calm} You fucking idiot, shut your stupid mouth. {calm}"
    assert _score(baseline, calm, "harassment") < 0.2
    assert _score(baseline, hidden, "harassment") > 0.5


def test_an_enormous_text_costs_a_bounded_time(baseline: Classifier) -> None:
    began = time.perf_counter()
    baseline.classify([Item(FILLER * 1_250)])  # 100,000 characters
    baseline.classify([Item("x y " * 2_500_000)])
    assert time.perf_counter() - began < 5
    assert MAX_WINDOWS * (WINDOW - OVERLAP) > 100_000


def test_a_text_with_nothing_in_it_scores_nothing(baseline: Classifier) -> None:
    assert set(baseline.classify([Item(" \u200b\n")])[0].scores.values()) == {0.0}


def test_weights_that_are_not_those_of_the_card_are_refused() -> None:
    content = files("classifiers.baseline").joinpath("weights.npz").read_bytes()
    with pytest.raises(WeightsDamaged, match=r"card\.toml says abc"):
        read(content, "abc")


def test_the_baseline_needs_no_training_library() -> None:
    script = (
        "import sys\n"
        "for name in ('sklearn', 'scipy', 'torch', 'transformers'): sys.modules[name] = None\n"
        "from classifiers import registry; from classifiers.base import Item\n"
        "print(len(registry.load('baseline').classify([Item('hello')])))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"
