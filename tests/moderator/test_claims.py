"""Checked claims are kept with their source, link and days, and nothing of a file is lost without a word."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from classifiers.claims.checked import Verdict
from moderator import claim_files, claims, clock
from moderator.claim_files import Draft
from moderator.errors import Conflict, Invalid, NotAllowed, NotFound
from moderator.storage.tables import AuditEntry, CheckedClaim
from tests.moderator.conftest import World

REVIEW = {
    "@context": "https://schema.org",
    "@type": "ClaimReview",
    "datePublished": "2026-05-04T10:00:00Z",
    "url": "https://checks.example/bleach",
    "claimReviewed": "Bleach cures the flu.",
    "author": {"@type": "Organization", "name": "Checkers"},
    "reviewRating": {"@type": "Rating", "ratingValue": 1, "bestRating": 5, "worstRating": 1, "alternateName": "False"},
}


def draft(**other: str) -> Draft:
    usual = {
        "where": "line 2",
        "text": "Bleach cures the flu.",
        "rating": "False",
        "source": "Checkers",
        "link": "https://checks.example/bleach",
        "checked_on": "2026-05-04",
        "expires_on": (clock.now().date() + timedelta(days=30)).isoformat(),
    }
    return Draft(**(usual | other))


def test_a_claim_is_kept_with_all_that_was_said_of_it(world: World) -> None:
    with world.database.write() as session:
        kept = claims.add(session, world.people.alice, draft())
        assert (kept.verdict, kept.added_by, kept.withdrawn_at) == ("false", world.people.alice.id, None)
    with world.database.read() as session:
        events = list(session.scalars(select(AuditEntry.event).where(AuditEntry.event.like("claim.%"))))
    assert events == ["claim.added"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", " \n "),
        ("text", "x" * 1_001),
        ("text", "a\x00b"),
        ("link", "javascript:alert(1)"),
        ("link", "https://name@host.example/"),
        ("link", "http://[::1"),
        ("checked_on", "yesterday"),
        ("checked_on", "2999-01-01"),
        ("expires_on", "2020-01-01"),
        ("verdict", "maybe"),
        ("source", ""),
        ("rating", ""),
    ],
)
def test_what_cannot_be_kept_is_refused_by_the_name_of_its_field(world: World, field: str, value: str) -> None:
    with world.database.write() as session, pytest.raises(Invalid) as refused:
        claims.add(session, world.people.alice, draft(**{field: value}))
    assert refused.value.field == field


def test_the_same_check_is_kept_once(world: World) -> None:
    with world.database.write() as session:
        claims.add(session, world.people.alice, draft())
    with world.database.write() as session, pytest.raises(Invalid, match="already"):
        claims.add(session, world.people.leo, draft(text="BLEACH cures   the flu."))


def test_a_withdrawn_claim_stays_and_changes_no_more(world: World) -> None:
    with world.database.write() as session:
        claim_id = claims.add(session, world.people.alice, draft()).id
        claims.withdraw(session, world.people.leo, claim_id)
    with world.database.write() as session, pytest.raises(Conflict):
        claims.change(session, world.people.alice, claim_id, draft(rating="True"))
    with world.database.read() as session:
        assert session.get_one(CheckedClaim, claim_id).withdrawn_by == world.people.leo.id


def test_a_new_text_takes_its_vector_away(world: World) -> None:
    with world.database.write() as session:
        claim = claims.add(session, world.people.alice, draft())
        claim.vector, claim.vector_version = b"xx", "1"
        claims.change(session, world.people.alice, claim.id, draft(rating="Wrong"))
        assert claim.vector == b"xx"
        claims.change(session, world.people.alice, claim.id, draft(text="Bleach cures colds."))
        assert claim.vector is None


def test_only_owners_and_leads_of_the_office_manage_its_claims(world: World) -> None:
    with world.database.write() as session:
        claim_id = claims.add(session, world.people.alice, draft()).id
    for member in (world.people.mona, world.people.victor, world.people.olive):
        with world.database.write() as session, pytest.raises(NotAllowed):
            claims.withdraw(session, member, claim_id)
    with world.database.write() as session, pytest.raises(NotFound):
        claims.withdraw(session, world.people.charlie, claim_id)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda review: review,
        lambda review: [review, {"@type": "Article"}],
        lambda review: {"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, review]},
        lambda review: {"@type": "DataFeed", "dataFeedElement": [{"item": [review]}]},
        lambda review: review | {"@type": ["https://schema.org/ClaimReview", "Review"]},
    ],
)
def test_a_claimreview_is_found_wherever_it_stands(wrap: Callable[[object], object]) -> None:
    [found] = claim_files.read("\ufeff" + json.dumps(wrap(REVIEW)))
    assert found.text == "Bleach cures the flu."
    assert (found.source, found.rating, found.checked_on) == ("Checkers", "False", "2026-05-04")


def test_a_claimreview_is_read_from_a_page() -> None:
    page = f'<html><script type="application/ld+json">{json.dumps(REVIEW)}</script></html>'
    assert [each.source for each in claim_files.read(page)] == ["Checkers"]


@pytest.mark.parametrize(
    ("rating", "verdict"),
    [
        ("False", Verdict.FALSE),
        ("Pants on Fire!", Verdict.FALSE),
        ("This is inaccurate", Verdict.FALSE),
        ("Not true", Verdict.FALSE),
        ("Half true", Verdict.MISLEADING),
        ("Missing context", Verdict.MISLEADING),
        ("Mostly true", Verdict.TRUE),
        ("Correct.", Verdict.TRUE),
        ("No evidence", Verdict.UNPROVEN),
        ("Three Pinocchios", None),
    ],
)
def test_a_rating_in_words_comes_down_to_a_verdict(rating: str, verdict: Verdict | None) -> None:
    assert claim_files.verdict_of(rating) == verdict


def test_numbers_speak_where_the_words_of_a_rating_are_not_known() -> None:
    rating = REVIEW["reviewRating"] | {"alternateName": "Three Pinocchios", "ratingValue": "2"}  # type: ignore[operator]
    [found] = claim_files.read(json.dumps(REVIEW | {"reviewRating": rating}))
    assert (found.rating, found.verdict) == ("Three Pinocchios", "false")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "nothing in it"),
        ('{"a": 1,\n "b": }', "line 2, character 7"),
        ("[" * 100_000, "nested too deeply|no JSON"),
        ('{"@type": "Article"}', "no checked claim"),
        ("[" + "1" * 5_000 + "]", "no JSON|no checked claim"),
        ("<p>Hello</p>", "web page"),
        ("claim,rating\nx,y", "line 1: no column is called source or link or checked"),
        ('claim,rating,source,link,checked\n"x', "line 2"),
        ("claim,rating,source,link,checked\n", "no checked claim"),
    ],
)
def test_what_cannot_be_read_says_where(text: str, complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        claim_files.read(text)


@pytest.mark.parametrize("value", [None, 7, [], {}, [[[["x"]]]], {"name": {"name": {"name": {"name": "x"}}}}, True])
def test_odd_values_are_refused_and_break_nothing(world: World, value: object) -> None:
    review = dict.fromkeys(("claimReviewed", "url", "author", "reviewRating", "datePublished"), value)
    drafts = claim_files.read(json.dumps(review | {"@type": "ClaimReview"}))
    with world.database.write() as session:
        done = claims.take(session, world.people.alice, drafts)
    assert (done.added, len(done.refused)) == (0, 1)


CSV = """claim;rating;source;link;checked;expires
Bleach cures the flu.;False;Checkers;https://checks.example/1;2026-05-04;2999-01-01
"A claim
over two lines";Three Pinocchios;Checkers;https://checks.example/2;2026-05-04;2999-01-01
No link;False;Checkers;ftp://checks.example/3;2026-05-04;2999-01-01
No day;False;Checkers;https://checks.example/4;4 May;2999-01-01
"""


def test_a_file_gives_what_can_be_kept_and_names_line_and_field_of_the_rest(world: World) -> None:
    with world.database.write() as session:
        done = claims.take(session, world.people.leo, claim_files.read(CSV))
    assert (done.added, done.changed, done.same, done.unsure) == (2, 0, 0, 1)
    assert [(each.where, each.field) for each in done.refused] == [("line 5", "link"), ("line 6", "checked_on")]
    with world.database.read() as session:
        assert set(session.scalars(select(CheckedClaim.verdict))) == {"false", "unproven"}


def test_a_file_that_comes_again_changes_only_what_differs(world: World) -> None:
    def send(text: str) -> claims.Imported:
        with world.database.write() as session:
            return claims.take(session, world.people.alice, claim_files.read(text))

    send(CSV)
    again = send(CSV.replace("Bleach cures the flu.;False", "Bleach cures the flu.;Misleading"))
    assert (again.added, again.changed, again.same) == (0, 1, 1)
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(CheckedClaim)) == 2


def test_an_office_keeps_so_many_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "MOST", 1)
    with world.database.write() as session, pytest.raises(Conflict, match="at most 1"):
        claims.take(session, world.people.alice, claim_files.read(CSV))
