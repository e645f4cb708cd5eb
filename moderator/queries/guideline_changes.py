"""What changed from one published version to the next."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from sqlalchemy.orm import Session

from guidelines.diff import Change, diff
from guidelines.schema import GuidelineSet
from moderator.queries.guidelines_page import GuidelinesPage, guidelines_page


@dataclass(frozen=True, slots=True)
class Group:
    """What changed in one rule; `rule_id` is empty for what belongs to none."""

    rule_id: str
    title: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class ChangesPage:
    after: GuidelinesPage
    #: number of the version before; None: there was none
    before: int | None
    groups: tuple[Group, ...]


def changes_page(session: Session, slug: str, number: int, labels: frozenset[str]) -> ChangesPage:
    """A version against the one numbered before it. Raises `NotFound`."""
    after = guidelines_page(session, slug, number, labels)
    earlier = [line.number for line in after.versions if line.number < number]
    if not earlier:
        return ChangesPage(after, None, ())
    before = guidelines_page(session, slug, max(earlier), labels)
    return ChangesPage(after, max(earlier), _groups(before.guidelines, after.guidelines))


@lru_cache(maxsize=32)
def _groups(before: GuidelineSet, after: GuidelineSet) -> tuple[Group, ...]:
    by_rule = groupby(diff(before, after), lambda change: (change.rule_id, change.rule_title))
    return tuple(Group(rule_id, title, tuple(changes)) for (rule_id, title), changes in by_rule)
