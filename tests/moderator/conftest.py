"""One office at work: people of every role, published rules, one channel on a platform inside the test."""

import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from classifiers import registry as classifier_registry
from classifiers.base import Classifier
from guidelines import schema
from guidelines.schema import GuidelineSet, LabelCondition, Modality, Mode, Risk, Rule, RuleAction, Thresholds
from moderator import accounts, channels, clock, publishing
from moderator.connectors import http
from moderator.connectors import registry as connector_registry
from moderator.connectors.base import AuthorRef, CommentEvent, Connector, EventKind, PostRef
from moderator.domain.actions import SECOND_THOUGHT
from moderator.domain.vocabulary import Role
from moderator.doorbell import LocalDoorbell
from moderator.jobs import handlers
from moderator.jobs.runner import Runner
from moderator.pipeline.classifier_room import ClassifierRoom
from moderator.pipeline.ingest import Ingested, ingest
from moderator.review import cases
from moderator.review.cases import Resolution
from moderator.runtime import Runtime
from moderator.sealing import Sealer
from moderator.settings import Settings
from moderator.storage.database import Database
from moderator.storage.tables import Action, AuditEntry, Case, Channel, Comment, Decision, Member, Receipt
from tests.fakes.classifier import WrittenScores
from tests.fakes.platform import PaperPlatform
from tests.moderator.templates import PostgresDatabases, SqliteFiles, Templates
from tests.services import PostgresServer, quick_folder

SECRET_KEY = "a secret key that only the tests know"


class Clock:
    """The real time, moved forward by as much as a test asks for."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, **by: float) -> None:
        self.ahead += timedelta(**by)


def rule(
    rule_id: str,
    label: str,
    *verbs: str,
    mode: Mode = Mode.SUGGEST,
    may: Sequence[str] = (),
    **facts: Any,
) -> Rule:
    """A rule about one label: review from 0.5, automatic from 0.9. `verbs` must be done, `may` may be."""
    actions = [RuleAction(verb, Modality.MUST, _recipient(verb)) for verb in verbs]
    actions += [RuleAction(verb, Modality.MAY, _recipient(verb)) for verb in may]
    return Rule(
        id=rule_id,
        title=f"No {label}",
        text=f"We do not want {label} here.",
        actions=tuple(actions),
        mode=mode,
        thresholds=Thresholds(0.5, 0.9),
        **({"condition": LabelCondition(label)} | facts),
    )


def _recipient(verb: str) -> str:
    return "the police" if verb in schema.REPORT_VERBS else ""


def guideline_set(*rules: Rule, title: str = "House rules") -> GuidelineSet:
    return GuidelineSet(
        name="house-rules",
        title=title,
        language="en",
        office=schema.Office("The office of Alice Archer"),
        preamble="Be kind.",
        principles=(),
        rules=rules or RULES,
    )


#: `threat` hides by itself and asks for more, `spam` only hides, `harassment` only asks, `discrimination` needs two.
RULES: tuple[Rule, ...] = (
    rule("1", "threat", "hide", "report_police", mode=Mode.AUTO_HIDE, severity=1, review_within_hours=1),
    rule("2", "discrimination", "delete", severity=2, viewpoint_risk=Risk.HIGH, review_within_hours=4),
    rule("3", "harassment", may=("hide", "delete"), severity=3, review_within_hours=24),
    rule("4", "spam", "hide", mode=Mode.AUTO_HIDE, severity=4, review_within_hours=72),
    rule("5", "banned_term", "hide", severity=3),
)


@dataclass
class People:
    """One of each role in Alice's office, and Charlie, who owns another one."""

    alice: Member
    leo: Member
    mona: Member
    victor: Member
    olive: Member
    charlie: Member


