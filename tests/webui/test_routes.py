"""Who reaches what: every route, every method, every kind of caller, held against one table.

A route that the table does not name fails here until somebody says who may call it. What callers write is taken back
after each call, so each finds the office as it was.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from moderator import accounts
from moderator.doorbell import LocalDoorbell
from moderator.runtime import Runtime
from moderator.sealing import Sealer
from moderator.settings import Settings
from moderator.storage.database import Database
from moderator.storage.tables import Member
from tests.fakes import house, office
from tests.fakes.house import House
from webui.app import create_app

SECRET_KEY = "a secret key that only the tests know"


@dataclass(frozen=True, slots=True)
class Row:
    """What each caller is answered. `stranger`: an owner of another office, with this office's ids."""

    owner: int
    lead: int
    moderator: int
    volunteer: int
    observer: int
    visitor: int
    program: int
    #: where nothing in the address is anybody's: None, they are answered as the owner is
    stranger: int | None = None


def everybody(status: int, **otherwise: int) -> Row:
    return replace(Row(*[status] * 7), **otherwise)


def members(status: int, **otherwise: int) -> Row:
    """Any signed-in member; visitors are led to sign in."""
    return replace(everybody(status, visitor=303, program=303), **otherwise)


def whole(status: int) -> Row:
    """Members from whom nothing of the office is kept."""
    return members(status, volunteer=403)


def deciders(status: int, **otherwise: int) -> Row:
    return replace(members(status), **{"volunteer": 403, "observer": 403, **otherwise})


def managers(status: int, **otherwise: int) -> Row:
    return replace(deciders(status, moderator=403), **otherwise)


def owners(status: int) -> Row:
    return managers(status, lead=403)


def sent(row: Row) -> Row:
    """A form: what visitors send is refused."""
    return replace(row, visitor=401, program=401)


