"""`signals`: what each classifier beside the bundled model costs, and all of them together, by what the model costs."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from benchmarks import figures
from benchmarks.options import Options
from benchmarks.stage import Stage, stage
from moderator import clock, settings
from moderator.connectors.base import AuthorRef, CommentEvent, EventKind, PostRef
from moderator.jobs import queue
from moderator.jobs.queue import Claimed
from moderator.pipeline import classify
from moderator.pipeline.ingest import ingest
from moderator.review import page_profile
from moderator.storage.tables import Channel, Comment, Member

MODEL = "civility"
_MOST = 2_000
_AT_ONCE = 256
_POSTS, _AUTHORS = 20, 400

_PAGE = {
    "representative": ["Ada Moss", "@adamoss"],
    "topics": ["the bus network", "hospitals and doctors", "schools", "the budget", "flood defences"],
    "contacts": ["01632 960123", "office@example.org"],
    "trusted_sites": ["parliament.uk"],
    "countries": ["GB"],
}


def run(options: Options) -> None:
    texts = options.texts(min(options.comments, _MOST))
    names = [name for name in settings.classifiers({}) if name != MODEL]
    alone = _seconds((MODEL,), texts)
    each = {name: _seconds((MODEL, name), texts) - alone for name in names}
    together = _seconds((MODEL, *names), texts) - alone
    figures.show(
        f"signals: {len(texts):,} {options.source}, in batches of {_AT_ONCE}, context and all, SQLite",
        ("classifier", "CPU microseconds a comment", f"share of {MODEL}"),
        [
            _row(MODEL, alone, alone, texts),
            *(_row(name, seconds, alone, texts) for name, seconds in each.items()),
            _row("all signals", together, alone, texts),
        ],
    )


def _row(name: str, seconds: float, model: float, texts: Sequence[str]) -> tuple[str, ...]:
    return name, f"{seconds / len(texts) * 1e6:,.0f}", f"{seconds / model:.1%}"


def _seconds(names: Sequence[str], texts: Sequence[str]) -> float:
    """Of all processors, to read the texts by these classifiers, their context gathered."""
    with stage(classifiers=",".join(names)) as scene:
        jobs = [Claimed(clock.new_id(), queue.Kind.CLASSIFY, revision, 1) for revision in _delivered(scene, texts)]
        # Loaded, and every cache of theirs filled as in a service that has been running.
        classify.work(scene.runtime, jobs[:8])
        begun = time.process_time()
        for first in range(8, len(jobs), _AT_ONCE):
            classify.work(scene.runtime, jobs[first : first + _AT_ONCE])
        return time.process_time() - begun


def _delivered(scene: Stage, texts: Sequence[str]) -> list[str]:
    """The ids of the revisions, oldest first."""
    began = clock.now() - timedelta(days=1)
    events = [_event(number, text, began + timedelta(seconds=number)) for number, text in enumerate(texts)]
    with scene.runtime.database.write() as session:
        page_profile.describe(session, session.get_one(Member, scene.member_id), _PAGE)
        channel = session.get_one(Channel, scene.channel.id)
        for first in range(0, len(events), _AT_ONCE):
            ingest(session, channel, events[first : first + _AT_ONCE])
        return list(session.scalars(select(Comment.revision_id).order_by(Comment.posted_at)))


def _event(number: int, text: str, at: datetime) -> CommentEvent:
    post = number % _POSTS
    return CommentEvent(
        kind=EventKind.ADDED,
        external_id=f"c{number}",
        text=text,
        author=AuthorRef(f"a{number % _AUTHORS}", f"Author {number % _AUTHORS}", ""),
        post=PostRef(f"p{post}", f"Post {post}", _POST.format(post), ""),
        occurred_at=at,
    )


_POST = (
    "This is post number {}. The new timetable for buses in the valley starts next month: two more journeys a day, "
    "and one of them after the evening shift at the hospital. Tell me what you think and what is still missing."
)
