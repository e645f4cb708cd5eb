"""What comes in: one delivery again and again, very large ones, broken ones, texts that no machine can read."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx

from tests.fakes import graph
from tests.journeys.conftest import Home, Office, comment, eventually, undecided

PAGE = "1000001"
APP_SECRET = "not-a-real-app"


def test_the_same_webhook_delivered_fifty_times_at_once_makes_one_comment(home: Home) -> None:
    office = home.settle()
    service = home.serve()
    body = json.dumps(comment(1)).encode()
    headers = office.sign(body)
    with httpx.Client(limits=httpx.Limits(max_connections=50)) as client, ThreadPoolExecutor(50) as senders:
        answers = list(
            senders.map(lambda _: client.post(office.hook, content=body, headers=headers, timeout=60), range(50))
        )
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["accepted"] for answer in answers) == 1
    assert office.count("SELECT count(*) FROM comments") == 1
    assert office.count("SELECT count(*) FROM revisions") == 1
    assert office.count("SELECT count(*) FROM audit_entries WHERE event = 'comment.received'") == 1
    eventually(lambda: undecided(office) == 0)
    assert office.count("SELECT count(*) FROM decisions") == 1
    assert service.runs


def test_a_thousand_changes_of_a_facebook_page_are_stored_and_answered_in_two_seconds(home: Home) -> None:
    secrets = {"page_access_token": "not-a-real-token", "app_secret": APP_SECRET}
    office = home.settle("facebook", {"page_id": PAGE}, secrets)
    home.serve()
    body = graph.delivery(
        PAGE, *(graph.comment_change("add", f"2000002_{n}", message=comment(n)["text"]) for n in range(1_000))
    )
    begun = time.monotonic()
    answer = httpx.post(office.hook, content=body, headers=graph.signature(APP_SECRET, body), timeout=30)
    seconds = time.monotonic() - begun
    stored = office.count("SELECT count(*) FROM comments WHERE channel_id = :channel")
    assert (answer.status_code, answer.json()["accepted"], stored) == (200, 1_000, 1_000)
    assert seconds < 2
    eventually(lambda: undecided(office) == 0, within=60)


def _signed(office: Office, body: bytes, **headers: str) -> httpx.Response:
    return httpx.post(office.hook, content=body, headers=office.sign(body) | headers, timeout=30)


REFUSED: dict[str, tuple[int, str, Callable[[Office], httpx.Response]]] = {
    "a wrong signature": (
        401,
        "signature",
        lambda office: _signed(office, b'{"external_id": "c-1", "text": "hello"}', **{"webhook-signature": "v1,AAAA"}),
    ),
    "no signature": (
        401,
        "webhook-id",
        lambda office: httpx.post(office.hook, json={"external_id": "c-1", "text": "hello"}),
    ),
    "malformed JSON": (400, "JSON", lambda office: _signed(office, b'{"external_id": "c-1", "text": ')),
    "an unknown channel": (
        404,
        "channel",
        lambda office: replace(office, hook=office.hook[:-26] + "0" * 26).deliver(comment(1)),
    ),
    "two megabytes": (
        413,
        "",
        lambda office: office.deliver({"external_id": "c-1", "text": "word " * 400_000}),
    ),
    "a missing field": (422, "text", lambda office: office.deliver({"external_id": "c-1"})),
    "a missing field deep in a batch": (
        422,
        "[1].author.external_id",
        lambda office: office.deliver([comment(1), {**comment(2), "author": {"name": "Sam"}}]),
    ),
}


def test_what_cannot_be_taken_is_refused_plainly_and_leaves_nothing_behind(home: Home) -> None:
    office = home.settle()
    service = home.serve()
    for what, (status, named, send) in REFUSED.items():
        answer = send(office)
        problem = answer.json()
        assert (answer.status_code, problem["status"]) == (status, status), what
        assert answer.headers["content-type"] == "application/problem+json", what
        assert named in problem.get("field", "") + problem["detail"], what
    assert office.count("SELECT count(*) FROM comments") == 0
    assert office.deliver(comment(1)).json()["accepted"] == 1
    assert service.runs


UNREADABLE = {
    "lone_surrogate": "A broken \ud800 character and \udfff another",
    "nul": "A NUL \0 in the middle",
    "too_long": "word " * 20_000,
    "direction_override": "All is \u202egnorw\u202c here",
    "no_letters": "\U0001f600\U0001f389" * 30,
}


def test_a_comment_that_no_machine_can_read_is_stored_as_it_came_and_waits_for_a_person(home: Home) -> None:
    office = home.settle()
    service = home.serve()
    comments: list[dict[str, Any]] = [{"external_id": name, "text": words} for name, words in UNREADABLE.items()]
    comments.append({"external_id": "names", "text": "hello", "author": {"external_id": "a", "name": "\ud800\0\u202e"}})
    assert office.deliver(comments).json()["accepted"] == len(comments)
    eventually(lambda: undecided(office) == 0)
    kept = {
        name: (
            json.loads(original) if original else words,
            json.loads(reasons) if isinstance(reasons, str) else reasons,
        )
        for name, words, original, reasons in office.rows(
            "SELECT c.external_id, r.text, r.original, r.unreadable "
            "FROM comments c JOIN revisions r ON r.id = c.revision_id"
        )
    }
    waiting = dict(
        office.rows(
            "SELECT c.external_id, d.reason FROM cases k JOIN comments c ON c.id = k.comment_id "
            "JOIN decisions d ON d.id = k.decision_id WHERE k.state = 'open'"
        )
    )
    for name, words in UNREADABLE.items():
        assert kept[name][0] == words
        assert name in kept[name][1]
        assert waiting[name] == "unreadable"
    assert office.count("SELECT count(*) FROM actions") == 0
    assert service.runs
