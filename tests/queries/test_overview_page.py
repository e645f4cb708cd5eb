"""The overview adds up what was counted, for the channels that may be seen."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from moderator import channels, clock, figures
from moderator.domain.vocabulary import Role
from moderator.figures import BOUNDS, WAITING
from moderator.queries.overview_page import OverviewPage, Times, overview_page
from moderator.review.access import Reach
from moderator.storage.database import Database
from moderator.storage.tables import Comment, Figures
from tests.fakes import office
from tests.queries.conftest import SEALER, House

_LOOK = [0] * (len(BOUNDS) + 2)
_ACT = [0] * (len(BOUNDS) + 1)


def _keep(session: Session, office_id: str, days_ago: int, **channels_counted: Mapping[str, object]) -> None:
    day = (clock.now() - timedelta(days=days_ago)).date().isoformat() if days_ago >= 0 else WAITING
    row = {"office_id": office_id, "stretch": day, "counted": channels_counted, "counted_at": clock.now()}
    session.execute(insert(Figures), [row])


def _day(**counted: object) -> dict[str, object]:
    nothing = {"received": 0, "service": {}, "people": {}, "verbs": {}, "followed": {}, "undone": [0, 0]}
    return {**nothing, "look": _LOOK, "act": _ACT, **counted}


def _page(database: Database, reach: Reach, days: int = 7) -> OverviewPage:
    with database.read() as reading:
        return overview_page(reading, reach, days)


def test_days_and_channels_are_added_up(database: Database, ours: House, theirs: House) -> None:
    with database.write() as session:
        other = channels.create_channel(session, SEALER, ours.office_id, "webhook", "Another page", config={})
        _keep(
            session,
            ours.office_id,
            1,
            **{
                ours.channel_id: _day(received=9, service={"": 5}, people={"2a": 2}, followed={"2a": [1, 1]}),
                other.id: _day(received=1, people={"2a": 1, "": 1}, undone=[1, 2]),
            },
        )
        _keep(session, ours.office_id, 2, **{ours.channel_id: _day(received=4, verbs={"hide": [1, 3]})})
        _keep(session, ours.office_id, 30, **{ours.channel_id: _day(received=1000)})
        _keep(session, theirs.office_id, 1, **{theirs.channel_id: _day(received=500)})
    page = _page(database, Reach(ours.office_id))
    assert (page.received, page.by_service, page.by_people) == (14, 5, 4)
    assert [(line.id, line.by_service, line.by_people) for line in page.rules] == [("2a", 0, 3), ("", 5, 1)]
    assert page.rules[0].title == "Threats"
    assert page.followed == (1, 1)
    assert page.undone == (1, 2)
    assert page.verbs == {"hide": (1, 3)}
    assert [day.received for day in page.days] == [0, 0, 0, 0, 4, 10, 0]
    only = _page(database, Reach(ours.office_id, channels={other.id: Role.LEAD}))
    assert (only.received, only.by_people, only.undone) == (1, 2, (1, 2))


def test_what_waits_most_overdue_first(database: Database, ours: House) -> None:
    was_due = (clock.now() - timedelta(hours=3)).isoformat()
    waiting = {
        "lanes": {"act_now": [5, 3], "review": [10, 0]},
        "rules": {"2a": [5, 3], "2b": [10, 0], "9z": [1, 1]},
        "oldest": was_due,
    }
    with database.write() as session:
        _keep(session, ours.office_id, -1, **{ours.channel_id: waiting})
    page = _page(database, Reach(ours.office_id))
    assert (page.waiting, page.overdue) == (15, 3)
    assert [(line.id, line.overdue) for line in page.by_rule] == [("2a", 3), ("9z", 1), ("2b", 0)]
    assert page.by_channel[0].name == "Alice's page"
    assert page.oldest_due is not None
    assert page.oldest_due.isoformat() == was_due
    assert page.waiting_as_of is not None


def test_days_not_counted_yet_are_said_to_be_so(database: Database, ours: House) -> None:
    assert _page(database, Reach(ours.office_id)).not_counted == 1, "nothing came before today"
    with database.write() as session:
        comment = session.get_one(Comment, office.say(session, ours.channel_id, "three days ago"))
        comment.received_at = clock.now() - timedelta(days=3)
    assert _page(database, Reach(ours.office_id)).not_counted == 4
    with database.read() as reading:
        counted = figures.due(reading, ours.office_id)
    with database.write() as session:
        figures.keep(session, counted)
    assert _page(database, Reach(ours.office_id)).not_counted == 0


@pytest.mark.parametrize(
    ("counts", "share", "minutes"),
    [((3, 1), 0.5, 2), ((1, 3), 0.5, 5), ((1, 3), 0.25, 2), ((), 0.5, None)],
)
def test_the_time_within_which_a_share_was_done(counts: tuple[int, ...], share: float, minutes: int | None) -> None:
    assert Times(counts).within(share) == minutes


def test_what_took_longer_than_any_bound_is_no_promise() -> None:
    assert Times((*_ACT[:-1], 5)).within(0.5) is None
