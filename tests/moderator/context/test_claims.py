"""Each comment meets the checked claims of its own office that hold today, and no others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select

from classifiers import embedding
from classifiers.claims.words import stems, words
from moderator import claims, clock
from moderator.claim_files import Draft
from moderator.context.claims import NOTHING, gather
from moderator.queries import claims_page
from moderator.review.access import Reach
from moderator.storage.tables import CheckedClaim
from tests.moderator.conftest import World


@dataclass(frozen=True)
class Row:
    id: str
    office_id: str
    text: str
    original: str | None = None


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was embedded. Texts are near here that share their words."""
    seen: list[str] = []

    def embed(texts: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        seen.extend(texts)
        found = np.zeros((len(texts), embedding.WIDTH), np.float32)
        for place, text in enumerate(texts):
            for stem in stems(words(text)):
                found[place, sum(map(ord, stem)) % embedding.WIDTH] += 1
            found[place] /= max(float(np.linalg.norm(found[place])), 1e-6)
        return found

    monkeypatch.setattr(embedding, "embed", embed)
    return seen


def _add(world: World, text: str = "Bleach cures the flu.", days: int = 30) -> str:
    today = clock.now().date()
    until = (today + timedelta(days=days)).isoformat()
    told = Draft("", text, "False", "Checkers", "https://checks.example/1", "2026-05-04", "", until)
    with world.database.write() as session:
        return claims.add(session, world.people.alice, told).id


def _found(world: World, text: str, office_id: str = "") -> list[str]:
    revision_id = clock.new_id() if office_id else world.comment(world.settled(text)).revision_id
    [known] = gather(world.runtime, [Row(revision_id, office_id or world.office_id, text)])
    return [near.claim.text for near in known.nearest]


def test_an_office_without_claims_costs_nothing(world: World, asked: list[str]) -> None:
    [known] = gather(world.runtime, [Row("x", world.office_id, "Bleach cures the flu.")])
    assert known is NOTHING
    assert asked == []


def test_a_comment_meets_the_claims_of_its_own_office(world: World, asked: list[str]) -> None:
    _add(world)
    assert _found(world, "bleach cures flu") == ["Bleach cures the flu."]
    assert _found(world, "My bus was late") == []
    assert _found(world, "bleach cures flu", world.people.charlie.office_id) == []


def test_what_was_withdrawn_or_has_expired_counts_no_more(world: World, asked: list[str]) -> None:
    claim_id = _add(world, days=3)
    assert _found(world, "bleach cures flu")
    world.clock.forward(days=4)
    assert not _found(world, "bleach cures flu")
    lasting = _add(world, "Onions cure a fever.")
    assert _found(world, "onions cure fever")
    with world.database.write() as session:
        claims.withdraw(session, world.people.alice, lasting)
    assert not _found(world, "onions cure fever")
    with world.database.read() as session:
        assert session.get_one(CheckedClaim, claim_id).vector is not None


def test_a_claim_is_read_once_and_again_only_when_it_changed(world: World, asked: list[str]) -> None:
    _add(world)
    for text in ("bleach cures flu", "My bus was late"):
        _found(world, text)
    assert asked.count("Bleach cures the flu.") == 1
    _add(world, "Onions cure a fever.")
    _found(world, "onions cure fever")
    assert asked.count("Bleach cures the flu.") == 1


def test_the_sentence_that_speaks_of_the_claim_counts_in_a_long_comment(world: World, asked: list[str]) -> None:
    _add(world)
    text = "Thank you for visiting the school and the market in our village. Bleach cures flu!"
    revision_id = world.comment(world.settled(text)).revision_id
    [known] = gather(world.runtime, [Row(revision_id, world.office_id, text)])
    [near] = known.nearest
    assert float(near.passage @ near.vector) == pytest.approx(1.0, abs=0.01)


def test_what_a_comment_came_near_is_shown_beside_it(world: World, asked: list[str]) -> None:
    _add(world)
    comment_id = world.settled("bleach cures flu")
    revision_id = world.comment(comment_id).revision_id
    row = Row(revision_id, world.office_id, "bleach cures flu")
    gather(world.runtime, [row])
    gather(world.runtime, [row])
    with world.database.read() as session:
        [shown] = claims_page.near(session, Reach(world.office_id), comment_id)
        assert claims_page.near(session, Reach(world.people.charlie.office_id), comment_id) == ()
        assert session.scalars(select(CheckedClaim.text)).one() == shown.text
    world.clock.forward(days=40)
    with world.database.read() as session:
        assert claims_page.near(session, Reach(world.office_id), comment_id) == ()