TABLE: Mapping[str, Row] = {
    "GET /": everybody(303),
    "POST /api/v1/comments": everybody(401, program=403),
    "GET /api/v1/comments/<id:comment_id>": everybody(401, program=200, stranger=401),
    "GET /api/v1/openapi.json": everybody(200),
    "GET /audit": whole(200),
    "GET /drafts": whole(200),
    "GET /drafts/<id:draft_id>": whole(200),
    "POST /drafts/<id:draft_id>": sent(managers(404)),
    "GET /drafts/<id:draft_id>/about": whole(200),
    "POST /drafts/<id:draft_id>/about": sent(managers(422)),
    "POST /drafts/<id:draft_id>/about/look": sent(managers(200)),
    "POST /drafts/<id:draft_id>/answer": sent(managers(409, stranger=409)),
    "GET /drafts/<id:draft_id>/new-rule": managers(200),
    "POST /drafts/<id:draft_id>/new-rule": sent(managers(422)),
    "POST /drafts/<id:draft_id>/new-rule/look": sent(managers(200)),
    "GET /drafts/<id:draft_id>/preview": whole(200),
    "GET /drafts/<id:draft_id>/publish": managers(303),
    "POST /drafts/<id:draft_id>/publish": sent(managers(409)),
    "GET /drafts/<id:draft_id>/review": whole(200),
    "GET /drafts/<id:draft_id>/rules/<rule_id>": whole(200),
    "POST /drafts/<id:draft_id>/rules/<rule_id>": sent(managers(422)),
    "POST /drafts/<id:draft_id>/rules/<rule_id>/look": sent(managers(200)),
    "GET /drafts/<id:draft_id>/shadow": whole(200),
    "POST /drafts/<id:draft_id>/shadow": sent(managers(303)),
    "POST /drafts/<id:draft_id>/submit": sent(managers(409, stranger=409)),
    "GET /drafts/<id:draft_id>/try": whole(200),
    "POST /drafts/<id:draft_id>/try": sent(managers(303)),
    "GET /drafts/<id:draft_id>/try/<id:run_id>/progress": whole(200),
    "POST /drafts/<id:draft_id>/try/<id:run_id>/stop": sent(managers(303)),
    "GET /drafts/<id:draft_id>/yaml": whole(200),
    "POST /drafts/<id:draft_id>/yaml": sent(managers(409)),
    "POST /drafts/<id:draft_id>/yaml/look": sent(managers(200)),
    "GET /drafts/new": managers(200),
    "POST /drafts/new": sent(managers(422)),
    "GET /g/<slug>": everybody(302, stranger=302),
    "GET /g/<slug>/qr.png": everybody(200, stranger=200),
    "GET /g/<slug>/qr.svg": everybody(200, stranger=200),
    "GET /go": members(200),
    "GET /go/places.json": members(200),
    "GET /guidelines/<slug>": everybody(200, stranger=200),
    "GET /guidelines/<slug>.json": everybody(200, stranger=200),
    "GET /guidelines/<slug>.yaml": everybody(200, stranger=200),
    "GET /guidelines/<slug>/share": everybody(200, stranger=200),
    "GET /guidelines/<slug>/v/<int(max=999999):number>": everybody(200, stranger=200),
    "GET /guidelines/<slug>/v/<int(max=999999):number>.json": everybody(200, stranger=200),
    "GET /guidelines/<slug>/v/<int(max=999999):number>.yaml": everybody(200, stranger=200),
    "GET /guidelines/<slug>/v/<int(max=999999):number>/changes": everybody(200, stranger=200),
    "GET /guidelines/schema.json": everybody(200),
    "GET /hooks/<id:channel_id>": everybody(403, stranger=403),
    "POST /hooks/<id:channel_id>": everybody(401, stranger=401),
    "GET /join/<token>": everybody(404),
    "POST /join/<token>": everybody(404),
    "GET /livez": everybody(200),
    "GET /members": managers(200),
    "GET /members/<id:member_id>": owners(200),
    "POST /members/<id:member_id>": sent(owners(422)),
    "GET /members/<id:member_id>/leave": owners(200),
    "POST /members/<id:member_id>/leave": sent(owners(303)),
    "GET /members/<id:member_id>/left": managers(200),
    "GET /members/invite": owners(200),
    "POST /members/invite": sent(owners(422)),
    "POST /members/invite/withdraw": sent(owners(404)),
    "GET /overview": managers(200),
    "GET /preferences": members(200),
    "GET /preferences/care": members(200),
    "POST /preferences/care": sent(members(303)),
    "GET /preferences/keys": members(200),
    "POST /preferences/keys": sent(members(303)),
    "POST /preferences/keys/switch": sent(members(303)),
    "GET /readyz": everybody(200),
    "GET /review": members(200),
    "POST /review/actions/<id:action_id>/done": sent(deciders(303)),
    "POST /review/actions/<id:action_id>/let-go": sent(deciders(303)),
    "POST /review/actions/<id:action_id>/retry": sent(deciders(409)),
    "GET /review/bulk": deciders(200),
    "POST /review/bulk": sent(deciders(422)),
    "GET /review/bulk/<id:bulk_id>": deciders(200),
    "GET /review/bulk/<id:bulk_id>/progress": deciders(200),
    "POST /review/bulk/<id:bulk_id>/stop": sent(deciders(303)),
    "POST /review/bulk/<id:bulk_id>/undo": sent(deciders(409)),
    "POST /review/bulk/confirm": sent(deciders(422)),
    "GET /review/bulk/new": deciders(200),
    "POST /review/bulk/new": sent(deciders(200)),
    "GET /review/campaigns": members(200),
    "GET /review/campaigns/<id:campaign_id>": members(200),
    "POST /review/campaigns/<id:campaign_id>/ask": sent(deciders(409)),
    "POST /review/campaigns/<id:campaign_id>/withdraw": sent(deciders(409)),
    "GET /review/cases/<id:case_id>": members(200),
    "POST /review/cases/<id:case_id>": sent(members(303, observer=403)),
    "GET /review/cases/<id:case_id>/confirm": members(200, observer=403),
    "POST /review/cases/<id:case_id>/escalate": sent(members(303, observer=403)),
    "POST /review/cases/<id:case_id>/give-back": sent(managers(303)),
    "POST /review/cases/<id:case_id>/hand": sent(deciders(303)),
    "POST /review/cases/<id:case_id>/lease": sent(members(303)),
    "POST /review/cases/<id:case_id>/lighter": sent(members(303, stranger=303)),
    "POST /review/cases/<id:case_id>/pass": sent(members(303, observer=403)),
    "POST /review/cases/<id:case_id>/pause": sent(members(303, stranger=303)),
    "POST /review/cases/<id:case_id>/put-back": sent(members(303)),
    "GET /review/comments/<id:comment_id>": members(200),
    "POST /review/comments/<id:comment_id>": sent(members(303, observer=403)),
    "GET /review/comments/<id:comment_id>/confirm": members(200, observer=403),
    "POST /review/comments/<id:comment_id>/facts": sent(deciders(422, volunteer=404)),
    "POST /review/comments/<id:comment_id>/facts/<id:fact_id>/withdraw": sent(deciders(303, volunteer=404)),
    "POST /review/comments/<id:comment_id>/limit-lifted": sent(deciders(409)),
    "POST /review/comments/<id:comment_id>/notes": sent(members(303, observer=403)),
    "GET /review/comments/<id:comment_id>/text": members(200),
    "GET /review/decided": members(200),
    "POST /review/decisions/<id:decision_id>/undo": sent(deciders(303)),
    "GET /review/filters": members(200),
    "POST /review/filters": sent(members(422)),
    "POST /review/filters/<id:filter_id>": sent(managers(422)),
    "POST /review/filters/<id:filter_id>/delete": sent(managers(303)),
    "POST /review/go-on": sent(members(303)),
    "GET /review/live": members(503),
    "GET /review/live.json": members(200),
    "GET /review/mentions": members(200),
    "POST /review/mentions/seen": sent(members(303)),
    "GET /review/pause": members(200),
    "GET /review/search": members(200),
    "GET /review/undo": members(200),
    "GET /settings": managers(200),
    "GET /settings/care": managers(200),
    "POST /settings/care": sent(managers(303)),
    "GET /settings/channels": managers(200),
    "GET /settings/claims": managers(200, moderator=200),
    "GET /settings/claims/<id:claim_id>": managers(200),
    "POST /settings/claims/<id:claim_id>": sent(managers(422)),
    "POST /settings/claims/<id:claim_id>/withdraw": sent(managers(303)),
    "GET /settings/claims/import": managers(200),
    "POST /settings/claims/import": sent(managers(422)),
    "GET /settings/claims/new": managers(200),
    "POST /settings/claims/new": sent(managers(422)),
    "GET /settings/channels/<id:channel_id>": managers(200),
    "POST /settings/channels/<id:channel_id>": sent(managers(422)),
    "POST /settings/channels/<id:channel_id>/resume": sent(managers(303)),
    "POST /settings/channels/<id:channel_id>/retire": sent(managers(303)),
    "POST /settings/channels/<id:channel_id>/rotate": sent(managers(422)),
    "GET /settings/channels/new": managers(404),
    "POST /settings/channels/new": sent(managers(404)),
    "GET /settings/classifiers": managers(200),
    "POST /settings/classifiers": sent(managers(422)),
    "GET /settings/leases": managers(200),
    "POST /settings/leases": sent(managers(303)),
    "GET /settings/replies": managers(200),
    "GET /settings/replies/<id:reply_id>": managers(200),
    "POST /settings/replies/<id:reply_id>": sent(managers(422)),
    "POST /settings/replies/<id:reply_id>/withdraw": sent(managers(303)),
    "GET /settings/replies/new": managers(200),
    "POST /settings/replies/new": sent(managers(422)),
    "GET /settings/page": managers(200),
    "POST /settings/page": sent(managers(303)),
    "GET /settings/words": managers(200),
    "POST /settings/words": sent(managers(303)),
    "GET /sign-in": everybody(303, visitor=200, program=200),
    "POST /sign-in": everybody(401),
    "GET /sign-in/<token>": everybody(404),
    "POST /sign-in/<token>": everybody(404),
    "POST /sign-out": everybody(303),
    "GET /static/<path:filename>": everybody(200),
}

