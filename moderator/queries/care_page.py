"""What the pages about care show: a member's own counts, an office's sums, and which texts are to be masked."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator import clock
from moderator.casebook import labels_of
from moderator.domain.decisions import Maker
from moderator.domain.vocabulary import Verb
from moderator.review import care
from moderator.review.access import Reach
from moderator.review.care import Kind
from moderator.storage.tables import Case, Decision, Exposure, Figures, Member, Office

#: Fewer people than this, and a sum would tell what one of them read.
ENOUGH = 3

#: Whole days before today that owners and leads see the sums of.
DAYS = 7


@dataclass(frozen=True, slots=True)
class Opened:
    """How many cases somebody opened, and how many of them were severe."""

    severe: int
    all: int


@dataclass(frozen=True, slots=True)
class OwnCounts:
    """For the member alone."""

    this_hour: Opened
    today: Opened
    this_week: Opened


@dataclass(frozen=True, slots=True)
class OfficeDay:
    """What an office opened on a day. `opened` is None where too few worked for a sum that tells of nobody."""

    day: date
    opened: Opened | None


@dataclass(frozen=True, slots=True)
class Effects:
    """What an office's work came to: facts of the office, of nobody alone."""

    #: told to the police, told to the platform, answered, hidden; people's and the service's together
    police: int
    platform: int
    answered: int
    hidden: int
    #: comments that people looked at and kept
    kept: int

    @property
    def any(self) -> bool:
        return any((self.police, self.platform, self.answered, self.hidden, self.kept))


def own_counts(session: Session, member: Member) -> OwnCounts:
    """What the member opened themself; weeks begin on Monday, in the office's time."""
    zone = session.get_one(Office, member.office_id).timezone
    now = clock.now()
    today = care.today(zone)
    hour, day = care.hour_of(now, zone), care.midnight(today, zone)
    monday = care.midnight(today - timedelta(days=today.weekday()), zone)
    rows = (
        session.execute(
            select(Exposure.hour, Exposure.kind, Exposure.count).where(
                Exposure.member_id == member.id, Exposure.hour >= monday
            )
        )
        .tuples()
        .all()
    )
    return OwnCounts(_opened(rows, hour), _opened(rows, day), _opened(rows, monday))


def office_days(session: Session, office_id: str) -> tuple[OfficeDay, ...]:
    """The sums of the last whole days, newest first.

    Today is not among them: a sum that grows while one looks would tell who is at work on what.
    """
    zone = session.get_one(Office, office_id).timezone
    days = [care.today(zone) - timedelta(days=back) for back in range(1, DAYS + 1)]
    begins, ends = care.midnight(days[-1], zone), care.midnight(care.today(zone), zone)
    rows = session.execute(
        select(Exposure.hour, Exposure.member_id, Exposure.kind, Exposure.count)
        .join(Member, Member.id == Exposure.member_id)
        .where(Member.office_id == office_id, Exposure.hour >= begins, Exposure.hour < ends)
    ).tuples()
    by_day: dict[date, list[tuple[str, str, int]]] = {}
    for hour, member_id, kind, count in rows:
        by_day.setdefault(hour.astimezone(ZoneInfo(zone)).date(), []).append((member_id, kind, count))
    return tuple(OfficeDay(day, _sum_of(by_day.get(day, []))) for day in days)


def effects(session: Session, reach: Reach) -> Effects:
    """What was decided in the last days and today, as far as it has been counted and the member sees the channels."""
    zone = session.get_one(Office, reach.office_id).timezone
    days = [(care.today(zone) - timedelta(days=back)).isoformat() for back in range(DAYS)]
    rows = session.scalars(
        select(Figures.counted).where(Figures.office_id == reach.office_id, Figures.stretch.in_(days))
    )
    by_verb: Counter[str] = Counter()
    for counted in rows:
        for channel_id, figures in counted.items():
            if reach.channels is None or channel_id in reach.channels:
                for verb, (service, people) in figures["verbs"].items():
                    by_verb[verb] += people if verb == Verb.KEEP else service + people
    return Effects(
        police=by_verb[Verb.REPORT_POLICE],
        platform=by_verb[Verb.REPORT_PLATFORM],
        answered=by_verb[Verb.REPLY] + by_verb[Verb.REDIRECT],
        hidden=by_verb[Verb.HIDE],
        kept=by_verb[Verb.KEEP],
    )


def to_be_masked(session: Session, comment_ids: Sequence[str], heavy: Collection[str]) -> frozenset[str]:
    """Those that were ever a severe case, or in which the service found one of the labels `heavy`."""
    if not comment_ids:
        return frozenset()
    severe = session.scalars(select(Case.comment_id).where(Case.comment_id.in_(comment_ids), Case.severe.is_(True)))
    found = session.execute(
        select(Decision.comment_id, Decision.findings).where(
            Decision.comment_id.in_(comment_ids), Decision.maker != Maker.PERSON
        )
    ).tuples()
    wanted = frozenset(heavy)
    return frozenset(severe) | {
        comment_id for comment_id, findings in found if not wanted.isdisjoint(labels_of(findings))
    }


def _opened(rows: Sequence[tuple[datetime, str, int]], since: datetime) -> Opened:
    def count(kind: Kind) -> int:
        return sum(number for at, of, number in rows if of == kind and at >= since)

    return Opened(count(Kind.SEVERE), count(Kind.ALL))


def _sum_of(rows: Sequence[tuple[str, str, int]]) -> Opened | None:
    if len({member_id for member_id, kind, _ in rows if kind == Kind.ALL}) < ENOUGH:
        return None

    def count(kind: Kind) -> int:
        return sum(number for _, of, number in rows if of == kind)

    return Opened(count(Kind.SEVERE), count(Kind.ALL))
