"""`queue`: how long the server takes for a page when everything waits for people."""

from collections.abc import Iterator
from itertools import islice

from flask.testing import FlaskClient
from sqlalchemy import select

from benchmarks import figures
from benchmarks.options import Options
from benchmarks.stage import Stage, stage
from moderator import accounts, importing
from moderator.connectors.base import AuthorRef, CommentEvent, EventKind, PostRef
from moderator.pipeline.ingest import ingest
from moderator.storage.tables import Case
from webui.app import create_app

_TIMES = 60
_DELIVERY = 1_000


def run(options: Options) -> None:
    # Without a classifier every comment waits for a person: the longest queue there can be.
    with stage(classifiers=",") as scene:
        _fill(scene, options.texts())
        client = _signed_in(scene)
        rows = [_measure(client, name, paths) for name, paths in _pages(scene).items()]
    figures.show(
        f"queue: pages of an office with {options.comments:,} comments, all of them waiting",
        ("page", "p50 ms", "p95 ms", "kB"),
        rows,
    )


def _fill(scene: Stage, texts: list[str]) -> None:
    events = _events(texts)
    while delivery := list(islice(events, _DELIVERY)):
        with scene.runtime.database.write() as session:
            ingest(session, scene.channel, delivery)
    importing.drain(scene.runtime)


def _events(texts: list[str]) -> Iterator[CommentEvent]:
    """Forty comments under a post, three by each author."""
    for number, text in enumerate(texts):
        author, post = AuthorRef(f"a-{number // 3}", f"Author {number // 3}"), PostRef(f"p-{number // 40}", "A post")
        yield CommentEvent(EventKind.ADDED, f"c-{number}", text, author, post)


def _signed_in(scene: Stage) -> FlaskClient:
    with scene.runtime.database.write() as session:
        token = accounts.open_session(session, scene.member_id)
    client = create_app(scene.runtime).test_client()
    client.set_cookie("session", token)
    return client


def _pages(scene: Stage) -> dict[str, list[str]]:
    """The addresses to ask for, by the name of the page: each case once, so that nothing is warm but the code."""
    with scene.runtime.database.read() as session:
        cases = list(session.scalars(select(Case.id).order_by(Case.urgent_at, Case.id)))
    spread = cases[:: max(1, len(cases) // _TIMES)][:_TIMES]
    return {
        "queue": ["/review"] * _TIMES,
        "queue, further down": [f"/review?after={case}" for case in spread],
        "case": [f"/review/cases/{case}" for case in spread],
        "decided": ["/review/decided"] * _TIMES,
        "audit trail": ["/audit"] * _TIMES,
        "guidelines": [f"/guidelines/{scene.slug}"] * _TIMES,
    }


def _measure(client: FlaskClient, name: str, paths: list[str]) -> tuple[str, ...]:
    sizes: list[int] = []

    def ask(path: str) -> None:
        answer = client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status}"
        sizes.append(len(answer.data))

    ask(paths[0])
    taken = figures.seconds_each(ask, paths)
    return (name, figures.milliseconds(taken, 50), figures.milliseconds(taken, 95), f"{max(sizes) / 1000:.0f}")
