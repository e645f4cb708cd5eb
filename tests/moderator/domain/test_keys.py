"""Which key does what, and which choices are refused."""

import pytest

from moderator.domain import keys

DEFAULTS = {action.name: action.key for action in keys.ACTIONS}


def test_the_map_as_it_comes_has_nothing_wrong_with_it() -> None:
    assert keys.problems(DEFAULTS) == {}
    assert keys.map_of({}) == DEFAULTS
    assert [keys.clean(action.key) for action in keys.ACTIONS] == [action.key for action in keys.ACTIONS]


@pytest.mark.parametrize(("typed", "key"), [("k", "k"), ("K", "k"), (" g ", "g"), ("", ""), ("é", "é"), ("Ж", "ж")])
def test_a_key_is_one_character_in_small(typed: str, key: str) -> None:
    assert keys.clean(typed) == key


@pytest.mark.parametrize("typed", [" ", "\n", "Enter", "kh", "\x00", "\u200b", "İ", "\U000e0067"])
def test_what_the_browser_needs_or_no_key_writes_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="key"):
        keys.clean(typed)


def test_a_key_given_twice_is_told_at_the_second_action() -> None:
    assert keys.problems(DEFAULTS | {"keep": "d"}) == {"delete": "“d” is already the key for “Keep the comment”"}


def test_actions_that_are_never_on_one_page_share_a_key() -> None:
    assert DEFAULTS["pass"] == DEFAULTS["select"]
    assert keys.problems(DEFAULTS | {"select": "k"}) == {}
    assert keys.problems(DEFAULTS | {"select": "q"}) == {"select": "“q” is already the key for “Go to the queue”"}


@pytest.mark.parametrize(("keep", "hide"), [("h", "g"), ("1", "2"), ("l", ";"), ("t", "r")])
def test_keep_and_hide_are_no_neighbours(keep: str, hide: str) -> None:
    others = dict.fromkeys(DEFAULTS, "")
    assert "lies beside it" in keys.problems(others | {"keep": keep, "hide": hide})["hide"]
    assert "lies beside it" in keys.problems(others | {"keep": hide, "hide": keep})["hide"]


@pytest.mark.parametrize(("keep", "hide"), [("k", "h"), ("k", ""), ("", ""), ("p", "a"), ("k", "i")])
def test_keep_and_hide_apart_are_fine(keep: str, hide: str) -> None:
    assert keys.problems(dict.fromkeys(DEFAULTS, "") | {"keep": keep, "hide": hide}) == {}


def test_an_action_whose_key_the_member_gave_to_another_has_none() -> None:
    found = keys.map_of({"keep": "d", "no_such_action": "k"})
    assert (found["keep"], found["delete"], found["hide"]) == ("d", "", "h")
    assert found.keys() == DEFAULTS.keys()
