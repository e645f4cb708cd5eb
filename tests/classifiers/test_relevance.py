"""What is off topic, what turns away from a post, and what never counts as either."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from classifiers.base import Item, Missing, NotGathered, Page
from classifiers.embedding import embed
from classifiers.relevance import classifier as room
from classifiers.relevance.classifier import QUOTED, Relevance, load
from classifiers.relevance.reading import READ, read
from classifiers.relevance.weights import LABELS, WeightsDamaged
from classifiers.relevance.weights import read as read_weights
from classifiers.training.relevance import sheets

POST = (
    "The children's centre on Alma Street gets its garden back. Work on the fence begins on Monday and the gate to the "
    "park will be open again by the end of June. Thank you to the parents who wrote to us."
)
FOOTBALL = "Our striker scored twice in the second half last night and the keeper saved a penalty, what a match it was."
TURN = "Never mind fences, what about the money that vanished from the clinic? Why won't you talk about that scandal?"

REACTIONS = (
    "Well said!",
    "👏👏👏",
    "Thanks",
    "Shame on you",
    "Resign!!!",
    "You are a disgrace and you always were",
    "Thank you so much for everything that you do for us all",
    "What a load of absolute rubbish, you should be ashamed of yourself",
    "Bravo 🌳",
    "God bless you and your family",
    "LOL",
    "liar liar liar liar liar liar liar liar",
    "Congratulations to you all, so very happy, wonderful, amazing news",
    "I will never vote for you or your party ever again",
    "Best MP we have ever had, keep up the good work",
)
QUESTIONS = (
    "When does your office open on Fridays?",
    "Will you come to our school?",
    "Do you read your own letters, minister?",
)


@pytest.fixture(scope="module")
def relevance() -> Relevance:
    return load()


def _of(relevance: Relevance, text: str, post: str = POST, parent: str = "", *around: object) -> dict[str, float]:
    return dict(relevance.classify([Item(text, post, parent, around)])[0].scores)


@pytest.mark.parametrize("text", REACTIONS)
def test_a_short_reaction_is_never_off_topic(relevance: Relevance, text: str) -> None:
    assert set(_of(relevance, text).values()) == {0.0}


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_short_question_to_the_author_is_never_off_topic(relevance: Relevance, text: str) -> None:
    scores = _of(relevance, text)
    assert scores["off_topic_post"] == scores["off_topic"] == 0


def test_no_reaction_that_judges_is_flagged(relevance: Relevance) -> None:
    items = [said for said in sheets.load("judge") if said.kind == sheets.REACTION]
    results = relevance.classify([Item(said.text, said.post, around=(Page(topics=said.topics),)) for said in items])
    assert len(items) >= 50
    assert [said.text for said, result in zip(items, results, strict=True) if max(result.scores.values()) >= 0.5] == []


def test_football_under_a_post_on_a_garden_is_off_topic_and_says_why(relevance: Relevance) -> None:
    result = relevance.classify([Item(FOOTBALL, POST)])[0]
    assert result.scores["off_topic_post"] >= 0.8
    assert result.scores["off_topic"] >= 0.5
    sentence = result.because["off_topic_post"]
    assert sentence.startswith("It seems to be about “")
    assert sentence.endswith(".")
    quoted = sentence.rsplit("“", 1)[1].split("”")[0]
    assert quoted.removesuffix("…") in POST
    assert len(quoted) <= QUOTED


def test_what_is_about_the_post_is_not_off_topic(relevance: Relevance) -> None:
    scores = _of(
        relevance, "The fence of the garden was rotten for years, so good that the children can go to the park again."
    )
    assert max(scores.values()) < 0.5


def test_a_turn_to_another_matter_is_a_deflection(relevance: Relevance) -> None:
    result = relevance.classify([Item(TURN, POST)])[0]
    assert result.scores["deflection"] >= 0.5
    assert result.because["deflection"].startswith("It seems to turn to ")


def test_the_nearest_topic_of_the_page_is_named(relevance: Relevance) -> None:
    page = Page(topics=("farming and fishing", "football and other sports"))
    text = (
        "What a football match that was last night, our striker scored twice and the whole sports club sang "
        "until midnight."
    )
    result = relevance.classify([Item(text, POST, around=(page,))])[0]
    assert "“football and other sports”" in result.because["off_topic_post"]
    assert result.scores["off_topic"] < 0.3 < _of(relevance, text)["off_topic"]


def test_names_and_numbers_are_not_repeated(relevance: Relevance) -> None:
    text = FOOTBALL + " Ring Jonquil Abernathy on 07700900123."
    said = " ".join(relevance.classify([Item(text, POST)])[0].because.values())
    assert said
    assert not any(private in said for private in ("Jonquil", "jonquil", "Abernathy", "07700900123"))


def test_without_a_post_and_without_topics_nothing_is_off_topic(relevance: Relevance) -> None:
    assert _of(relevance, FOOTBALL, "", "", Page()) == dict.fromkeys(LABELS, 0.0)


def test_without_a_post_the_page_alone_is_asked(relevance: Relevance) -> None:
    scores = _of(relevance, FOOTBALL, "", "", Page(topics=("bus timetables", "planning and new houses")))
    assert scores["off_topic"] > 0
    assert scores["off_topic_post"] == scores["deflection"] == 0


def test_what_answers_another_comment_is_held_against_that_as_well(relevance: Relevance) -> None:
    answer = "The keeper was off his line before the penalty was taken, they should have let our striker take it again."
    alone, answering = _of(relevance, answer), _of(relevance, answer, POST, FOOTBALL)
    assert answering["off_topic_post"] < alone["off_topic_post"]


def test_another_language_is_left_to_a_person(relevance: Relevance) -> None:
    text = "Der neue Trainer hat gestern Abend im Stadion alle Spieler ausgewechselt und trotzdem hoch verloren."
    result = relevance.classify([Item(text, POST)])[0]
    assert max(result.scores.values()) < 0.5 or result.doubts == ("other_language",)


def test_a_page_that_is_not_known_is_an_error(relevance: Relevance) -> None:
    with pytest.raises(NotGathered, match="gone"):
        relevance.classify([Item(FOOTBALL, POST, around=(Missing("Page", "gone"),))])


def test_a_post_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    mine, asked = load(), list[str]()

    def heard(texts: Sequence[str]) -> NDArray[np.float32]:
        asked.extend(texts)
        return embed(texts)

    monkeypatch.setattr(room, "embed", heard)
    about = "The gate of the garden squeaked terribly when the children opened it last summer"
    mine.classify([Item(f"{about} {number}", POST) for number in range(3)])
    mine.classify([Item(about, POST)])
    assert asked.count(POST) == 1


def test_only_the_beginning_of_a_text_is_read() -> None:
    rarities = np.ones(1 << 15, np.uint8)
    assert len(read("fence " * 100_000, rarities).words) <= READ / 5


def test_other_weights_than_those_of_the_card_are_refused() -> None:
    with pytest.raises(WeightsDamaged, match="train again"):
        read_weights(b"other", "0" * 64)


def test_the_sheets_hold_what_they_should() -> None:
    sheet = {name: sheets.load(name) for name in ("train", "tune", "judge")}
    assert len(sheet["judge"]) >= 300
    assert len(sheet["train"]) + len(sheet["tune"]) >= 300
    posts = [{said.post for said in items} for items in sheet.values()]
    assert not posts[0] & posts[1] | posts[0] & posts[2] | posts[1] & posts[2]
    off = sum(said.kind in (sheets.ELSEWHERE, sheets.NOWHERE, sheets.TURN) for said in sheet["judge"])
    assert 0.4 <= off / len(sheet["judge"]) <= 0.6


def test_a_line_that_no_sheet_knows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_text("+ A comment without a post\n")
    with pytest.raises(ValueError, match="not a line of a sheet"):
        sheets.load("odd", tmp_path)
