"""`accept`: how long a sender waits until its signed delivery is stored and answered, while the service works on it."""

import json
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import httpx
from standardwebhooks import Webhook

from benchmarks import figures
from benchmarks.options import Options
from benchmarks.stage import Stage, served, stage
from moderator import channels, clock, importing

#: senders at once, comments in each delivery, deliveries in all
_LOADS = ((1, 1, 300), (8, 1, 800), (1, 1_000, 8), (8, 1_000, 16))


def run(options: Options) -> None:
    texts = options.texts(max(size * deliveries for _, size, deliveries in _LOADS))
    with stage() as scene, served(scene, _free_port()) as url:
        rows = [_measure(scene, url, texts, *load) for load in _LOADS]
    figures.show(
        "accept: signed deliveries to `moderator serve` on SQLite, its workers busy with what came before",
        ("comments per delivery", "senders", "deliveries", "p50 ms", "p95 ms", "p99 ms", "comments/s taken"),
        rows,
    )


def _measure(scene: Stage, url: str, texts: Sequence[str], senders: int, size: int, deliveries: int) -> tuple[str, ...]:
    bodies = list(islice(_bodies(texts, size), deliveries))
    secret = channels.opened(scene.runtime.sealer, scene.channel).secrets["signing_secret"]
    limits = httpx.Limits(max_connections=senders)
    with httpx.Client(limits=limits, timeout=60) as client, ThreadPoolExecutor(senders) as pool:

        def send(body: str) -> float:
            headers = _signed(secret, body)
            begun = time.perf_counter()
            client.post(f"{url}/hooks/{scene.channel.id}", content=body, headers=headers).raise_for_status()
            return time.perf_counter() - begun

        begun = time.perf_counter()
        waits = list(pool.map(send, bodies))
        seconds = time.perf_counter() - begun
    _wait_until_decided(scene)
    percentiles = (figures.milliseconds(waits, percent) for percent in (50, 95, 99))
    return (f"{size:,}", str(senders), str(deliveries), *percentiles, f"{size * deliveries / seconds:,.0f}")


def _bodies(texts: Sequence[str], size: int) -> Iterator[str]:
    for begin in range(0, len(texts), size):
        comments = [{"external_id": clock.new_id(), "text": text} for text in texts[begin : begin + size]]
        yield json.dumps(comments[0] if size == 1 else comments)


def _signed(secret: str, body: str) -> dict[str, str]:
    message, now = f"msg_{clock.new_id()}", clock.now()
    return {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message, now, body),
    }


def _wait_until_decided(scene: Stage) -> None:
    while importing.undecided(scene.runtime):
        time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
