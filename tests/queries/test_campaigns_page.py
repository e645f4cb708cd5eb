"""Campaigns as each member may see them: counted, told apart, paged, and never walked without an end."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from moderator import channels
from moderator.domain.decisions import Draft, Maker, Reason, State
from moderator.domain.filters import Filter
from moderator.domain.vocabulary import Role, Verb
from moderator.errors import NotFound
from moderator.queries import bulk_page, campaigns_page, case_page, queue_page
from moderator.queries.campaigns_page import CampaignPage, Line, Mark, Outcome, stretches
from moderator.review import campaigns
from moderator.review.access import Reach
from moderator.storage.database import Database
from moderator.storage.tables import Campaign, Member
from tests.fakes import office
from tests.queries.conftest import SEALER, House

SAID = "Bring back the evening bus to the village"
HIDDEN = Draft(State.MADE, Maker.RULE, Reason.FINDING, (Verb.HIDE,))


def _volunteer(house: House) -> Reach:
    return Reach(house.office_id, names=False, severe=False)


def _said(session: Session, house: House, count: int, *, first: int = 0, channel_id: str = "") -> list[str]:
    """So many copies, the first of them the oldest, a minute between them, by three people under two posts."""
    return [
        office.say(
            session,
            channel_id or house.channel_id,
            f"{SAID} {number}",
            author=f"Author {number % 3}",
            post=f"Post {number % 2}",
            minutes_ago=200 - number,
        )
        for number in range(first, first + count)
    ]


def _another_channel(session: Session, house: House) -> str:
    settings = {"target_url": "https://tool.example.org/hook"}
    return channels.create_channel(session, SEALER, house.office_id, "webhook", "The other page", config=settings).id


def _lines(database: Database, reach: Reach) -> list[Line]:
    with database.read() as reading:
        return list(campaigns_page.campaigns_page(reading, reach).lines)


def _page(database: Database, house: House, reach: Reach, campaign_id: str, before: str = "") -> CampaignPage:
    with database.read() as reading:
        member = reading.get_one(Member, house.member_id)
        return campaigns_page.campaign_page(reading, reach, member, campaign_id, before)


def _texts(page: CampaignPage) -> list[str]:
    return [comment.text.removeprefix(SAID).strip() for comment in page.comments]


def test_a_campaign_is_listed_with_its_size_and_where_its_comments_stand(
    database: Database, ours: House, theirs: House
) -> None:
    with database.write() as session:
        one, two, three, four, five, six = _said(session, ours, 6)
        for kept in (one, two):
            office.keep(session, kept)
        office.rule_on(session, three, HIDDEN)
        office.rule_on(session, four, Draft(State.MADE, Maker.PERSON, Reason.PERSON, (Verb.KEEP,)))
        office.suggest(session, five, rule="2b", label="spam")
        campaign_id = office.campaign(session, [one, two, three, four, five, six])
        office.campaign(session, _said(session, theirs, 3))
    (line,) = _lines(database, Reach(ours.office_id))
    assert (line.id, line.comment_id, line.text) == (campaign_id, one, f"{SAID} 0")
    assert (line.comments, line.authors, line.posts, line.in_part) == (6, 3, 2, False)
    assert line.lasted == pytest.approx(timedelta(minutes=5), abs=timedelta(seconds=5))
    assert (line.standing.waits, line.standing.nothing) == (1, 1)
    assert set(line.standing.outcomes) == {
        Outcome(("keep",), False, 2),
        Outcome(("hide",), False, 1),
        Outcome(("keep",), True, 1),
    }
    assert line.standing.looked_at == 6


def test_those_seen_last_stand_first_and_follow_each_other_without_a_gap(
    database: Database, ours: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns_page, "PAGE", 2)
    monkeypatch.setattr(campaigns_page, "_PASSED", 2)
    with database.write() as session:
        expected = [office.campaign(session, _said(session, ours, 3, first=3 * n)) for n in range(5)][::-1]
    for reach in (Reach(ours.office_id), Reach(ours.office_id, names=False)):
        found: list[str] = []
        before: str | None = ""
        while before is not None:
            with database.read() as reading:
                page = campaigns_page.campaigns_page(reading, reach, before)
            found += [line.id for line in page.lines]
            before = page.next_before
        assert found == expected


def test_who_sees_one_channel_counts_that_channel_alone(database: Database, ours: House) -> None:
    with database.write() as session:
        there = _another_channel(session, ours)
        here, away = _said(session, ours, 2), _said(session, ours, 3, first=2, channel_id=there)
        whole = office.campaign(session, [*away, *here])
        elsewhere = office.campaign(session, _said(session, ours, 3, first=9, channel_id=there))
    reach = Reach(ours.office_id, channels={ours.channel_id: Role.MODERATOR})
    (line,) = _lines(database, reach)
    assert (line.id, line.comments, line.authors, line.posts) == (whole, 2, 2, 2)
    assert line.comment_id == max(here), "what speaks for all stands elsewhere, so the latest of these does"
    page = _page(database, ours, reach, whole)
    assert _texts(page) == ["1", "0"]
    assert [(named.name, named.count) for named in page.channels] == [("Alice's page", 2)]
    assert sum(bar.count for bar in page.timeline.bars) == 2
    with pytest.raises(NotFound):
        _page(database, ours, reach, elsewhere)
    with database.read() as reading:
        assert campaigns_page.marks(reading, reach, here) == dict.fromkeys(here, Mark(whole, 2))


def test_one_comment_alone_says_nothing_again(database: Database, ours: House) -> None:
    with database.write() as session:
        there = _another_channel(session, ours)
        here = _said(session, ours, 1)
        office.campaign(session, [*here, *_said(session, ours, 2, first=1, channel_id=there)])
    reach = Reach(ours.office_id, channels={ours.channel_id: Role.MODERATOR})
    assert _lines(database, reach) == []
    with database.read() as reading:
        assert campaigns_page.marks(reading, reach, here) == {}


def test_volunteers_are_told_no_names_and_what_is_severe_does_not_count(database: Database, ours: House) -> None:
    with database.write() as session:
        mild, severe = _said(session, ours, 3), _said(session, ours, 1, first=3)
        for comment_id in mild:
            office.keep(session, comment_id)
        office.suggest(session, severe[0])
        campaign_id = office.campaign(session, [*severe, *mild])
    page = _page(database, ours, _volunteer(ours), campaign_id)
    assert page.line.comments == 3
    assert page.line.standing.waits == 0
    assert {comment.author for comment in page.comments} == {"another commenter"}
    assert _texts(page) == ["2", "1", "0"]


def test_a_campaign_tells_where_it_stood_and_when(database: Database, ours: House) -> None:
    with database.write() as session:
        ids = _said(session, ours, 5)
        campaign_id = office.campaign(session, ids)
    page = _page(database, ours, Reach(ours.office_id), campaign_id)
    assert [(named.name, named.count) for named in page.posts] == [("Post 0", 3), ("Post 1", 2)]
    assert page.timeline.step == timedelta(minutes=5)
    assert sum(bar.count for bar in page.timeline.bars) == 5
    assert page.timeline.height is not None
    assert page.timeline.height.count == max(bar.count for bar in page.timeline.bars)
    assert [comment.speaks for comment in page.comments] == [False] * 4 + [True]


def test_its_comments_follow_each_other_without_a_gap(
    database: Database, ours: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns_page, "COMMENTS", 2)
    with database.write() as session:
        campaign_id = office.campaign(session, _said(session, ours, 5))
    for reach in (Reach(ours.office_id), Reach(ours.office_id, names=False)):
        found: list[str] = []
        before: str | None = ""
        while before is not None:
            page = _page(database, ours, reach, campaign_id, before)
            found += _texts(page)
            before = page.next_before
        assert found == ["4", "3", "2", "1", "0"]


def test_a_large_campaign_is_counted_in_part_and_says_so(
    database: Database, ours: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns_page, "LISTED", 4)
    monkeypatch.setattr(campaigns_page, "_MARKED", 4)
    monkeypatch.setattr(campaigns, "LOOKED_AT", 5)
    monkeypatch.setattr(campaigns, "LOOKED_AT_IN_PART", 5)
    with database.write() as session:
        ids = _said(session, ours, 7)
        campaign_id = office.campaign(session, ids)
    whole, part = Reach(ours.office_id), Reach(ours.office_id, names=False)
    for reach, listed, shown in ((whole, 7, 7), (part, 4, 5)):
        (line,) = _lines(database, reach)
        assert (line.comments, line.standing.looked_at, line.in_part) == (listed, 4, True)
        page = _page(database, ours, reach, campaign_id)
        assert (page.line.comments, page.line.standing.looked_at, page.line.in_part) == (shown, 5, True)
        assert sum(bar.count for bar in page.timeline.bars) == shown
    with database.read() as reading:
        assert campaigns_page.marks(reading, part, ids[:1]) == {ids[0]: Mark(campaign_id, 4, more=True)}


def test_a_comment_tells_its_campaign_in_the_queue_and_on_its_own_page(database: Database, ours: House) -> None:
    with database.write() as session:
        ids = _said(session, ours, 3)
        alone = office.say(session, ours.channel_id, "Thank you for the answer")
        for comment_id in (ids[0], alone):
            office.suggest(session, comment_id, rule="2b", label="spam")
        campaign_id = office.campaign(session, ids)
    reach = Reach(ours.office_id)
    with database.read() as reading:
        member = reading.get_one(Member, ours.member_id)
        wanted = Filter()
        now = datetime.now(UTC)
        cards = queue_page.queue_page(reading, reach, member, wanted, "", frozenset(), now).cards
        assert case_page.case_page(reading, reach, ids[0]).campaign == Mark(campaign_id, 3)
        assert case_page.case_page(reading, reach, alone).campaign is None
    assert {card.comment_id: card.campaign for card in cards} == {ids[0]: Mark(campaign_id, 3), alone: None}


def test_what_waits_of_a_campaign_can_be_chosen_for_at_once(
    database: Database, ours: House, theirs: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_page, "LISTED", 2)
    with database.write() as session:
        ids = _said(session, ours, 4)
        for comment_id in ids[:3]:
            office.suggest(session, comment_id, rule="2b", label="spam")
        campaign_id = office.campaign(session, ids)
    with database.read() as reading:
        member = reading.get_one(Member, ours.member_id)
        chosen = bulk_page.of_campaign(reading, Reach(ours.office_id), member, campaign_id)
        with pytest.raises(NotFound):
            bulk_page.of_campaign(reading, Reach(theirs.office_id), member, campaign_id)
    assert {item.comment_id for item in chosen.items} == {ids[2], ids[1]}
    assert (chosen.more, chosen.campaign_id) == (True, campaign_id)


def test_the_list_takes_as_many_reads_however_long_it_is(database: Database, ours: House) -> None:
    def reads(reach: Reach) -> int:
        count = 0

        def seen(*_: object) -> None:
            nonlocal count
            count += 1

        with database.read() as reading:
            engine = reading.get_bind()
            event.listen(engine, "before_cursor_execute", seen)
            campaigns_page.campaigns_page(reading, reach)
            event.remove(engine, "before_cursor_execute", seen)
        return count

    reaches = (Reach(ours.office_id), _volunteer(ours))
    with database.write() as session:
        office.campaign(session, _said(session, ours, 3))
    before = [reads(reach) for reach in reaches]
    with database.write() as session:
        for number in range(1, 4):
            office.campaign(session, _said(session, ours, 3, first=3 * number))
    assert [reads(reach) for reach in reaches] == before


def test_a_campaign_some_of_whose_comments_have_gone_shows_the_others(database: Database, ours: House) -> None:
    with database.write() as session:
        ids = _said(session, ours, 3)
        campaign = session.get_one(Campaign, office.campaign(session, ids))
        campaign.comments = 30_000
        campaign_id = campaign.id
    page = _page(database, ours, Reach(ours.office_id), campaign_id)
    assert (page.line.in_part, len(page.comments)) == (True, 3)


_LONDON = ZoneInfo("Europe/London")
_BEGAN = datetime(2026, 3, 28, 9, 7, tzinfo=_LONDON)


@pytest.mark.parametrize(
    ("lasted", "step", "begins"),
    [
        (timedelta(), timedelta(minutes=5), "28 09:05"),
        (timedelta(minutes=110), timedelta(minutes=5), "28 09:05"),
        (timedelta(hours=20), timedelta(hours=1), "28 09:00"),
        (timedelta(hours=30), timedelta(hours=3), "28 09:00"),
        (timedelta(days=10), timedelta(days=1), "28 00:00"),
        (timedelta(days=90), timedelta(days=7), "28 00:00"),
        (timedelta(days=4000), timedelta(days=196), "28 00:00"),
    ],
)
def test_a_timeline_has_a_few_bars_that_begin_on_the_clock(lasted: timedelta, step: timedelta, begins: str) -> None:
    found, bounds = stretches(_BEGAN.astimezone(UTC), (_BEGAN + lasted).astimezone(UTC), _LONDON)
    assert found == step
    assert f"{bounds[0]:%d %H:%M}" == begins
    assert len(bounds) <= 25
    assert bounds[-2] <= _BEGAN + lasted < bounds[-1]


@pytest.mark.parametrize(
    ("first", "last", "hours"),
    [
        (datetime(2026, 3, 28, 20, 0, tzinfo=UTC), datetime(2026, 3, 29, 8, 30, tzinfo=UTC), ["20:00", "09:00"]),
        (datetime(2026, 10, 24, 20, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, 40, tzinfo=UTC), ["21:00", "01:30"]),
    ],
)
def test_the_night_the_clocks_change_loses_no_comment(first: datetime, last: datetime, hours: list[str]) -> None:
    step, bounds = stretches(first, last, _LONDON)
    moments = [bound.astimezone(UTC) for bound in bounds]
    assert [end - start for start, end in pairwise(moments)] == [step] * (len(bounds) - 1)
    assert moments[0] <= first <= last < moments[-1]
    assert [f"{bound:%H:%M}" for bound in (bounds[0], bounds[-2])] == hours
