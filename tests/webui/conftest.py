"""A service with two offices in it. Alice's people should see nothing of Charlie's office, nor Charlie of theirs."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from moderator import accounts, channels
from moderator.domain.vocabulary import Role
from moderator.doorbell import LocalDoorbell
from moderator.pipeline.classifier_room import ClassifierRoom
from moderator.runtime import Runtime
from moderator.sealing import Sealer
from moderator.settings import Settings
from moderator.storage.database import Database
from moderator.storage.tables import Member
from webui.app import create_app

SECRET_KEY = "a secret key that only the tests know"
PASSWORD = "violet kettle parade"


@dataclass(frozen=True, slots=True)
class Cast:
    """One member of each role in Alice's office; Charlie owns the other. Alice and Charlie have `PASSWORD`."""

    alice: Member
    leo: Member
    mona: Member
    victor: Member
    olive: Member
    charlie: Member

    @property
    def office_id(self) -> str:
        return self.alice.office_id

    @property
    def other_office_id(self) -> str:
        return self.charlie.office_id


#: For tests that put many values to code which knows no database: one kind is enough.
on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

#: `signed_in(cast.alice)`: a browser with that member's session
SignedIn = Callable[[Member], FlaskClient]

#: `channel_of(office_id)`: the id of a new channel
ChannelOf = Callable[[str], str]

#: `form_token(client)`: what that browser's forms carry
FormToken = Callable[[FlaskClient], str]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path,
        database_url="",
        redis_url=None,
        secret_key=SECRET_KEY,
        public_url="http://moderator.test",
        classifiers=(),
    )


@pytest.fixture
def runtime(settings: Settings, database: Database) -> Runtime:
    """A service without workers: what is due stays due."""
    return Runtime(
        settings=settings,
        database=database,
        doorbell=LocalDoorbell(),
        sealer=Sealer(SECRET_KEY),
        classifiers=ClassifierRoom(settings.classifiers),
    )


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


@pytest.fixture(scope="session")
def _password_hash() -> str:
    """Made once: it is slow on purpose."""
    return PasswordHasher().hash(PASSWORD)


@pytest.fixture
def cast(database: Database, _password_hash: str) -> Cast:
    with database.write() as session:
        ours = accounts.create_office(session, "Office of Alice Archer").id
        theirs = accounts.create_office(session, "Office of Charlie Church").id

        def member(office_id: str, name: str, role: Role, password_hash: str | None = None) -> Member:
            added = accounts.add_member(session, office_id, f"{name.lower()}@example.org", name, role)
            added.password_hash = password_hash
            return added

        return Cast(
            alice=member(ours, "Alice", Role.OWNER, _password_hash),
            leo=member(ours, "Leo", Role.LEAD),
            mona=member(ours, "Mona", Role.MODERATOR),
            victor=member(ours, "Victor", Role.VOLUNTEER),
            olive=member(ours, "Olive", Role.OBSERVER),
            charlie=member(theirs, "Charlie", Role.OWNER, _password_hash),
        )


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def signed_in(app: Flask, database: Database) -> SignedIn:
    def sign_in(member: Member) -> FlaskClient:
        with database.write() as session:
            token = accounts.open_session(session, member.id)
        client = app.test_client()
        client.set_cookie("session", token)
        return client

    return sign_in


@pytest.fixture
def form_token() -> FormToken:
    def read(client: FlaskClient) -> str:
        # Every page with a frame has a form: to sign in, or to sign out.
        page = client.get("/sign-in", follow_redirects=True).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, page
        return found[1]

    return read


@pytest.fixture
def channel_of(runtime: Runtime) -> ChannelOf:
    def create(office_id: str) -> str:
        with runtime.database.write() as session:
            return channels.create_channel(session, runtime.sealer, office_id, "webhook", "Our website").id

    return create
