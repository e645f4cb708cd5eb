"""Which version the public sees, and what is said of the others: the same that decisions go by."""

from datetime import timedelta

import pytest

from guidelines.load import load_text
from moderator import accounts, clock, publishing
from moderator.errors import NotFound
from moderator.queries.guideline_changes import changes_page
from moderator.queries.guidelines_page import Does, Standing, guidelines_page, shown
from moderator.storage.database import Database
from tests.fakes.everything import EVERYTHING, everything

LABELS = frozenset({"threat", "discrimination", "harassment", "help_request"})


def _published(database: Database, *days_ahead: float) -> str:
    """Versions of an office, each in force from so many days ahead. Returns the office's id."""
    with database.write() as session:
        office_id = accounts.create_office(session, "An office", "office").id
        today = clock.now()
        for number, days in enumerate(days_ahead, 1):
            rules = load_text(EVERYTHING.replace("Do not threaten anybody.", f"Threaten nobody, {number}."))
            starts = today + timedelta(days=days) if days else None
            publishing.publish(session, office_id, rules, effective_at=starts)
    return office_id


@pytest.mark.parametrize("days_later", [0, 4, 8, 12])
def test_the_page_shows_the_version_that_decisions_go_by(
    database: Database, monkeypatch: pytest.MonkeyPatch, days_later: int
) -> None:
    office_id = _published(database, 0, 10, 3, 7, 7)
    then = clock.now() + timedelta(days=days_later)
    monkeypatch.setattr(clock, "now", lambda: then)
    with database.read() as reading:
        page = guidelines_page(reading, "office", None, LABELS)
        current = publishing.current(reading, office_id)
        assert current is not None
        assert page.version.number == current.number
        assert [line.number for line in page.upcoming] == [
            version.number for version in publishing.upcoming(reading, office_id) if version.number != 4
        ]
    standings = {line.number: line.standing for line in page.versions}
    assert list(standings.values()).count(Standing.IN_FORCE) == 1
    assert standings[current.number] is Standing.IN_FORCE


def test_every_version_says_when_it_was_in_force(database: Database) -> None:
    _published(database, 0, 0, 9)
    with database.read() as reading:
        third, second, first = guidelines_page(reading, "office", None, LABELS).versions
    assert (first.standing, second.standing, third.standing) == (
        Standing.EARLIER,
        Standing.IN_FORCE,
        Standing.UPCOMING,
    )
    assert first.ended_at == second.effective_at
    assert second.ended_at == third.effective_at
    assert third.ended_at is None


def test_a_version_is_compared_with_the_one_numbered_before_it(database: Database) -> None:
    _published(database, 0, 9, 3)
    with database.read() as reading:
        assert changes_page(reading, "office", 1, LABELS).before is None
        third = changes_page(reading, "office", 3, LABELS)
        with pytest.raises(NotFound, match="no version 4"):
            changes_page(reading, "office", 4, LABELS)
    assert third.before == 2
    (group,) = third.groups
    assert (group.rule_id, group.title) == ("2a", "Threats")
    assert "".join(piece.text for piece in group.changes[0].pieces if piece.fate != "dropped") == "Threaten nobody, 3."


@pytest.mark.parametrize(
    ("labels", "does"),
    [
        (LABELS, Does.HIDES),
        # the exception is not measured: the labels ask people, the words still hide
        (frozenset({"harassment"}), Does.HIDES),
    ],
)
def test_words_that_are_enough_hide_whatever_is_measured(labels: frozenset[str], does: Does) -> None:
    assert shown(everything(), labels, "Europe/London").does["2b"] is does


@pytest.mark.parametrize(
    ("condition", "labels", "does"),
    [
        ("{label: threat}", {"threat"}, Does.HIDES),
        ("{label: threat}", set(), Does.NOTHING),
        ("{label: threat, automatic: never}", {"threat"}, Does.ASKS),
        ("{all: [{label: threat}, {post: limited}]}", {"threat"}, Does.HIDES),
        ("{all: [{label: threat}, {label: spam, automatic: never}]}", {"threat", "spam"}, Does.ASKS),
        ("{all: [{label: threat}, {not: {label: spam}}]}", {"threat", "spam"}, Does.HIDES),
        ("{all: [{label: threat}, {not: {label: spam}}]}", {"threat"}, Does.ASKS),
        ("{any: [{label: threat}, {label: spam, automatic: never}]}", {"spam"}, Does.ASKS),
        ("{recorded: outside_constituency}", set(), Does.ASKS),
        ("{links: any, automatic: true}", set(), Does.HIDES),
        ("{links: any}", set(), Does.ASKS),
        ("{all: [{links: any, automatic: true}, {period: spring}]}", set(), Does.HIDES),
    ],
)
def test_what_the_machine_may_do_follows_from_the_condition(condition: str, labels: set[str], does: Does) -> None:
    rules = load_text(EVERYTHING.replace("condition: {label: threat}", f"condition: {condition}"))
    assert shown(rules, frozenset(labels), "Europe/London").does["2a"] is does
