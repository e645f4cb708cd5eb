"""The application on a real port, over a desk with something difficult on it for every page."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page
from werkzeug.serving import make_server

from moderator import accounts, channels, claim_files, claims, clock, figures, membership
from moderator.bootstrap import bootstrap
from moderator.domain.decisions import Draft, Maker, Reason, State
from moderator.domain.vocabulary import Role, Verb
from moderator.review import bulk, care, cases, notes, preferences, replies
from moderator.review.access import reach
from moderator.runtime import Runtime
from moderator.settings import Settings
from moderator.storage.tables import Campaign, CampaignComment, Channel, Member
from tests.conftest import OpenPage
from tests.fakes import office
from tests.fakes.office import HOSTILE, Seen
from webui.app import create_app

LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
EMOJI = "🔥🤡👨\u200d👩\u200d👧🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"


@dataclass(frozen=True, slots=True)
class Desk:
    """A running service and what lies on its desk."""

    url: str
    session: str
    empty_session: str
    slug: str
    channel_id: str
    waiting: tuple[Seen, ...]
    decided_id: str
    #: somebody else of the office, somebody who left, a prepared reply, and what was decided for several at once
    colleague_id: str
    gone_id: str
    reply_id: str
    claim_id: str
    bulk_id: str
    #: three comments that say nearly the same
    campaign_id: str
    runtime: Runtime

    def paths(self) -> list[str]:
        """Every page that this room shows, with the hardest things to lay out on them."""
        of_cases = [f"/review/cases/{seen.case_id}" for seen in self.waiting]
        return [
            "/",
            "/review",
            "/review?lane=act_now",
            "/review?lane=platform",
            "/review/decided",
            "/review/decided?outcome=delete",
            "/review/search",
            "/review/search?q=weir+threaten+n",
            *of_cases,
            f"{of_cases[0]}/confirm?verbs=delete&verbs=report_police",
            f"/review/comments/{self.decided_id}",
            f"/review/comments/{self.decided_id}/confirm?verbs=delete",
            "/review/undo",
            "/review/mentions",
            "/review/filters",
            "/review/pause",
            "/review/bulk",
            f"/review/bulk/new?like={self.waiting[0].comment_id}",
            f"/review/bulk/{self.bulk_id}",
            "/review/campaigns",
            f"/review/campaigns/{self.campaign_id}",
            "/audit",
            "/overview",
            "/overview?days=90",
            "/members",
            "/members/invite",
            f"/members/{self.colleague_id}",
            f"/members/{self.colleague_id}/leave",
            f"/members/{self.gone_id}/left",
            "/preferences",
            "/preferences/care",
            "/preferences/keys",
            "/go",
            "/settings",
            "/settings/care",
            "/settings/channels",
            "/settings/channels/new?connector=facebook",
            f"/settings/channels/{self.channel_id}",
            "/settings/classifiers",
            "/settings/leases",
            "/settings/page",
            "/settings/claims",
            "/settings/claims/new",
            "/settings/claims/import",
            f"/settings/claims/{self.claim_id}",
            "/settings/replies",
            "/settings/replies/new",
            f"/settings/replies/{self.reply_id}",
            "/settings/words",
            f"/guidelines/{self.slug}",
            f"/guidelines/{self.slug}/v/1",
        ]


#: `sit_down(desk, width=375)`: a page of a browser that is signed in there
SitDown = Callable[..., Page]


@pytest.fixture(scope="module")
def full_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk to look at: tests must not change it."""
    with _desk(tmp_path_factory.mktemp("desk"), _everything_difficult) as desk:
        yield desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk to work at: three plain comments wait."""
    with _desk(tmp_path, _three_comments) as desk:
        yield desk


@pytest.fixture
def sit_down(open_page: OpenPage) -> SitDown:
    def sit(desk: Desk, *, width: int = 1280, height: int = 800, empty: bool = False, **options: object) -> Page:
        page = open_page(viewport={"width": width, "height": height}, **options)
        token = desk.empty_session if empty else desk.session
        page.context.add_cookies([{"name": "session", "value": token, "url": desk.url}])
        return page

    return sit


Filling = Callable[[Runtime, str, Member], tuple[list[Seen], str, str]]


@contextmanager
def _desk(home: Path, fill: Filling) -> Iterator[Desk]:
    settings = Settings(
        home=home,
        database_url=f"sqlite:///{home / 'desk.db'}",
        redis_url=None,
        secret_key="a secret key that only the tests know",
        public_url="http://127.0.0.1",
        classifiers=(),
    )
    runtime = replace(bootstrap(settings), classifiers=office.Room())
    runtime.database.migrate()
    with runtime.database.write() as session:
        ours = accounts.create_office(session, "Rowan Ellery, Member for Thornbury Vale")
        priya = accounts.add_member(session, ours.id, "priya@example.org", "Priya " + "P" * 74, Role.OWNER)
        other = accounts.create_office(session, "An office with nothing to do")
        idle = accounts.add_member(session, other.id, "idle@example.org", "Idle", Role.OWNER)
        tokens = accounts.open_session(session, priya.id), accounts.open_session(session, idle.id)
        lena = accounts.add_member(session, ours.id, "lena@example.org", f"Lena {HOSTILE}", Role.LEAD)
        gone = accounts.add_member(session, ours.id, "gone@example.org", f"Gone {HOSTILE}", Role.MODERATOR)
        membership.dismiss(session, priya, gone.id)
        reply = replies.write(session, priya, LONG_WORD, LONG_WORD * 3, "reply", None)
        claim = claims.add(session, priya, _CLAIM)
    waiting, decided_id, channel_id = fill(runtime, ours.id, priya)
    bulk_id = _decided_together(runtime, priya, waiting[-1:])
    server = make_server("127.0.0.1", 0, create_app(runtime), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        ids = lena.id, gone.id, reply.id, claim.id, bulk_id, _campaign(runtime, ours.id, waiting)
        yield Desk(url, *tokens, ours.slug, channel_id, tuple(waiting), decided_id, *ids, runtime)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        runtime.close()


_CLAIM = claim_files.Draft(
    where="",
    text=LONG_WORD * 3,
    rating=LONG_WORD,
    source=LONG_WORD,
    link="https://facts.example/1",
    checked_on="2026-03-01",
    verdict="false",
    expires_on="2099-01-01",
)


def _campaign(runtime: Runtime, office_id: str, seen: Sequence[Seen]) -> str:
    now, mine = clock.now(), [each.comment_id for each in seen[-3:]]
    with runtime.database.write() as session:
        campaign = Campaign(
            id=clock.new_id(),
            office_id=office_id,
            comment_id=mine[0],
            comments=len(mine),
            authors=2,
            posts=1,
            first_at=now - timedelta(hours=3),
            last_at=now,
        )
        session.add(campaign)
        session.flush()
        session.add_all(
            CampaignComment(comment_id=id, campaign_id=campaign.id, at=now - timedelta(hours=hours))
            for hours, id in enumerate(reversed(mine))
        )
        return campaign.id


def _decided_together(runtime: Runtime, member: Member, seen: Sequence[Seen]) -> str:
    """Asked for and not begun: what it is about still waits. And what happened so far is counted."""
    with runtime.database.write() as session:
        run = bulk.start(session, member, reach(session, member), [each.comment_id for each in seen], ["keep"], None)
        figures.keep(session, figures.due(session, member.office_id))
        return run.id


def _three_comments(runtime: Runtime, office_id: str, _member: Member) -> tuple[list[Seen], str, str]:
    with runtime.database.write() as session:
        office.publish(session, office_id)
        settings = {"target_url": "https://tool.example.org/hook"}
        channel = channels.create_channel(session, runtime.sealer, office_id, "webhook", "Our page", config=settings)
        decided_id = office.say(session, channel.id, "Well done")
        office.keep(session, decided_id)
        waiting = [
            office.suggest(session, office.say(session, channel.id, f"The {word} comment"), rule="2b", label="spam")
            for word in ("first", "second", "third")
        ]
        return waiting, decided_id, channel.id


def _everything_difficult(runtime: Runtime, office_id: str, member: Member) -> tuple[list[Seen], str, str]:
    texts = {
        "a threat": "You had better watch your back, Rowan. I know which door you use.",
        "a long word": LONG_WORD * 3,
        "5,000 characters": ("Nobody has ever asked us what we want on Weir Lane. " * 100)[:5000],
        "an emoji wall": EMOJI * 300,
        "right to left": "هذا الشخص لا يستحق منصبه \u202eand so on\u202c سنراكم عند صندوق الاقتراع",
        "mark-up": HOSTILE + "<img src=x onerror=alert(1)><style>body{display:none}</style>",
        "a tower of marks": "Z" + "\u0315\u0321\u0346" * 60 + "algo",
        "many lines": "\n".join(f"line {number}" for number in range(200)),
        "nothing to see": "\u200b" * 400,
    }
    with runtime.database.write() as session:
        # What is masked is easy to lay out: here the texts themselves are looked at.
        preferences.write(session, member.id, {"mask_severe": False, "mask_slurs": False})
        # These pages are opened over and over, and nobody need be spared them.
        care.set_limits(session, member, "", "")
        version_id = office.publish(session, office_id)
        office.publish(session, office_id, office.GUIDELINES.replace("Do not threaten", "Never threaten"))
        assert version_id
        settings = {"target_url": "https://tool.example.org/hook"}
        channel = channels.create_channel(session, runtime.sealer, office_id, "webhook", "C" * 80, config=settings)
        waiting = []
        for number, (name, text) in enumerate(texts.items()):
            author = "N" * 80 if number % 2 else LONG_WORD
            comment_id = office.say(session, channel.id, text, author=author, post=LONG_WORD * 2, post_text=text)
            office.assess(session, comment_id, {"threat": 0.8, "spam": 0.2}, [(0, min(8, len(text)), "threat")])
            waiting.append(office.suggest(session, comment_id, verbs=(Verb.HIDE, Verb.DELETE, Verb.REPORT_POLICE)))
            assert name
        decided_id = office.say(session, channel.id, "Hidden by a rule", external_id="top")
        office.rule_on(session, decided_id, Draft(State.MADE, Maker.RULE, Reason.FINDING, (Verb.HIDE,)))
        office.say(session, channel.id, LONG_WORD * 2, parent="top")
        by_hand = office.suggest(session, office.say(session, channel.id, LONG_WORD * 2, author="M" * 80))
        cases.resolve(
            session, member, by_hand.case_id, by_hand.decision_id, ["hide", "report_police"], "2a", LONG_WORD * 3
        )
        office.refuse(session, by_hand.comment_id, LONG_WORD * 4)
        notes.add(session, member, decided_id, LONG_WORD * 3 + HOSTILE)
        row = session.get_one(Channel, channel.id)
        row.stopped_at, row.stopped_reason = row.created_at, LONG_WORD * 2
        return waiting, decided_id, channel.id
