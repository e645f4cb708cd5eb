"""What belongs to somebody is found, whatever it is dressed as; what belongs to everybody is left alone."""

import gzip
import json
import time
from pathlib import Path

import pytest

from classifiers.base import Item, Page
from classifiers.personal_data import finding
from classifiers.personal_data.classifier import MARKED, load
from classifiers.personal_data.finding import find
from classifiers.personal_data.kinds import Found, Kind, say
from classifiers.training.personal_data import __main__ as training
from classifiers.training.personal_data.sets import Half, own

HOSTILE = {
    "digits": "7" * 100_000,
    "digits with gaps": "0 7 " * 25_000,
    "letters and digits": "a1" * 50_000,
    "codes": "SW1A 1A" * 14_286,
    "signs of an address": "a@" * 50_000,
    "dots": "a." * 49_990 + "@b.co",
    "apostrophes": "a'" * 49_990 + "@b",
    "spoken": "one two dot at " * 6_667,
    "spoken numbers": "oh double seven " * 6_250,
    "streets": "1 High Street " * 7_143,
    "nearly streets": "1 A B C D " * 10_000,
    "capitals": "12 Oak Elm Ash 12345 " * 4_762,
    "telling words": "address is, call passport account sort code " * 2_273,
    "brackets": "(at) [dot] ( (" * 7_143,
    "numbers of two": "12 34 56 78 " * 8_334,
    "letters o": "0o" * 50_000,
    "wide digits": "０７" * 50_000,
    "marks": "0\u0336" * 50_000,
    "international": "+44 7700 " * 11_112,
    "iban": "GB29 NWBK " * 10_000,
    "boxes": "P.O. Box 1 " * 9_091,
    "abroad": "Rue de la Rue de la 1 " * 4_546,
    "one long word": "straße" * 16_667,
    "a long word and digits": "x" * 99_990 + " 1",
}


def kinds(text: str, page: Page | None = None) -> set[str]:
    return {each.kind.value for each in find(text, page or Page()) if each.sure >= MARKED}


def written(text: str) -> list[str]:
    return [text[each.start : each.end] for each in find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ring 07700 900 812 now", ["07700 900 812"]),
        ("o77oo 900 812 now", ["o77oo 900 812"]),
        (
            "call oh seven seven double oh nine double oh eight one two!",
            ["oh seven seven double oh nine double oh eight one two"],
        ),
        ("０７７００ ９００８１２ ok", ["０７７００ ９００８１２"]),
        ("0\u200b7\u200b7\u200b00 900812 ok", ["0\u200b7\u200b7\u200b00 900812"]),
        ("mail jo.pryce [at] example [dot] org today", ["jo.pryce [at] example [dot] org"]),
        ("jo.pryce at example dot org", ["jo.pryce at example dot org"]),
        ("she is in Flat 2 Chandlers Row now", ["Flat 2 Chandlers Row"]),
        ("at 22 Quarry Lane, SY8 1ZZ, now", ["22 Quarry Lane", "SY8 1ZZ"]),
    ],
)
def test_what_is_found_stands_where_the_author_wrote_it(text: str, expected: list[str]) -> None:
    assert written(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Elected on 12/12/2019 with 23,904 votes, majority 4028",
        "Bill 214 (2023-24), clause 14(b), schedule 7",
        "£1,250,000 on consultants, 12.5% up on 2019-2020",
        "City 3 Rovers 1, then 2-1 and 4-4",
        "The 36, the 192 and the N7 all stop at Mill Road",
        "Article 8 ECHR and section 21 Housing Act 1988",
        "999, 101, 111, 116 123 and 0800 1111",
        "Town Hall, Albert Square, M60 2LA",
        "The Labour Party is at 20 Rushworth Street, SE1 0SS",
        "@user@mastodon.example and @jamie",
        "press@party.example and an.member.mp@parliament.uk",
        "Leeds North East, LS1 and the 20 mph zone on Park Lane",
        "10.20.30.40 and 99.99999 per cent, call it 100",
        "ISBN 978-0-14-103614-4, company 07496944",
    ],
)
def test_what_is_no_secret_of_anybody_is_left_alone(text: str) -> None:
    assert find(text) == ()


@pytest.mark.parametrize(
    ("contact", "spelling"),
    [
        ("01632 960 001", "+44 (0)1632 960001"),
        ("+44 1632 960001", "01632-960-001"),
        ("Jo.Pryce@office.example", "jo.pryce (at) office (dot) example"),
        ("12 Bridge Street, Anytown, SY8 1ZZ", "12 bridge st"),
        ("12 Bridge Street, Anytown, SY8 1ZZ", "sy81zz"),
    ],
)
def test_the_contacts_of_the_office_may_be_repeated_in_any_spelling(contact: str, spelling: str) -> None:
    text = f"He lives at {spelling} or so"
    assert find(text) != ()
    assert find(text, Page(contacts=(contact,))) == ()


