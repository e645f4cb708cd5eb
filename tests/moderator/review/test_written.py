"""What people write to an author travels with the decision, and nothing half filled in is sent."""

import pytest

from moderator import publishing
from moderator.domain.vocabulary import Verb
from moderator.errors import Invalid
from moderator.review import cases
from moderator.review.cases import Resolution
from tests.moderator.conftest import World, guideline_set, rule


def _answer(world: World, comment_id: str, *verbs: str, text: str, rule_id: str | None = None) -> Resolution:
    seen = world.comment(comment_id).decision_id
    with world.database.write() as session:
        return cases.decide(session, world.people.mona, comment_id, seen, verbs, rule_id, text=text)


def test_a_reply_reaches_the_platform_in_the_words_that_were_written(world: World) -> None:
    comment_id = world.settled("How do I reach you?")
    _answer(world, comment_id, "reply", text="  Write to us:\r\nalice@example.org ")
    world.work_later()
    (order,) = world.platform.orders
    assert (order.verb, order.text) == (Verb.REPLY, "Write to us:\nalice@example.org")
    assert world.in_force(comment_id).rule_ids == []


def test_only_what_is_said_to_the_author_carries_words(world: World) -> None:
    comment_id = world.settled("A fine day")
    _answer(world, comment_id, "hide", "reply", text="Please stay kind.", rule_id="3")
    assert [(action.verb, action.text) for action in world.actions_of(comment_id)] == [
        ("hide", ""),
        ("reply", "Please stay kind."),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "write what"),
        (" \n ", "write what"),
        ("Dear {name}, thank you.", "fill in {name}"),
        ("Call {}", "fill in {}"),
        ("a" * 2001, "at most 2,000"),
    ],
)
def test_an_answer_that_is_not_ready_is_not_sent(world: World, text: str, said: str) -> None:
    comment_id = world.settled("How do I reach you?")
    with pytest.raises(Invalid, match=said) as refused:
        _answer(world, comment_id, "reply", text=text)
    assert refused.value.field == "text"
    assert world.actions_of(comment_id) == []


def test_a_rule_that_points_elsewhere_says_in_which_words(world: World) -> None:
    helps = rule("8", "help_request", "redirect", redirect_text="Please send us an e-mail.\n")
    with world.database.write() as session:
        publishing.publish(session, world.office_id, guideline_set(helps))
    comment_id = world.settled("Can you help my mother?")
    _answer(world, comment_id, "redirect", text="", rule_id="8")
    assert [action.text for action in world.actions_of(comment_id)] == ["Please send us an e-mail."]