@dataclass
class World:
    """What a test does with the office. Every method is a transaction of its own."""

    runtime: Runtime
    platform: PaperPlatform
    scores: WrittenScores
    clock: Clock
    people: People
    channel: Channel
    _said: int = field(default=0)

    @property
    def database(self) -> Database:
        return self.runtime.database

    @property
    def office_id(self) -> str:
        return self.channel.office_id

    def take(self, *events: CommentEvent) -> Ingested:
        with self.database.write() as session:
            return ingest(session, self.channel, events)

    def say(self, text: str, **facts: Any) -> str:
        """A new comment comes in. Returns its id."""
        self._said += 1
        known: dict[str, Any] = {"author": AuthorRef("u1", "Una"), "post": PostRef("p1")}
        external_id = facts.pop("external_id", f"c{self._said}")
        return self.take(added(text, external_id, **known | facts)).comment_ids[0]

    def work(self) -> int:
        """All that is due, the calls to the platform included."""
        return Runner(self.runtime, handlers.ALL).drain()

    def work_later(self) -> int:
        """All that is due once the time to think better of it is over."""
        self.clock.forward(seconds=SECOND_THOUGHT.total_seconds())
        return self.work()

    def decide(self) -> int:
        """All that is due but for the calls to the platform."""
        return Runner(self.runtime, handlers.PIPELINE).drain()

    def settled(self, text: str, **facts: Any) -> str:
        """A new comment, with all that follows from it done."""
        comment_id = self.say(text, **facts)
        self.work()
        return comment_id

    def resolve(self, member: Member, comment_id: str, *verbs: str, rule_id: str | None = None) -> Resolution:
        """Resolve the comment's open case, as somebody who sees it as it is now."""
        case = self.case_of(comment_id)
        assert case is not None, "there is no open case"
        with self.database.write() as session:
            return cases.resolve(session, member, case.id, case.decision_id, verbs, rule_id)

    def choose(self, member: Member, comment_id: str, *verbs: str, rule_id: str | None = None) -> Resolution:
        """Decide anew, as somebody who sees the comment as it is now."""
        seen = self.comment(comment_id).decision_id
        with self.database.write() as session:
            return cases.decide(session, member, comment_id, seen, verbs, rule_id)

    def comment(self, comment_id: str) -> Comment:
        with self.database.read() as session:
            return session.get_one(Comment, comment_id)

    def decision(self, decision_id: str | None) -> Decision:
        with self.database.read() as session:
            return session.get_one(Decision, decision_id)

    def in_force(self, comment_id: str) -> Decision:
        return self.decision(self.comment(comment_id).decision_id)

    def decisions_of(self, comment_id: str) -> list[Decision]:
        with self.database.read() as session:
            query = select(Decision).where(Decision.comment_id == comment_id).order_by(Decision.made_at, Decision.id)
            return list(session.scalars(query))

    def case_of(self, comment_id: str) -> Case | None:
        """The comment's open case."""
        with self.database.read() as session:
            return session.scalar(select(Case).where(Case.comment_id == comment_id, Case.state == "open"))

    def suggestion(self, comment_id: str) -> Decision:
        """What the comment's open case asks about."""
        case = self.case_of(comment_id)
        assert case is not None, "there is no open case"
        return self.decision(case.decision_id)

    def actions_of(self, comment_id: str) -> list[Action]:
        with self.database.read() as session:
            return list(
                session.scalars(select(Action).where(Action.comment_id == comment_id).order_by(Action.sequence))
            )

    def steps_of(self, comment_id: str) -> list[tuple[str, str]]:
        """Verb and state of each of the comment's actions, in their order."""
        return [(action.verb, action.state) for action in self.actions_of(comment_id)]

    def receipts_of(self, action_id: str) -> list[Receipt]:
        with self.database.read() as session:
            query = select(Receipt).where(Receipt.action_id == action_id).order_by(Receipt.attempt)
            return list(session.scalars(query))

    def rows(self, table: Any, *conditions: Any) -> list[Any]:
        with self.database.read() as session:
            return list(session.scalars(select(table).where(*conditions)))

    def log(self, subject: str | None = None) -> list[str]:
        """The events in the office's chain, about one subject or all."""
        entries = self.rows(AuditEntry, AuditEntry.chain == self.office_id)
        ordered = sorted(entries, key=lambda entry: int(entry.sequence))
        return [entry.event for entry in ordered if subject is None or entry.subject == subject]


def added(text: str, external_id: str = "c1", **facts: Any) -> CommentEvent:
    return CommentEvent(kind=facts.pop("kind", EventKind.ADDED), external_id=external_id, text=text, **facts)


@pytest.fixture(autouse=True)
def _calls_may_stay_on_this_machine() -> Iterator[None]:
    http.configure(allow_private=True)
    yield
    http.configure(allow_private=None)


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr(clock, "now", moved.now)
    return moved


#: `connectors["paper"] = …`: a connector that the registry knows for the length of the test
@pytest.fixture
def connectors(monkeypatch: pytest.MonkeyPatch) -> dict[str, Connector]:
    known: dict[str, Connector] = {}
    real = connector_registry.get
    monkeypatch.setattr(connector_registry, "get", lambda name: known.get(name) or real(name))
    return known


