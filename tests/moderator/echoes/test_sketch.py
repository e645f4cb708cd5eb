"""What a text is boiled down to tells copies from others, whatever the copies wear."""

import pytest

from moderator.echoes import sketch

SAID = "Rowan Ellery sold our bus station to a friend of hers and nobody in this town was ever asked about it"


def _likeness(one: str, other: str) -> float:
    stored = sketch.sketches([one, other])
    assert stored[0]
    assert stored[1]
    return float(sketch.likeness(sketch.read([stored[0]]), sketch.read([stored[1]]))[0])


@pytest.mark.parametrize(
    "copy",
    [
        SAID.upper() + "!!!",
        "😡😡 " + SAID.replace(" ", " 😡 ") + " 😡",
        SAID.replace("o", "0").replace("s", "$").replace("l", "1"),
        SAID.replace("a", "а").replace("o", "о"),  # Cyrillic
        "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in SAID),  # full width
        "\u200b".join(SAID),
        "\u0336".join(SAID),
        " ".join(SAID.replace(" ", "")),
        SAID.replace(" ", ""),
        SAID.replace("o", "ooooo"),
        SAID.replace(" ", "... "),
    ],
)
def test_a_copy_in_any_dress_is_the_same(copy: str) -> None:
    assert _likeness(SAID, copy) > 0.9


@pytest.mark.parametrize(
    "copy",
    [
        "Hey everyone, " + SAID + ", so share this!",
        SAID.replace("Rowan", "Rowen").replace("station", "staton"),
        SAID.replace("sold", "gave away"),
        "nobody in this town was ever asked about it, Rowan Ellery sold our bus station to a friend of hers and",
        SAID.replace("our", "our lovely").replace("nobody", "honestly nobody"),
    ],
)
def test_a_copy_with_words_changed_is_nearly_the_same(copy: str) -> None:
    assert 0.5 <= _likeness(SAID, copy) < 1


@pytest.mark.parametrize(
    "other",
    [
        "The bus station was sold, and I think that Rowan Ellery was right to do it",
        "Why did nobody ask us about the bus station before it went?",
        "Buy the tea of my friend, it is cheap and good for everybody in the town",
    ],
)
def test_what_merely_speaks_of_the_same_is_something_else(other: str) -> None:
    assert _likeness(SAID, other) < 0.4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡",
        "Well said indeed!",
        "I am so on it",  # fewer than twenty letters
        "Congratulations Councillor Henderson",  # three words
        "ha " * 500,
        "a" * 100_000,
        "\ud800" * 30,
    ],
)
def test_who_says_too_little_is_never_counted(text: str) -> None:
    assert sketch.sketches([text]) == [None]


def test_other_scripts_and_broken_characters_are_compared_as_well() -> None:
    russian = "Сегодня мы снова идём голосовать против закрытия нашей больницы"
    assert _likeness(russian, russian.upper() + "!") > 0.9
    assert _likeness(SAID, SAID.replace("sold", "so\ud800ld")) > 0.5


def test_a_text_is_boiled_down_the_same_alone_and_among_others() -> None:
    texts = [
        SAID,
        "no",
        SAID + " and that is a shame",
        "Quite another thing was said in this place today",
        "",
        "aab" * 9,
    ]
    together = sketch.sketches(texts)
    assert [sketch.sketches([text])[0] for text in texts] == together
    assert {len(each) for each in together if each} == {2 * sketch.HASHES}


def test_no_more_is_read_than_the_beginning() -> None:
    assert sketch.sketches([SAID * 1_000]) == sketch.sketches([(SAID * 1_000)[: sketch.READ]])
