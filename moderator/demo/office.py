"""Sets the demonstration office up, once: office, guidelines, channels, and the samples through the front door."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from standardwebhooks import Webhook

from guidelines.load import load_preset
from moderator import accounts, channels, clock, publishing
from moderator.connectors import registry
from moderator.demo import samples
from moderator.demo.platform import DemoPlatform
from moderator.domain.vocabulary import Role, Verb
from moderator.jobs import handlers
from moderator.jobs.runner import Runner
from moderator.pipeline.ingest import ingest
from moderator.review import page_profile, replies
from moderator.runtime import Runtime
from moderator.storage.tables import Channel, Comment, Member, Office

SLUG = "rowan-ellery"
EMAIL = "alex@rowan-ellery.example"
_CHANNELS = {"page": "Rowan Ellery on Facebook", "site": "Community website"}
_TOGETHER = 20

#: name, verb, rule under which it is offered first, words
_REPLIES = (
    (
        "Where to take a case",
        Verb.REDIRECT,
        "6",
        "Hello {author}, thank you for telling us. We would like to help, but not in public. Please write to {contact} "
        "with your name and address and a few lines about what happened. Somebody from the team will answer you.",
    ),
    (
        "Surgery dates",
        Verb.REPLY,
        None,
        "Hello {author}, you can speak to {office} in person at the next surgery, on {day} at {place}. "
        "No appointment is needed.",
    ),
    (
        "In danger, or afraid",
        Verb.REDIRECT,
        "6",
        "If you are in danger now, please call 999. If it can wait a little, call 101. You can also call the "
        "Samaritans at any hour, free of charge, on 116 123.",
    ),
    (
        "What our rules say",
        Verb.REPLY,
        None,
        "Criticism is welcome here, as hard as you like. Please keep to what was done and leave out what hurts: our "
        "guidelines are at {guidelines}.",
    ),
)

#: what the page is for, as an office would say it
_PAGE = {
    "representative": ("Rowan Ellery", "Rowan", "Ellery", "@rowanellery"),
    "staff": ("Alex Moreno",),
    "topics": (
        "buses and local transport",
        "the minor injuries unit and the hospital",
        "flood walls and drains",
        "schools",
        "surgeries and casework",
        "planning and housing",
    ),
    "contacts": ("office@rowan-ellery.example",),
    "trusted_sites": ("parliament.uk", "rowan-ellery.example"),
    "countries": ("GB",),
}


@dataclass(frozen=True, slots=True)
class DemoOffice:
    """What the demonstration needs to know of its office."""

    office_id: str
    member_id: str
    #: by the samples' channel keys
    channel_ids: dict[str, str]


def find(session: Session) -> DemoOffice | None:
    """The office, if an earlier start made it."""
    office = session.scalar(select(Office).where(Office.slug == SLUG))
    member = session.scalar(select(Member).where(Member.email == EMAIL))
    if office is None or member is None:
        return None
    by_name = {channel.name: channel.id for channel in channels.of_office(session, office.id)}
    ids = {key: by_name[name] for key, name in _CHANNELS.items() if name in by_name}
    return DemoOffice(office.id, member.id, ids)


def create(runtime: Runtime) -> DemoOffice:
    """Make office, member, guidelines and channels."""
    with runtime.database.write() as session:
        office = accounts.create_office(session, "Rowan Ellery", SLUG)
        member = accounts.add_member(session, office.id, EMAIL, "Alex Moreno", Role.OWNER)
        preset = load_preset("open-forum", office_name="Rowan Ellery", contact="office@rowan-ellery.example")
        publishing.publish(session, office.id, preset)
        page_profile.describe(session, member, _PAGE)
        for name, verb, rule_id, text in _REPLIES:
            replies.write(session, member, name, text, verb, rule_id)
        made = {
            key: channels.create_channel(session, runtime.sealer, office.id, "webhook", name).id
            for key, name in _CHANNELS.items()
        }
    return DemoOffice(office.id, member.id, made)


def start_platform(runtime: Runtime, demo: DemoOffice) -> DemoPlatform:
    """Start the platform that carries out the office's actions, where it was before if that port is free."""
    secrets: dict[str, None] = {}
    with runtime.database.read() as session:
        mine = [session.get_one(Channel, channel_id) for channel_id in demo.channel_ids.values()]
    for channel in mine:
        opened = channels.opened(runtime.sealer, channel).secrets
        secrets |= dict.fromkeys(value for key, value in opened.items() if key.startswith("outbound_secret"))
    before = urlsplit(mine[0].config.get("target_url", "")).port if mine else None
    platform = DemoPlatform(lambda: secrets, before or 0)
    with runtime.database.write() as session:
        for channel_id in demo.channel_ids.values():
            channel = session.get_one(Channel, channel_id)
            if channel.config.get("target_url") != platform.url:
                config = {**channel.config, "target_url": platform.url}
                channels.update_channel(session, runtime.sealer, channel, channel.name, config, {}, "system")
    return platform


def fill(runtime: Runtime, demo: DemoOffice, on_progress: Callable[[int], None]) -> None:
    """Send the samples in as signed deliveries and work them through. `on_progress` gets the number done so far."""
    runner = Runner(runtime, handlers.ALL)
    done = 0
    for channel_id, bodies in _deliveries(demo):
        with runtime.database.read() as session:
            channel = session.get_one(Channel, channel_id)
        opened = channels.opened(runtime.sealer, channel)
        connector = registry.get(channel.connector)
        body = json.dumps(bodies).encode()
        message, now = f"msg_{clock.new_id()}", clock.now()
        headers = {
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(opened.secrets["signing_secret"]).sign(message, now, body.decode()),
        }
        connector.verify(opened, headers, body)
        with runtime.database.write() as session:
            ingest(session, channel, connector.parse(opened, body).events)
        runner.drain()
        done += len(bodies)
        on_progress(done)


def is_filled(runtime: Runtime, demo: DemoOffice) -> bool:
    """Whether the samples are all in. An interrupted start is taken up again: nothing comes in twice."""
    with runtime.database.read() as session:
        query = select(func.count()).where(Comment.channel_id.in_(demo.channel_ids.values()))
        return (session.scalar(query) or 0) >= size()


def size() -> int:
    """How many samples there are."""
    return sum(1 for _ in samples.load(clock.now()))


def _deliveries(demo: DemoOffice) -> Iterator[tuple[str, list[dict[str, object]]]]:
    """Runs of samples for one channel, in the order of time, some at once, as a tool would send them."""
    run: list[dict[str, object]] = []
    current = ""
    for sample in samples.load(clock.now()):
        channel_id = demo.channel_ids[sample.channel]
        if run and (channel_id != current or len(run) == _TOGETHER):
            yield current, run
            run = []
        current = channel_id
        run.append(sample.payload)
    if run:
        yield current, run
