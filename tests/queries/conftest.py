"""An office with a channel and published guidelines, and a second one whose rows must never be seen from the first."""

from dataclasses import dataclass

import pytest

from moderator import accounts, channels
from moderator.domain.vocabulary import Role
from moderator.sealing import Sealer
from moderator.storage.database import Database
from tests.fakes import office

SEALER = Sealer("a secret key that only the tests know")


@dataclass(frozen=True, slots=True)
class House:
    office_id: str
    channel_id: str
    member_id: str


@pytest.fixture
def sealer() -> Sealer:
    return SEALER


@pytest.fixture
def ours(database: Database) -> House:
    return _house(database, "Alice")


@pytest.fixture
def theirs(database: Database) -> House:
    return _house(database, "Charlie")


def _house(database: Database, name: str) -> House:
    with database.write() as session:
        office_id = accounts.create_office(session, f"Office of {name}").id
        member = accounts.add_member(session, office_id, f"{name.lower()}@example.org", name, Role.OWNER)
        office.publish(session, office_id)
        settings = {"target_url": "https://tool.example.org/hook"}
        channel = channels.create_channel(session, SEALER, office_id, "webhook", f"{name}'s page", config=settings)
        return House(office_id, channel.id, member.id)