def test_a_contact_allows_nothing_but_itself() -> None:
    page = Page(contacts=("01632 960 001", "12 Bridge Street, Anytown, SY8 1ZZ", "  "))
    assert kinds("01632 960002 and 14 Bridge Street", page) == {"telephone", "address"}


def test_the_pack_of_a_country_knows_its_shapes() -> None:
    assert kinds("My SSN is in the file: 536-32-3065", Page(countries=("US",))) == {"social_security"}
    assert kinds("(212) 555-0142 any time", Page(countries=("US",))) == {"telephone"}
    assert kinds("(212) 555-0142 any time") == set()
    assert kinds("Drop it at D02 AF30", Page(countries=("IE",))) == {"postcode"}
    assert kinds("PPS 1234567FA", Page(countries=("IE",))) == {"pps_number"}
    assert kinds("PPS 1234567GA", Page(countries=("IE",))) == set()
    assert kinds("087 123 4567", Page(countries=("IE", "XX"))) == {"telephone"}
    assert kinds("07700 900812 and SY8 1ZZ", Page(countries=())) == set()


@pytest.mark.parametrize(
    "text",
    ["card 4539 1488 0343 6466", "GB30 NWBK 6016 1331 9268 19", "NHS number 943 476 5918", "+44 77"],
)
def test_a_number_that_does_not_check_out_is_no_number(text: str) -> None:
    assert kinds(text) == set()


def test_the_surer_kind_weighs_more_and_several_weigh_most() -> None:
    texts = [
        "Nothing works in SY8 1ZZ",
        "He is at 22 Quarry Lane",
        "He lives at 22 Quarry Lane, SY8 1ZZ",
        "Nothing works",
    ]
    scores = [result.scores["personal_data"] for result in load().classify([Item(text) for text in texts])]
    assert 0.5 <= scores[0] < scores[1] < scores[2] <= 1
    assert scores[3] == 0


def test_the_sentence_names_kinds_and_repeats_nothing() -> None:
    text = "22 Quarry Lane, Ludlow SY8 1ZZ or 07700 900812 or 07700 900813"
    result = load().classify([Item(text)])[0]
    assert result.because["personal_data"] == "Holds telephone numbers, an address and a postcode."
    assert [text[span.start : span.end] for span in result.spans] == [
        "22 Quarry Lane",
        "SY8 1ZZ",
        "07700 900812",
        "07700 900813",
    ]
    assert load().classify([Item("Thanks")])[0].because == {}


def test_one_kind_is_told_without_a_list() -> None:
    assert say([Found(Kind.EMAIL, 0, 5, 0.9)]) == "Holds an e-mail address."
    assert say([]) == ""


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hundred_thousand_characters_take_no_longer_than_their_length(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(finding, "READ_AT_MOST", 100_000)
    began = time.process_time()
    find(text[:100_000], Page(countries=("GB", "IE", "US")))
    assert time.process_time() - began < 10


def test_the_end_of_a_file_is_not_read_and_that_is_said() -> None:
    result = load().classify([Item("x " * 10_000 + "07700 900812")])[0]
    assert (result.scores["personal_data"], result.doubts) == (0, ("read_in_part",))


def test_a_comment_with_nothing_to_find_is_let_go_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifiers.personal_data.finding.read", None)
    for text in (
        "You promised us a hospital and gave us a leaflet. Shame.",
        "Oh dear, what a day",
        "Hi @jo",
    ):
        assert find(text) == ()


def test_the_items_that_judge_are_found_and_told_apart() -> None:
    judges = [each for each in own() if each.half is Half.JUDGES]
    told = {True: 0, False: 0}
    for each in judges:
        told[bool(kinds(each.text)) == bool(each.kinds)] += 1
    assert len(judges) >= 150
    assert told[True] / len(judges) >= 0.95


def test_training_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert training.main(["--data", str(tmp_path)]) == 1
    assert "generated_large.json.gz is missing" in capsys.readouterr().err
    folder = tmp_path / "presidio_pii_synth"
    folder.mkdir()

    (folder / "generated_large.json.gz").write_bytes(gzip.compress(json.dumps([]).encode()))
    assert training.main(["--data", str(tmp_path)]) == 1
    assert "not the file it should be" in capsys.readouterr().err
