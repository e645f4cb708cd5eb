"""What an address may ask of the queue."""

import pytest

from moderator.domain.filters import Filter

CHANNEL = "01k802faiq47kg2gifbe5mms7r"


def test_what_is_asked_comes_back_as_it_was_asked_in_one_order() -> None:
    asked = {"until": "2026-11-21", "rule": "2a", "lane": "act_now", "channel": CHANNEL, "page": "7"}
    assert list(Filter.of(asked).query().items()) == [
        ("lane", "act_now"),
        ("channel", CHANNEL),
        ("rule", "2a"),
        ("until", "2026-11-21"),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lane", "everything"),
        ("channel", "' OR 1=1 --"),
        ("channel", CHANNEL.upper()),
        ("rule", "2a%"),
        ("rule", "<b>"),
        ("rule", "x" * 65),
        ("label", "thr\x00eat"),
        ("language", "english"),
        ("state", "OPEN"),
        ("assignee", "me"),
        ("since", "2026-02-30"),
        ("since", "20261121"),
        ("until", "yesterday"),
    ],
)
def test_what_is_no_value_of_its_field_is_left_out(field: str, value: str) -> None:
    assert Filter.of({field: value, "state": "mine"} | ({} if field != "state" else {"state": value})).query() == (
        {} if field == "state" else {"state": "mine"}
    )


def test_a_lane_alone_narrows_nothing_further() -> None:
    assert not Filter(lane="review").narrows
    assert Filter(lane="review", state="held").narrows
