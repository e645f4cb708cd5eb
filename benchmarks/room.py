"""`room`: server time of the review room's pages, with ten thousand comments stored and with as many as asked for.

Rows are written as the pipeline leaves them, but not by it: that would take half an hour. One comment in ten waits, one
in twenty was decided by a person; one author has written one comment in fifty, and one in twenty stands under one post.
"""

import random
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any
from urllib.parse import quote_plus

from flask.testing import FlaskClient
from sqlalchemy import insert, text

from benchmarks import figures as tables
from benchmarks.options import Options
from benchmarks.stage import Stage, stage
from moderator import accounts, casebook, channels, clock, figures, publishing, search
from moderator.casebook import Question
from moderator.domain.cases import CaseState, Lane, Placement, RuleFact, place
from moderator.domain.decisions import Maker, Reason, State
from moderator.domain.vocabulary import Verb, Visibility
from moderator.storage.tables import (
    Assessment,
    Author,
    Case,
    CaseFacet,
    Comment,
    Decision,
    Note,
    Post,
    Revision,
    SavedFilter,
)
from moderator.storage.tables.base import table_of
from webui.app import create_app

SMALL = 10_000
_AT_ONCE = 5_000
_TIMES = 100
_SAVED = 50
#: Days that the comments are spread over.
_DAYS = 120


def run(options: Options) -> None:
    sizes = sorted({SMALL, max(options.comments, SMALL)})
    for name, url in [("SQLite", None)] + ([("PostgreSQL", options.postgres)] if options.postgres else []):
        taken = {size: _measure(url, size) for size in sizes}
        rows = [_row(page, [taken[size][page] for size in sizes]) for page in taken[sizes[-1]]]
        columns = [f"{size:,} {what}" for size in sizes for what in ("p50", "p95", "CPU")]
        tables.show(
            f"room, {name}: server milliseconds, one comment in ten open, {_SAVED} saved filters",
            ("page", *columns, "growth", "kB"),
            rows,
        )


@dataclass(frozen=True, slots=True)
class _Taken:
    seconds: tuple[float, ...]
    #: of this process alone, on the processor, all requests together
    busy: float
    largest: int

    @property
    def each(self) -> float:
        return self.busy / len(self.seconds)


def _row(page: str, taken: Sequence[_Taken]) -> tuple[str, ...]:
    spans = []
    for each in taken:
        spans += [tables.milliseconds(each.seconds, percent) for percent in (50, 95)]
        spans.append(f"{each.each * 1000:.1f}")
    growth = sorted(taken[-1].seconds)[_TIMES // 2] / sorted(taken[0].seconds)[_TIMES // 2]
    return (page, *spans, f"{growth:.1f}", f"{taken[-1].largest / 1000:.0f}")


def _measure(url: str | None, size: int) -> dict[str, _Taken]:
    # Without a classifier nothing is loaded: no page here reads a comment anew.
    with stage(url, classifiers=",") as scene:
        room = _Room(scene)
        room.fill(size)
        client = _signed_in(scene)
        return {name: _ask(client, paths) for name, paths in room.pages().items()}


def _ask(client: FlaskClient, paths: Sequence[str]) -> _Taken:
    sizes: list[int] = []

    def ask(path: str) -> None:
        answer = client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status}"
        sizes.append(len(answer.data))

    for path in paths[:3]:
        ask(path)
    begun = time.process_time()
    seconds = tuple(tables.seconds_each(ask, paths))
    return _Taken(seconds, time.process_time() - begun, max(sizes))


def _signed_in(scene: Stage) -> FlaskClient:
    with scene.runtime.database.write() as session:
        token = accounts.open_session(session, scene.member_id)
    client = create_app(scene.runtime).test_client()
    client.set_cookie("session", token)
    return client


