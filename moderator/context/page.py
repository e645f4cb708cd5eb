"""What each comment's office says about its page."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from classifiers.base import Page
from moderator.runtime import Runtime
from moderator.storage.tables import PageProfile

#: What an office that says nothing says.
NOTHING = Page()


def gather(runtime: Runtime, rows: Sequence[Any]) -> list[Page]:
    with runtime.database.read() as session:
        found = session.scalars(select(PageProfile).where(PageProfile.office_id.in_({row.office_id for row in rows})))
        pages = {profile.office_id: _page(profile.said) for profile in found}
    return [pages.get(row.office_id, NOTHING) for row in rows]


def of_office(session: Session, office_id: str) -> Page:
    """What the office says about its page."""
    profile = session.get(PageProfile, office_id)
    return _page(profile.said) if profile else NOTHING


def _page(said: Mapping[str, Any]) -> Page:
    known = {field.name for field in fields(Page)}
    return Page(**{name: tuple(value) for name, value in said.items() if name in known})
