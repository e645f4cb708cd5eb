"""What the public page must say beside the rules: who moderates, when, and how to ask for another look."""

from collections.abc import Iterator

from guidelines.checks.flaw import Flaw
from guidelines.schema import GuidelineSet


def no_contact(guidelines: GuidelineSet) -> Iterator[Flaw]:
    if not guidelines.office.contact.strip():
        yield Flaw(("office", "contact"), "no-contact", "the office gives no contact", "add contact: to office", True)


def no_hours(guidelines: GuidelineSet) -> Iterator[Flaw]:
    if not guidelines.office.hours.strip():
        message = "nothing says when somebody looks at comments"
        yield Flaw(("office", "hours"), "no-hours", message, "add hours: to office", True)


def no_moderators(guidelines: GuidelineSet) -> Iterator[Flaw]:
    if not guidelines.office.moderators.strip():
        message = "nothing says who looks at comments"
        yield Flaw(("office", "moderators"), "no-moderators", message, "add moderators: to office", True)


def no_appeal(guidelines: GuidelineSet) -> Iterator[Flaw]:
    if not guidelines.appeal.text.strip():
        message = "nothing tells people how to ask for another look"
        yield Flaw(("appeal",), "no-appeal", message, "add appeal: and what to do", True)


def no_reviewer(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """An appeal written as text alone may say it there; one in parts has a part for it."""
    appeal = guidelines.appeal
    in_parts = appeal.within_days is not None or appeal.answer_within_days is not None
    if in_parts and not appeal.reviewer.strip():
        message = "nothing says who takes another look"
        mend = "add reviewer:, somebody who did not take the decision"
        yield Flaw(("appeal", "reviewer"), "no-reviewer", message, mend, True)


def watched_and_not(guidelines: GuidelineSet) -> Iterator[Flaw]:
    watched = set(guidelines.scope.surfaces)
    for position, surface in enumerate(guidelines.scope.unmonitored):
        if surface in watched:
            message = f"{surface} is said to be looked after and not to be"
            yield Flaw(("scope", "unmonitored", position), "watched-and-not", message, "keep it in one list")


CHECKS = (no_contact, no_hours, no_moderators, no_appeal, no_reviewer, watched_and_not)
