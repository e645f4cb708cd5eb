"""What an office says about its page, so that comments can be held against it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy.orm import Session

from classifiers.base import Page
from moderator import audit
from moderator.errors import Invalid
from moderator.links import hosts
from moderator.pipeline.storable import is_storable
from moderator.review.access import require_manager
from moderator.storage.tables import Member, PageProfile

#: Lines of one field, and characters of one line.
MOST_LINES, LONGEST = 100, 200

_COUNTRY = re.compile(r"[A-Z]{2}")


def describe(session: Session, member: Member, said: Mapping[str, Sequence[str]]) -> Page:
    """Replace what the member's office says about its page: lines by field of `Page`, a field left out is empty.

    Raises `NotAllowed`, and `Invalid` naming the field and the line.
    """
    require_manager(member)
    page = Page(**{name: _tidy(name, lines) for name, lines in said.items()})
    for name in ("trusted_sites", "refused_sites"):
        _require_sites(name, getattr(page, name))
    if wrong := [code for code in page.countries if not _COUNTRY.fullmatch(code)]:
        raise Invalid("countries", f"{wrong[0]!r} is no country: write two capital letters, such as GB or IE")
    row = session.get(PageProfile, member.office_id, with_for_update=True)
    if row is None:
        row = PageProfile(office_id=member.office_id, said={})
        session.add(row)
    row.said = {name: list(lines) for name, lines in asdict(page).items()}
    detail = {name: len(lines) for name, lines in row.said.items()}
    subject = f"office:{member.office_id}"
    audit.append(session, [audit.Entry(member.office_id, f"member:{member.id}", "page.described", subject, detail)])
    return page


def _tidy(name: str, lines: Sequence[str]) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(tidy for line in lines if (tidy := " ".join(line.split()))))
    if len(kept) > MOST_LINES:
        raise Invalid(name, f"at most {MOST_LINES} lines")
    for line in kept:
        if len(line) > LONGEST:
            raise Invalid(name, f"the line {line[:40]!r} and so on has more than {LONGEST} characters")
        if not is_storable(line):
            raise Invalid(name, f"the line {line!r} holds characters that cannot be written down")
    return kept


def _require_sites(name: str, sites: Sequence[str]) -> None:
    for site in sites:
        if hosts(f"https://{site}/") != {site}:
            raise Invalid(
                name, f"{site!r} is no name of a site: write example.org, in small letters and without a path"
            )
