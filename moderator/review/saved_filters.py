"""Views of the queue under a name: a member's own, and those that the office shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from moderator import clock
from moderator.domain.filters import Filter
from moderator.errors import Invalid, NotAllowed, NotFound
from moderator.pipeline.storable import storable
from moderator.review.access import may_decide, may_manage
from moderator.storage.tables import Member, SavedFilter

#: How many one member may have.
AT_MOST = 100
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved filter as one member sees it."""

    id: str
    name: str
    wanted: Filter
    shared: bool
    #: who shares it; empty where it is the member's own
    by: str
    #: the member may rename and delete it
    theirs: bool


def listed(session: Session, member: Member) -> tuple[Saved, ...]:
    """The member's own and the office's shared ones, by name."""
    found = session.execute(
        select(SavedFilter, Member.name)
        .join(Member, Member.id == SavedFilter.member_id)
        .where(
            SavedFilter.office_id == member.office_id,
            or_(SavedFilter.member_id == member.id, SavedFilter.shared.is_(True)),
        )
    ).tuples()
    saved = [_as_seen(row, name, member) for row, name in found]
    return tuple(sorted(saved, key=lambda each: (each.name.casefold(), each.id)))


def save(session: Session, member: Member, name: str, wanted: Filter, shared: bool = False) -> SavedFilter:
    """Raises `Invalid`, or `NotAllowed` where the member's role shares nothing."""
    _require_sharer(member, shared)
    if not wanted.query():
        raise Invalid("name", "This is the whole queue. Choose what to see before you save it.")
    # Two forms sent at once take turns, so that neither meets the other's name in the database.
    session.get_one(Member, member.id, with_for_update=True)
    count = session.scalar(select(func.count()).where(SavedFilter.member_id == member.id)) or 0
    if count >= AT_MOST:
        raise Invalid("name", f"You have {AT_MOST} saved filters. Delete one first.")
    saved = SavedFilter(
        id=clock.new_id(),
        office_id=member.office_id,
        member_id=member.id,
        name=_free_name(session, member.id, name),
        query=urlencode(wanted.query()),
        shared=shared,
        created_at=clock.now(),
    )
    session.add(saved)
    session.flush()
    return saved


def change(session: Session, member: Member, filter_id: str, name: str, shared: bool) -> SavedFilter:
    """Another name, or shared or no longer. Raises `NotFound`, `NotAllowed`, `Invalid`."""
    saved = _own(session, member, filter_id)
    if shared and not saved.shared:
        _require_sharer(member, shared)
    saved.name = _free_name(session, saved.member_id, name, but=saved.id)
    saved.shared = shared
    session.flush()
    return saved


def delete(session: Session, member: Member, filter_id: str) -> None:
    """Raises `NotFound`, `NotAllowed`."""
    session.delete(_own(session, member, filter_id))
    session.flush()


def _own(session: Session, member: Member, filter_id: str) -> SavedFilter:
    saved = session.get(SavedFilter, filter_id)
    if saved is None or saved.office_id != member.office_id or not (saved.shared or saved.member_id == member.id):
        raise NotFound("there is no such saved filter")
    if not _is_theirs(saved, member):
        raise NotAllowed("Only whoever saved this filter, an owner or a lead may change it.")
    return saved


def _is_theirs(saved: SavedFilter, member: Member) -> bool:
    return saved.member_id == member.id or (saved.shared and may_manage(member))


def _require_sharer(member: Member, shared: bool) -> None:
    if shared and not may_decide(member):
        raise NotAllowed(f"the role {member.role} does not share filters")


def _free_name(session: Session, member_id: str, name: str, but: str = "") -> str:
    plain = " ".join(storable(name)[0].split())
    if not plain or not plain.isprintable():
        raise Invalid("name", "Please give it a name in plain letters.")
    if len(plain) > LONGEST_NAME:
        raise Invalid("name", f"Please give it a name of {LONGEST_NAME} characters or fewer.")
    taken = select(SavedFilter.id).where(
        SavedFilter.member_id == member_id, SavedFilter.name == plain, SavedFilter.id != but
    )
    if session.scalars(taken).first() is not None:
        raise Invalid("name", "There is a saved filter of that name already. Please choose another.")
    return plain


def _as_seen(row: SavedFilter, by: str, member: Member) -> Saved:
    own = row.member_id == member.id
    return Saved(row.id, row.name, _read(row.query), row.shared, "" if own else by, _is_theirs(row, member))


def _read(query: str) -> Filter:
    """What no longer is a value is left out, as in any address."""
    asked: Mapping[str, str] = dict(parse_qsl(query))
    return Filter.of(asked)