#: Parts of an address that name nothing which belongs to an office.
NOBODYS = {"number": "1", "rule_id": "2a", "token": "x", "filename": "style.css"}

#: They lead on to the next case, whatever case stands in the address, and look at none.
LEAD_ON = frozenset({"care.lighter", "care.pause_from"})

#: They know no members: a key or a signature opens them.
FOR_PROGRAMS = frozenset({"api.get_comment", "hooks.handshake", "hooks.deliver"})


@pytest.fixture(scope="module")
def runtime(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    path = tmp_path_factory.mktemp("routes") / "moderator.db"
    path.write_bytes(_migrated_sqlite.read_bytes())
    settings = Settings(
        home=path.parent,
        database_url="",
        redis_url=None,
        secret_key=SECRET_KEY,
        public_url="http://moderator.test",
        classifiers=(),
    )
    database = Database(f"sqlite:///{path}")
    yield Runtime(settings, database, LocalDoorbell(), Sealer(SECRET_KEY), office.Room())
    database.dispose()


@pytest.fixture(scope="module")
def ours(runtime: Runtime) -> House:
    with runtime.database.write() as session:
        return house.furnished(runtime, session, "ours")


@pytest.fixture(scope="module")
def theirs(runtime: Runtime) -> House:
    with runtime.database.write() as session:
        return house.furnished(runtime, session, "theirs")


@pytest.fixture(scope="module")
def cookies(runtime: Runtime, ours: House, theirs: House) -> Mapping[str, str]:
    """A session for each member, by id."""
    known = [*ours.people.values(), ours.limited, theirs.people["owner"]]
    with runtime.database.write() as session:
        return {member.id: accounts.open_session(session, member.id) for member in known}


@pytest.fixture(scope="module")
def app(runtime: Runtime, cookies: Mapping[str, str], key: str) -> Iterator[Flask]:
    """Forms need no token here, and nothing that a call writes lasts."""
    made = create_app(runtime)
    made.config["WTF_CSRF_ENABLED"] = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runtime.database, "write", _taken_back(runtime.database))
        yield made


