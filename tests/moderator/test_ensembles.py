"""Which classifiers answer for an office, and how that is chosen."""

import math

import pytest

from moderator import ensembles
from moderator.domain.ensemble import MARGIN, Ensemble
from moderator.errors import Invalid, NotAllowed
from moderator.storage.database import Database
from moderator.storage.tables import AuditEntry
from tests.moderator.conftest import People, World

MEASURED = {"first": frozenset({"threat", "spam"}), "second": frozenset({"threat", "spam"}), "broken": None}
RUNNING = ("first", "second", "broken")


def _change(database: Database, people: People, orders: dict[str, tuple[str, ...]], margin: float = MARGIN) -> Ensemble:
    with database.write() as session:
        ensembles.change(session, people.leo, MEASURED, orders, margin)
    with database.read() as session:
        return ensembles.of_office(session, people.leo.office_id, RUNNING)


def test_an_office_that_chose_nothing_takes_the_classifiers_as_they_run(database: Database, people: People) -> None:
    with database.read() as session:
        assert ensembles.of_office(session, people.leo.office_id, RUNNING) == Ensemble(RUNNING)


def test_a_choice_is_replaced_as_a_whole_and_holds_for_its_own_office(database: Database, people: People) -> None:
    assert _change(database, people, {"threat": ("second", "first")}, 0.5).order("threat") == ("second", "first")
    found = _change(database, people, {"spam": ("second",)})
    assert found == Ensemble(RUNNING, {"spam": ("second",)}, MARGIN)
    with database.read() as session:
        assert ensembles.of_office(session, people.charlie.office_id, RUNNING) == Ensemble(RUNNING)


def test_a_label_left_in_the_usual_order_follows_that_order_from_then_on(database: Database, people: People) -> None:
    found = _change(database, people, {"threat": ("first", "second"), "spam": ("second", "first")})
    assert set(found.orders) == {"spam"}


def test_one_that_does_not_load_just_now_may_keep_its_place(database: Database, people: People) -> None:
    assert _change(database, people, {"threat": ("broken", "first")}).order("threat") == ("broken", "first")


@pytest.mark.parametrize(
    ("order", "complaint"),
    [
        ((), "at least one"),
        (("first", "first"), "once"),
        (("oracle",), "no classifier 'oracle'"),
    ],
)
def test_an_order_that_cannot_work_is_refused_naming_the_label(
    database: Database, people: People, order: tuple[str, ...], complaint: str
) -> None:
    with pytest.raises(Invalid, match=complaint) as refused:
        _change(database, people, {"spam": order})
    assert refused.value.field == "spam"


def test_nobody_can_be_asked_for_what_they_do_not_measure(database: Database, people: People) -> None:
    with pytest.raises(Invalid, match="second does not look for this"):
        _change(database, people, {"sexual": ("second",)})


@pytest.mark.parametrize("margin", [-0.1, 1.1, math.nan, math.inf])
def test_a_margin_is_between_none_and_all(database: Database, people: People, margin: float) -> None:
    with pytest.raises(Invalid) as refused:
        _change(database, people, {}, margin)
    assert refused.value.field == "margin"


def test_only_those_who_run_the_office_choose(database: Database, people: People) -> None:
    for member in (people.mona, people.victor, people.olive):
        with pytest.raises(NotAllowed), database.write() as session:
            ensembles.change(session, member, MEASURED, {"threat": ("second",)}, MARGIN)


def test_a_choice_is_on_record(world: World) -> None:
    _change(world.database, world.people, {"threat": ("second",)}, 0.4)
    (entry,) = world.rows(AuditEntry, AuditEntry.event == "classifiers.changed")
    assert entry.actor == f"member:{world.people.leo.id}"
    assert '"threat":["second"]' in entry.detail.replace(" ", "")
