"""Letters that mean nothing, and the many things that only look like it."""

import pytest

from classifiers import registry
from classifiers.base import Classifier, Item
from classifiers.gibberish.letters import plain


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return registry.load("gibberish")


def score(classifier: Classifier, text: str) -> float:
    return classifier.classify([Item(text)])[0].scores["gibberish"]


@pytest.mark.parametrize(
    "text",
    ["lkjhgfdsa poiuytrewq", "wfkjehf kwjehf kwejfh", "bvxcnm zqwrt plkjh", "SDKFJH SDKJFH", "dhdhfj fjfjdh dhdhd jfj"],
)
def test_a_keyboard_that_was_hit_is_gibberish(classifier: Classifier, text: str) -> None:
    assert score(classifier, text) >= 0.5


@pytest.mark.parametrize(
    "text",
    [
        "Aoife Ní Chonchúir and Gwenllian ap Rhydderch spoke well",
        "Llanfairpwllgwyngyll to Ynysybwl by bus",
        "hahahahahahahaha",
        "BSc PGCE FRSA",
        "Köszönöm szépen a segítséget",
        "@xkcdqwrtz @bvnmzx",
        "https://example.org/aXkq8Zx7Qwv",
        "👏👏👏 👏👏👏",
        "हम सब आपके साथ हैं",
        "xkqjzv",
        "",
    ],
)
def test_names_languages_laughter_and_short_texts_are_not(classifier: Classifier, text: str) -> None:
    assert score(classifier, text) < 0.5


def test_the_words_and_the_reason_are_told(classifier: Classifier) -> None:
    text = "Well, xkqjzvb vbwptq mqrzlk kfjxwd"
    result = classifier.classify([Item(text)])[0]
    assert {text[span.start : span.end] for span in result.spans} == {"xkqjzvb", "vbwptq", "mqrzlk", "kfjxwd"}
    assert result.because["gibberish"] == ("Its letters stand in an order that hardly occurs in writing: 4 of 5 words.")


def test_an_ordinary_comment_has_no_reason(classifier: Classifier) -> None:
    assert classifier.classify([Item("When is the surgery open?")])[0].because == {}


@pytest.mark.parametrize("text", ["İstanbul ﬁne ½ ǅ", "École 👩‍👩‍👧 é\u0301", "a@b.c www.x.y #z \ud800"])
def test_what_is_read_is_as_long_as_what_was_written(text: str) -> None:
    assert len(plain(text)) == len(text)