class _Room:
    """An office that has seen much."""

    def __init__(self, scene: Stage) -> None:
        self._scene = scene
        self._chance = random.Random(7)
        self._office = scene.channel.office_id
        with scene.runtime.database.write() as session:
            second = channels.create_channel(session, scene.runtime.sealer, self._office, "webhook", "The other page")
            version = publishing.current(session, self._office)
        assert version is not None
        self._channels = (scene.channel.id, second.id)
        self._version_id = version.id
        self._rules = [rule for rule in publishing.read(version).rules if rule.condition is not None]
        self._words = [_word(self._chance) for _ in range(20_000)]
        self._weights = list(accumulate(1 / (rank + 5) for rank in range(len(self._words))))
        self._open: list[str] = []

    def fill(self, size: int) -> None:
        began = clock.now() - timedelta(days=_DAYS)
        step = timedelta(days=_DAYS) / size
        for first in range(0, size, _AT_ONCE):
            self._write(first, [began + number * step for number in range(first, min(first + _AT_ONCE, size))])
        with self._scene.runtime.database.write() as session:
            session.execute(insert(SavedFilter), list(self._saved()))
        self._count()
        if self._scene.runtime.database.dialect == "postgresql":
            # As autovacuum does after a while by itself.
            with self._scene.runtime.database.write() as session:
                session.execute(text("ANALYZE"))

    def pages(self) -> dict[str, list[str]]:
        """The addresses to ask for, by the name of the page."""
        cases = self._chance.sample(self._open, min(_TIMES, len(self._open)))
        rare, common = self._words[-200:], self._words[:20]
        rule, label = self._rules[0].id, "threat"
        return {
            "queue": ["/review"] * _TIMES,
            "queue, act now": ["/review?lane=act_now"] * _TIMES,
            "queue, one rule": [f"/review?rule={quote_plus(rule)}"] * _TIMES,
            "queue, label and channel": [f"/review?label={label}&channel={self._channels[1]}"] * _TIMES,
            "queue, rare language": ["/review?language=cy"] * _TIMES,
            "queue, a day long ago": ["/review?until=" + f"{clock.now() - timedelta(days=100):%Y-%m-%d}"] * _TIMES,
            "queue, mine": ["/review?state=mine"] * _TIMES,
            "queue, further down": [f"/review?after={case}" for case in cases],
            "focus view": [f"/review/cases/{case}" for case in cases],
            "search, common word": [f"/review/search?q={self._chance.choice(common)}" for _ in range(_TIMES)],
            "search, rare word": [f"/review/search?q={self._chance.choice(rare)}" for _ in range(_TIMES)],
            "search, two words": [
                f"/review/search?q={self._chance.choice(common)}+{self._chance.choice(rare)}" for _ in range(_TIMES)
            ],
            "search, an author": [f"/review/search?q=author+{self._chance.randrange(1000)}" for _ in range(_TIMES)],
            "overview, 7 days": ["/overview"] * _TIMES,
            "overview, 90 days": ["/overview?days=90"] * _TIMES,
            "live counts": ["/review/live.json"] * _TIMES,
            "decided": ["/review/decided"] * _TIMES,
            "audit trail": ["/audit"] * _TIMES,
            "guidelines": [f"/guidelines/{self._scene.slug}"] * _TIMES,
        }

    def _write(self, first: int, moments: Sequence[datetime]) -> None:
        comments = [self._comment(first + offset, at) for offset, at in enumerate(moments)]
        revisions = [self._revision(comment) for comment in comments]
        waiting = [comment for number, comment in enumerate(comments, first) if number % 10 == 0]
        by_people = [comment for number, comment in enumerate(comments, first) if number % 20 == 1]
        kept = {comment["id"]: self._kept(comment) for number, comment in enumerate(comments, first) if number % 10}
        questions = [self._question(comment) for comment in waiting]
        pairs = list(zip(questions, waiting, strict=True))
        cases = [self._case(question, comment) for question, comment in pairs]
        suggestions = [self._suggestion(question, comment) for question, comment in pairs]
        closed = [self._closed(comment, kept[comment["id"]]) for comment in by_people]
        written: tuple[tuple[Any, list[dict[str, Any]]], ...] = (
            (Author, self._authors(comments)),
            (Post, self._posts(comments)),
            (Comment, comments),
            (Revision, revisions),
            (
                Assessment,
                [self._scores(comment, question) for question, comment in pairs],
            ),
            (Decision, [*kept.values(), *suggestions]),
            (Case, [*cases, *closed]),
            (CaseFacet, list(_facets(cases, questions))),
            (Note, [self._note(comment) for comment in comments[::100]]),
        )
        with self._scene.runtime.database.write() as session:
            for table, rows in written:
                if rows:
                    session.execute(insert(table_of(table)), rows)
            search.enter_new(session, [comment["id"] for comment in comments])
        self._open.extend(case["id"] for case in cases)

    def _count(self) -> None:
        """What upkeep would have counted meanwhile."""
        while True:
            with self._scene.runtime.database.read() as session:
                counted = figures.due(session, self._office)
            if not counted:
                return
            with self._scene.runtime.database.write() as session:
                figures.keep(session, counted)

    def _comment(self, number: int, at: datetime) -> dict[str, Any]:
        channel = self._channels[number % 7 == 0]
        author = 0 if number % 50 == 0 else 1 + self._chance.randrange(max(number, 1) // 4 + 1)
        post = 0 if number % 20 == 0 else 1 + number // 60
        return {
            "id": _id(at),
            "office_id": self._office,
            "channel_id": channel,
            "external_id": f"c-{number}",
            "post_id": f"post-{channel[-8:]}-{post}",
            "author_id": f"author-{channel[-8:]}-{author}",
            "parent_external_id": f"c-{number - 1}" if number % 9 == 0 and number else None,
            "permalink": "",
            "language": "cy" if number % 5_000 == 0 else "en",
            "posted_at": at,
            "received_at": at,
            "visibility": Visibility.VISIBLE.value,
            "revision_id": _id(at),
            "decision_id": _id(at),
        }

    def _authors(self, comments: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return self._new(Author, comments, "author_id", handle="")

    def _posts(self, comments: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return self._new(
            Post, comments, "post_id", text="What the office did this week.", permalink="", limited_at=None
        )

    def _new(
        self, table: type[Author] | type[Post], comments: Sequence[dict[str, Any]], key: str, **rest: object
    ) -> list[dict[str, Any]]:
        wanted = {comment[key]: comment["channel_id"] for comment in comments}
        with self._scene.runtime.database.read() as session:
            known = {row.id for row in session.query(table.id).where(table.id.in_(list(wanted)))}
        named = "name" if table is Author else "title"
        return [
            {"id": id, "channel_id": channel, "external_id": id, named: " ".join(id.split("-")[::2]), **rest}
            for id, channel in wanted.items()
            if id not in known
        ]

    def _revision(self, comment: dict[str, Any]) -> dict[str, Any]:
        words = self._chance.choices(self._words, cum_weights=self._weights, k=self._chance.randint(6, 28))
        return {
            "id": comment["revision_id"],
            "comment_id": comment["id"],
            "number": 1,
            "text": " ".join(words),
            "original": None,
            "unreadable": [],
            "text_key": f"{self._chance.randrange(1 << 60):024x}",
            "occurred_at": comment["posted_at"],
            "received_at": comment["received_at"],
        }

    def _question(self, comment: dict[str, Any]) -> Question:
        rule = self._chance.choice(self._rules)
        labels = (self._chance.choice(("threat", "harassment", "spam", "discrimination")),)
        fact = RuleFact(rule.id, rule.title, rule.severity, rule.review_within_hours)
        placement = place(
            Reason.FINDING, [fact], comment["received_at"], labels=labels, reach=self._chance.randrange(9)
        )
        if placement.lane is Lane.REVIEW and placement.due_at <= clock.now():
            placement = Placement(Lane.ACT_NOW, *_rest(placement))
        return Question(
            decision_id=comment["decision_id"],
            office_id=self._office,
            comment_id=comment["id"],
            channel_id=comment["channel_id"],
            author_id=comment["author_id"],
            language=comment["language"],
            placement=placement,
            rule_ids=(rule.id,),
            labels=labels,
        )

    def _case(self, question: Question, comment: dict[str, Any]) -> dict[str, Any]:
        return {**casebook.row(question, comment["received_at"]), "id": _id(comment["received_at"])}

    def _closed(self, comment: dict[str, Any], decision: dict[str, Any]) -> dict[str, Any]:
        """The case of a comment that a person decided, and the decision made theirs."""
        rule = self._chance.choice(self._rules)
        decision |= {
            "maker": Maker.PERSON.value,
            "reason": Reason.PERSON.value,
            "member_id": self._scene.member_id,
            "verbs": [Verb.HIDE.value],
            "rule_ids": [rule.id],
            "suggestion_followed": True,
        }
        at = comment["received_at"]
        row = {**casebook.row(self._question(comment), at), "id": _id(at)}
        later = at + timedelta(minutes=self._chance.randint(1, 600))
        return row | {
            "state": CaseState.CLOSED.value,
            "closed_at": later,
            "closed_by": self._scene.member_id,
            "first_seen_at": later,
        }

    def _kept(self, comment: dict[str, Any]) -> dict[str, Any]:
        return self._decision(comment, State.MADE, Reason.NO_FINDING, [Verb.KEEP.value])

    def _suggestion(self, question: Question, comment: dict[str, Any]) -> dict[str, Any]:
        rule_id, label = question.rule_ids[0], question.labels[0]
        measure = {"label": label, "score": 0.71, "review": 0.4, "automatic": 0.95}
        finding = {"rule_id": rule_id, "strength": "review", "measures": [measure], "facts": [], "rung": 0}
        row = self._decision(comment, State.SUGGESTED, Reason.FINDING, [Verb.HIDE.value])
        comment["decision_id"] = None
        return row | {"rule_ids": [rule_id], "findings": [finding], "answered": {label: "benchmark"}}

    def _decision(self, comment: dict[str, Any], state: State, reason: Reason, verbs: list[str]) -> dict[str, Any]:
        return {
            "id": comment["decision_id"],
            "office_id": self._office,
            "comment_id": comment["id"],
            "revision_id": comment["revision_id"],
            "version_id": self._version_id,
            "state": state.value,
            "maker": Maker.SYSTEM.value,
            "reason": reason.value,
            "member_id": None,
            "second_member_id": None,
            "verbs": verbs,
            "rule_ids": [],
            "findings": [],
            "answered": {},
            "note": "",
            "previous_id": None,
            "suggestion_followed": None,
            "made_at": comment["received_at"],
            "undone_at": None,
            "undone_by": None,
        }

    def _scores(self, comment: dict[str, Any], question: Question) -> dict[str, Any]:
        return {
            "id": _id(comment["received_at"]),
            "revision_id": comment["revision_id"],
            "classifier": "benchmark",
            "version": "1",
            "scores": dict.fromkeys(("spam", "profanity", "sexual"), 0.02) | {question.labels[0]: 0.71},
            "spans": [[0, 5, question.labels[0]]],
            "error": "",
            "language": comment["language"],
            "doubts": [],
            "views": {},
            "created_at": comment["received_at"],
        }

    def _note(self, comment: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": _id(comment["received_at"]),
            "office_id": self._office,
            "comment_id": comment["id"],
            "member_id": self._scene.member_id,
            "text": "Seen before, see the office's file.",
            "at": comment["received_at"],
        }

    def _saved(self) -> Iterator[dict[str, Any]]:
        for number in range(_SAVED):
            rule = self._rules[number % len(self._rules)].id
            yield {
                "id": clock.new_id(),
                "office_id": self._office,
                "member_id": self._scene.member_id,
                "name": f"View {number}",
                "query": f"rule={quote_plus(rule)}&channel={self._channels[number % 2]}",
                "shared": number % 3 == 0,
                "created_at": clock.now(),
            }


def _facets(cases: Sequence[dict[str, Any]], questions: Sequence[Question]) -> Iterator[dict[str, Any]]:
    for case, question in zip(cases, questions, strict=True):
        yield from casebook.facet_rows(case["id"], question)


def _rest(placement: Placement) -> tuple[Any, ...]:
    return placement.priority, placement.due_at, placement.why, placement.reach, placement.severe


def _id(at: datetime) -> str:
    """An id as it would have been made at that moment."""
    return clock.first_id(at)[:10] + secrets.token_hex(8)


def _word(chance: random.Random) -> str:
    return "".join(chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(chance.randint(2, 4)))