def _taken_back(database: Database) -> object:
    real = database.write

    @contextmanager
    def write() -> Iterator[Session]:
        with real() as session:
            yield session
            session.flush()
            session.rollback()

    return write


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Callers:
    app: Flask
    cookies: Mapping[str, str]
    key: str

    def ask(self, who: Member | str, method: str, address: str, form: Mapping[str, str] | None = None) -> Answer:
        client = self.app.test_client()
        if isinstance(who, Member):
            client.set_cookie("session", self.cookies[who.id])
        headers = {"Authorization": f"Bearer {self.key}"} if who == "program" else {}
        with client.open(address, method=method, headers=headers, data=form) as answer:
            # A stream of events has no end.
            return Answer(answer.status_code, "" if answer.is_streamed else answer.get_data(as_text=True))


@pytest.fixture(scope="module")
def callers(app: Flask, cookies: Mapping[str, str], key: str) -> Callers:
    return Callers(app, cookies, key)


@pytest.fixture(scope="module")
def key(runtime: Runtime, ours: House) -> str:
    with runtime.database.write() as session:
        return accounts.create_key(session, ours.office_id, "A program", ["comments:read"])


def _calls(app: Flask, *only: str) -> list[tuple[str, Rule]]:
    methods = only or ("GET", "POST", "PUT", "PATCH", "DELETE")
    return [(m, rule) for rule in app.url_map.iter_rules() for m in methods if m in (rule.methods or ())]


def _name(method: str, rule: Rule) -> str:
    return f"{method} {rule.rule}"


def _address(rule: Rule, ids: Mapping[str, str]) -> str:
    """An address that the rule matches. A part that is not known here fails, until somebody says what it names."""
    known = {**NOBODYS, **ids}
    if rule.endpoint == "members.left":
        known["member_id"] = ids["gone_id"]
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda part: known[part[1]], rule.rule)


