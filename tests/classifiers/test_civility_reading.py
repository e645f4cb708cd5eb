"""What the model is given to read, and where each piece of it stands in the comment as written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.civility.reading import Reader, Tokens, reader, worded
from classifiers.views import View, Views

READER = reader()
VIEWS = Views.of_word_pieces(READER.vocabulary)
PIECES = {number: piece for piece, number in READER.vocabulary.items()}


def pieces(written: str, view: View) -> list[tuple[str, str]]:
    """Each word piece with the stretch of the comment that it points to, white space at the ends left out."""
    found = READER.tokens(view.plain)
    return [(PIECES[number], written[start:end].strip()) for number, (start, end) in _numbered(found)]


def _numbered(tokens: Tokens) -> list[tuple[int, tuple[int, int]]]:
    return list(zip(tokens.ids, tokens.spans, strict=True))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Resign NOW!", [("resign", "Resign"), ("now", "NOW"), ("!", "!")]),
        ("Go 🔥home🔥", [("go", "Go"), ("fire", "🔥"), ("home", "home"), ("fire", "🔥")]),
        ("👍🏿 ok", [("thumbs", "👍🏿"), ("up", "👍🏿"), ("ok", "ok")]),
        ("see https://news.example/x now", [("see", "see"), *[("", "https://news.example/x")] * 2, ("now", "now")]),
        ("hi @a @b_c there", [("hi", "hi"), ("user", "@a @b_c"), ("there", "there")]),
        ("go\u200bod dog", [("good", "go\u200bod"), ("dog", "dog")]),
        ("so  many\n\n\twords", [("so", "so"), ("many", "many"), ("words", "words")]),
        ("Café Zoë", [("cafe", "Café"), ("zoe", "Zoë")]),
        ("with Keir Starmer there", [("with", "with"), ("smith", "Keir Starmer"), ("there", "there")]),
        ("loooooong day", [("long", "loooooong"), ("day", "day")]),
    ],
)
def test_every_piece_points_to_the_words_as_written(written: str, expected: list[tuple[str, str]]) -> None:
    found = pieces(written, VIEWS.of(written)[0])
    assert [where for _, where in found] == [where for _, where in expected]
    assert all(piece == wanted for (piece, _), (wanted, _) in zip(found, expected, strict=True) if wanted)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("k i l l it", [("kill", "k i l l"), ("it", "it")]),
        ("gооd dog", [("good", "gооd"), ("dog", "dog")]),  # two letters are Cyrillic
        ("ｇｏｏｄ dog", [("good", "ｇｏｏｄ"), ("dog", "dog")]),
        ("g00d dog", [("good", "g00d"), ("dog", "dog")]),
    ],
)
def test_a_disguise_undone_still_points_to_the_disguise(written: str, expected: list[tuple[str, str]]) -> None:
    assert pieces(written, VIEWS.of(written)[1]) == expected


def test_a_row_of_handles_or_links_says_no_more_than_one() -> None:
    def words(written: str) -> str:
        return worded(VIEWS.literal(written)).text

    assert words("@a @b\n@c, see") == words("@somebody, see")
    assert words("https://a.example https://b.example/c www.d.example see") == words("https://e.example see")
    assert words("@a and https://b.example") != words("@a and @b")


def test_marks_of_the_network_cannot_be_typed() -> None:
    typed = READER.tokens(VIEWS.literal("[CLS] stop [SEP] [PAD] [MASK] [UNK]")).ids
    marks = {READER.vocabulary[mark] for mark in ("[CLS]", "[SEP]", "[PAD]", "[MASK]", "[UNK]")}
    assert marks.isdisjoint(typed)


def test_a_text_of_any_length_is_read_to_its_end_without_marks() -> None:
    written = "calm words " * 4_000 + "end"
    found = READER.tokens(VIEWS.literal(written))
    assert len(found.ids) == 8_001
    assert found.spans[-1] == (len(written) - 3, len(written))
    assert not {READER.first, READER.last} & set(found.ids)
    assert READER.tokens(VIEWS.literal("")) == Tokens([], [])


def test_many_texts_at_once_give_the_same_pieces_as_one_by_one() -> None:
    texts = ["Thank you @you", "", "🔥🔥 see https://a.example", "Keir Starmer " * 200]
    plain = [VIEWS.literal(written) for written in texts]
    together = READER.ids([worded(each).text for each in plain])
    assert together == [list(READER.tokens(each).ids) for each in plain]


def test_a_vocabulary_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="EOF"):
        Reader(b'{"version": "1.0"')


any_text = st.text(alphabet=st.characters()) | st.text(
    alphabet="aA the @_.:/<>🔥👍🏿🇫🇷\u200b\u200d\ufe0f\ud800\x00\u202eé这\n"
)


@settings(deadline=None)  # a busy machine is no failure
@given(any_text)
def test_pieces_of_any_text_lie_inside_it_in_reading_order(written: str) -> None:
    for view in VIEWS.of(written):
        spans = READER.tokens(view.plain).spans
        assert all(0 <= start < end <= len(written) for start, end in spans)
        assert spans == sorted(spans)
