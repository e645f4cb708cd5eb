"""Publishing guideline sets: a version is numbered, hashed, frozen, and in force from that moment."""

import json
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines import check, fingerprint
from guidelines.evaluate import Evaluator
from guidelines.render import from_dict
from guidelines.schema import GuidelineError, GuidelineSet
from moderator import audit, clock
from moderator.errors import Invalid
from moderator.storage.tables import GuidelineVersion, Office


def publish(
    session: Session, office_id: str, guidelines: GuidelineSet, member_id: str | None = None
) -> GuidelineVersion:
    """Freeze the set as the office's next version. Raises `Invalid` when it has errors.

    Publishing what is in force already changes nothing and returns that version.
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
    newest = current(session, office_id)
    digest = fingerprint.sha256(guidelines)
    if newest is not None and newest.sha256 == digest:
        return newest
    now = clock.now()
    version = GuidelineVersion(
        id=clock.new_id(),
        office_id=office_id,
        number=newest.number + 1 if newest else 1,
        sha256=digest,
        document=document,
        published_at=now,
        published_by=member_id,
        effective_at=now,
    )
    session.add(version)
    session.flush()
    actor = f"member:{member_id}" if member_id else "system"
    detail = {"number": version.number, "sha256": digest}
    audit.append(session, [audit.Entry(office_id, actor, "guidelines.published", f"version:{version.id}", detail)])
    return version


def current(session: Session, office_id: str) -> GuidelineVersion | None:
    """The version in force; None when nothing was published yet."""
    query = select(GuidelineVersion).where(GuidelineVersion.office_id == office_id)
    return session.scalar(query.order_by(GuidelineVersion.number.desc()).limit(1))


def read(version: GuidelineVersion) -> GuidelineSet:
    """The set as it was published."""
    return _read(version.document)


def evaluator(version: GuidelineVersion) -> Evaluator:
    """The version made ready to hold scores against."""
    return _evaluator(version.document)


@lru_cache(maxsize=128)
def _read(document: str) -> GuidelineSet:
    return from_dict(json.loads(document))


@lru_cache(maxsize=128)
def _evaluator(document: str) -> Evaluator:
    return Evaluator(_read(document))