def _form(method: str, rule: Rule, ours: House) -> dict[str, str] | None:
    """What is filled in where an empty form would be refused before anybody asks whose it is."""
    forms = {
        "review.resolve": {"verbs": "keep", "seen": ours.asks_id},
        "review.decide": {"verbs": "keep", "seen": ours.ids["decision_id"]},
        "review.escalate": {"why": "Somebody should look"},
        "review.lease": {"do": "renew"},
    }
    return forms.get(rule.endpoint) if method == "POST" else None


def test_the_table_names_every_route_and_no_other(app: Flask) -> None:
    assert {_name(method, rule) for method, rule in _calls(app)} == set(TABLE)


@pytest.mark.parametrize("name", [field.name for field in fields(Row) if field.name != "stranger"])
def test_each_caller_reaches_what_the_table_says_and_nothing_else(
    app: Flask, callers: Callers, ours: House, name: str
) -> None:
    who = ours.people.get(name, name)
    found = {
        _name(method, rule): callers.ask(who, method, _address(rule, ours.ids), _form(method, rule, ours)).status
        for method, rule in _calls(app)
    }
    assert found == {route: getattr(row, name) for route, row in TABLE.items()}


def test_another_offices_ids_name_nothing(app: Flask, callers: Callers, ours: House, theirs: House) -> None:
    stranger = theirs.people["owner"]
    for method, rule in _calls(app):
        answer = callers.ask(stranger, method, _address(rule, ours.ids), _form(method, rule, ours))
        row = TABLE[_name(method, rule)]
        named = rule.arguments - NOBODYS.keys()
        assert answer.status == (row.stranger or (404 if named else row.owner)), _name(method, rule)
        if row.visitor != 200:
            assert "-ours" not in answer.text, _name(method, rule)


def test_a_member_of_one_channel_finds_no_word_of_the_others(app: Flask, callers: Callers, ours: House) -> None:
    for method, rule in _calls(app, "GET"):
        answer = callers.ask(ours.limited, method, _address(rule, ours.ids))
        for marker in ("Faraway", "Zed Away", "Beta-ours"):
            assert marker not in answer.text, _name(method, rule)


def test_a_volunteer_reads_no_name_and_nothing_severe(app: Flask, callers: Callers, ours: House) -> None:
    for method, rule in _calls(app, "GET"):
        answer = callers.ask(ours.people["volunteer"], method, _address(rule, ours.ids))
        for marker in ("Pia Named", "Zed Away", "Says so", "Weighty", "Weighed"):
            assert marker not in answer.text, _name(method, rule)


@pytest.mark.parametrize("kept", ["severe", "elsewhere"])
def test_what_is_kept_from_a_member_is_at_no_address(app: Flask, callers: Callers, ours: House, kept: str) -> None:
    who = ours.people["volunteer"] if kept == "severe" else ours.limited
    ids: Mapping[str, str] = getattr(ours, kept)
    for method, rule in _calls(app):
        row = TABLE[_name(method, rule)]
        if not rule.arguments & ids.keys() or row.visitor not in (303, 401) or rule.endpoint in LEAD_ON | FOR_PROGRAMS:
            continue
        answer = callers.ask(who, method, _address(rule, {**ours.ids, **ids}), _form(method, rule, ours))
        # Whoever may not do it anywhere is told so before anybody looks whether it is there.
        assert answer.status == 404 or (answer.status == 403 and 403 in (row.volunteer, row.moderator)), rule.rule


def test_the_public_never_reads_who_works_here(app: Flask, callers: Callers, ours: House) -> None:
    open_routes = [(m, rule) for m, rule in _calls(app) if TABLE[_name(m, rule)].visitor in (200, 302)]
    assert open_routes
    for method, rule in open_routes:
        assert "Member-ours" not in callers.ask("visitor", method, _address(rule, ours.ids)).text, rule.rule
