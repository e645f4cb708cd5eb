"""How one member likes to work."""

import pytest

from moderator.errors import Invalid
from moderator.review import preferences
from moderator.review.preferences import Chosen
from moderator.storage.database import Database
from moderator.storage.tables import Preferences
from tests.moderator.conftest import People


def _written(database: Database, member_id: str, **changes: object) -> Chosen:
    with database.write() as session:
        preferences.write(session, member_id, changes)
    with database.read() as session:
        return preferences.read(session, member_id)


def test_who_chose_nothing_has_the_defaults(database: Database, people: People) -> None:
    with database.read() as session:
        chosen = preferences.read(session, people.mona.id)
    assert chosen == Chosen()
    assert chosen.keys["keep"] == "k"
    assert chosen.keys_on
    assert chosen.mask_severe


def test_one_choice_leaves_the_others_and_other_members_as_they_were(database: Database, people: People) -> None:
    _written(database, people.mona.id, mask_slurs=False)
    chosen = _written(database, people.mona.id, quiet_from="9:05", not_about=["threat", "sexual", "threat"])
    assert (chosen.mask_slurs, chosen.quiet_from, chosen.not_about) == (False, "09:05", ("sexual", "threat"))
    with database.read() as session:
        assert preferences.read(session, people.leo.id) == Chosen()


def test_only_what_differs_from_the_defaults_is_kept(database: Database, people: People) -> None:
    _written(database, people.mona.id, keys={"keep": "c", "hide": "h"}, keys_on=False, severe_per_hour=3)
    chosen = _written(database, people.mona.id, keys_on=True, severe_per_hour=None, not_about=[])
    assert (chosen.keys["keep"], chosen.keys["hide"], chosen.keys_on) == ("c", "h", True)
    with database.read() as session:
        assert session.get_one(Preferences, people.mona.id).chosen == {"keys": {"keep": "c"}}


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("keys.hide", {"keys": {"hide": "j", "next": ""}}),
        ("keys.delete", {"keys": {"keep": "d"}}),
        ("keys.keep", {"keys": {"keep": " "}}),
        ("keys", {"keys": {"sing": "g"}}),
        ("keys", {"keys": "k"}),
        ("keys_on", {"keys_on": "yes"}),
        ("quiet_from", {"quiet_from": "25:00"}),
        ("quiet_until", {"quiet_until": "٣:٠٠"}),
        ("not_about", {"not_about": ["anger"]}),
        ("not_about", {"not_about": "threat"}),
        ("severe_per_hour", {"severe_per_hour": -1}),
        ("severe_per_day", {"severe_per_day": True}),
        ("colour", {"colour": "teal"}),
    ],
)
def test_what_cannot_be_chosen_is_refused_by_name_and_changes_nothing(
    database: Database, people: People, field: str, changes: dict[str, object]
) -> None:
    with pytest.raises(Invalid) as refused:
        _written(database, people.mona.id, mask_slurs=False, **changes)
    assert refused.value.field == field
    with database.read() as session:
        assert preferences.read(session, people.mona.id) == Chosen()


def test_what_was_kept_and_is_no_choice_any_more_counts_as_not_chosen(database: Database, people: People) -> None:
    with database.write() as session:
        kept = {"keys": {"sing": "g", "keep": "c"}, "quiet_from": 7, "colour": "teal", "mask_slurs": False}
        session.add(Preferences(member_id=people.mona.id, chosen=kept))
    with database.read() as session:
        chosen = preferences.read(session, people.mona.id)
    assert chosen == Chosen(keys={**Chosen().keys, "keep": "c"}, mask_slurs=False)
