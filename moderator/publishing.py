"""Publishing guideline sets: a version is numbered, hashed, frozen, and in force from its day until the next one's.

Nothing has to happen when that day comes: whoever asks for the version in force gets the one that is.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from guidelines import check, fingerprint
from guidelines.evaluate import Evaluator
from guidelines.render import from_dict
from guidelines.schema import GuidelineError, GuidelineSet
from moderator import audit, clock
from moderator.errors import Invalid, NotFound
from moderator.pipeline.storable import storable
from moderator.storage.tables import GuidelineVersion, Office

#: A later day than this is a slip of the pen.
FURTHEST = timedelta(days=2 * 366)
MAX_NOTE = 2000

#: Forms count in minutes, so the minute that has just begun is still now.
_JUST_NOW = timedelta(minutes=1)


def publish(
    session: Session,
    office_id: str,
    guidelines: GuidelineSet,
    member_id: str | None = None,
    *,
    effective_at: datetime | None = None,
    approved_by: str | None = None,
    note: str = "",
) -> GuidelineVersion:
    """Freeze the set as the office's next version, in force from `effective_at`; None: from now on.

    Where the same words will be in force then anyway, nothing changes and that version comes back.
    Raises `Invalid` when the set has errors or the moment has passed.
    """
    document = fingerprint.canonical(guidelines).decode()
    try:
        _read(document)  # what is stored must load back, also when the set was built by hand
    except GuidelineError as error:
        raise Invalid("guidelines", str(error)) from None
    if errors := check.errors(check.check(guidelines)):
        raise Invalid("guidelines", "; ".join(problem.message for problem in errors))
    # Two people publish at once: the second waits for the office and gets the next number.
    session.scalar(select(Office.id).where(Office.id == office_id).with_for_update())
    before, now = newest(session, office_id), clock.now()
    # Clocks of two machines differ a little; the later number must not lose to the earlier for that.
    now = max(now, before.published_at) if before else now
    effective = effective_from(effective_at, now)
    standing = current(session, office_id, effective)
    digest = fingerprint.sha256(guidelines)
    if standing is not None and standing.sha256 == digest:
        return standing
    version = GuidelineVersion(
        id=clock.new_id(),
        office_id=office_id,
        number=before.number + 1 if before else 1,
        sha256=digest,
        document=document,
        published_at=now,
        published_by=member_id,
        effective_at=effective,
        approved_by=approved_by,
        note=storable(note.strip()[:MAX_NOTE])[0],
    )
    session.add(version)
    session.flush()
    _log(session, version)
    return version


def effective_from(asked: datetime | None, now: datetime) -> datetime:
    """The moment a version published now takes effect. Raises `Invalid` for one that has passed."""
    if asked is None:
        return now
    if asked.tzinfo is None:
        raise Invalid("effective_at", "the moment needs a time zone")
    if asked < now - _JUST_NOW:
        raise Invalid("effective_at", "guidelines cannot take effect in the past: choose now or a later moment")
    if asked > now + FURTHEST:
        raise Invalid("effective_at", "this is more than two years ahead: choose an earlier day")
    return max(asked, now)


def current(session: Session, office_id: str, at: datetime | None = None) -> GuidelineVersion | None:
    """The version in force then, or now; None when there is none yet.

    It is the one that took effect last; of two that did so together, the one with the higher number.
    """
    in_force = _of(office_id).where(GuidelineVersion.effective_at <= (at or clock.now()))
    return session.scalar(
        in_force.order_by(GuidelineVersion.effective_at.desc(), GuidelineVersion.number.desc()).limit(1)
    )


def upcoming(session: Session, office_id: str) -> Sequence[GuidelineVersion]:
    """Published versions whose day is yet to come, the next one first."""
    later = _of(office_id).where(GuidelineVersion.effective_at > clock.now())
    return session.scalars(later.order_by(GuidelineVersion.effective_at, GuidelineVersion.number)).all()


def newest(session: Session, office_id: str) -> GuidelineVersion | None:
    """The version published last, whether or not it is in force."""
    return session.scalar(_of(office_id).order_by(GuidelineVersion.number.desc()).limit(1))


def versions(session: Session, office_id: str) -> Sequence[GuidelineVersion]:
    """All that the office ever published, the highest number first."""
    return session.scalars(_of(office_id).order_by(GuidelineVersion.number.desc())).all()


def numbered(session: Session, office_id: str, number: int) -> GuidelineVersion:
    """Raises `NotFound`."""
    known = 0 < number < 2**31  # a database counts no further
    found = session.scalar(_of(office_id).where(GuidelineVersion.number == number)) if known else None
    if found is None:
        raise NotFound(f"There is no version {number} of these guidelines.")
    return found


def read(version: GuidelineVersion) -> GuidelineSet:
    """The set as it was published."""
    return _read(version.document)


def evaluator(version: GuidelineVersion) -> Evaluator:
    """The version made ready to hold scores against."""
    return _evaluator(version.document)


def _of(office_id: str) -> Select[tuple[GuidelineVersion]]:
    return select(GuidelineVersion).where(GuidelineVersion.office_id == office_id)


def _log(session: Session, version: GuidelineVersion) -> None:
    detail: dict[str, object] = {"number": version.number, "sha256": version.sha256}
    if version.effective_at > version.published_at:
        detail["effective_at"] = version.effective_at.isoformat()
    if version.approved_by:
        detail["approved_by"] = version.approved_by
    actor = f"member:{version.published_by}" if version.published_by else "system"
    entry = audit.Entry(version.office_id, actor, "guidelines.published", f"version:{version.id}", detail)
    audit.append(session, [entry])


@lru_cache(maxsize=128)
def _read(document: str) -> GuidelineSet:
    return from_dict(json.loads(document))


@lru_cache(maxsize=128)
def _evaluator(document: str) -> Evaluator:
    return Evaluator(_read(document))