@pytest.fixture
def classifiers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Classifier]:
    """`classifiers["written"] = …`: a classifier that the registry knows for the length of the test."""
    known: dict[str, Classifier] = {}
    real = classifier_registry.load

    def load(name: str, **options: Any) -> Classifier:
        return known[name] if name in known else real(name, **options)

    monkeypatch.setattr(classifier_registry, "load", load)
    return known


@pytest.fixture
def platform(connectors: dict[str, Connector]) -> PaperPlatform:
    paper = PaperPlatform()
    connectors["paper"] = paper
    return paper


@pytest.fixture
def scores(classifiers: dict[str, Classifier]) -> WrittenScores:
    written = WrittenScores()
    classifiers["written"] = written
    return written


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path,
        database_url="",
        redis_url=None,
        secret_key=SECRET_KEY,
        public_url="http://moderator.test",
        classifiers=("written",),
    )


@pytest.fixture
def runtime(settings: Settings, database: Database, scores: WrittenScores) -> Runtime:
    """A service without workers: what is due stays due until a test works through it."""
    return Runtime(
        settings=settings,
        database=database,
        doorbell=LocalDoorbell(),
        sealer=Sealer(SECRET_KEY),
        classifiers=ClassifierRoom(settings.classifiers),
    )


#: Each builds on the one before. A test gets the last one whose fixture it asks for.
LEVELS = ("empty", "people", "bare_world", "world")


def _add_people(database: Database) -> None:
    with database.write() as session:
        ours = accounts.create_office(session, "Office of Alice Archer", "alice").id
        theirs = accounts.create_office(session, "Office of Charlie Church", "charlie").id
        roles = {"Alice": Role.OWNER, "Leo": Role.LEAD, "Mona": Role.MODERATOR}
        for name, role in (roles | {"Victor": Role.VOLUNTEER, "Olive": Role.OBSERVER}).items():
            accounts.add_member(session, ours, f"{name.lower()}@example.org", name, role)
        accounts.add_member(session, theirs, "charlie@example.org", "Charlie", Role.OWNER)


def _add_channel(database: Database) -> None:
    with pytest.MonkeyPatch.context() as patch, database.write() as session:
        patch.setattr(connector_registry, "get", lambda _name: PaperPlatform())
        office = accounts.office_named(session, "alice")
        channels.create_channel(session, Sealer(SECRET_KEY), office.id, "paper", "The page")


def _publish(database: Database) -> None:
    with database.write() as session:
        alice = accounts.member_named(session, "alice@example.org")
        publishing.publish(session, alice.office_id, guideline_set(), alice.id)


FURNISH = dict(zip(LEVELS, (Database.migrate, _add_people, _add_channel, _publish), strict=True))


@pytest.fixture(scope="session")
def _sqlite_templates() -> Iterator[Templates]:
    with tempfile.TemporaryDirectory(prefix="moderator-sqlite-", dir=quick_folder()) as folder:
        yield Templates(SqliteFiles(Path(folder)), FURNISH)


@pytest.fixture(scope="session")
def _postgres_templates(postgres_server: PostgresServer) -> Templates:
    return Templates(PostgresDatabases(postgres_server), FURNISH)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The test runs once on each kind of database, with as much in it as its other fixtures ask for."""
    templates: Templates = request.getfixturevalue(f"_{request.param}_templates")
    asked = [level for level in LEVELS if level in request.fixturenames]
    yield templates.copy(asked[-1] if asked else LEVELS[0])
    templates.drop()


@pytest.fixture
def people(database: Database) -> People:
    names = ("alice", "leo", "mona", "victor", "olive", "charlie")
    with database.read() as session:
        return People(**{name: accounts.member_named(session, f"{name}@example.org") for name in names})


@pytest.fixture
def bare_world(runtime: Runtime, platform: PaperPlatform, scores: WrittenScores, clock: Clock, people: People) -> World:
    """The office before it has published anything."""
    with runtime.database.read() as session:
        (channel,) = channels.of_office(session, people.alice.office_id)
    return World(runtime, platform, scores, clock, people, channel)


@pytest.fixture
def world(bare_world: World) -> World:
    """The office at work, under `RULES`."""
    return bare_world


#: `at_once(50, work)`: what 50 calls of `work(n)` in threads return, all started together
AtOnce = Callable[[int, Callable[[int], Any]], list[Any]]


@pytest.fixture
def at_once() -> AtOnce:
    def run(count: int, work: Callable[[int], Any]) -> list[Any]:
        ready = threading.Barrier(count)

        def start(number: int) -> Any:
            ready.wait(30)
            return work(number)

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(start, range(count)))

    return run
