"""Serves the application from this process: waitress in front, beside it the threads that `bootstrap` says it needs."""

import errno
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, NoReturn

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from moderator.bootstrap import start_workers
from moderator.errors import ModeratorError
from moderator.runtime import Runtime
from moderator.settings import MAX_BODY_BYTES, Settings
from webui.app import create_app
from webui.streams import Streams

_THREADS = 24
#: So many of them at most tell pages what changes; the others are always free for pages.
_STREAMS = _THREADS // 2

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class PortTaken(ModeratorError):
    """Nothing can listen there. The message says why and what to try."""


def serve(runtime: Runtime, host: str, port: int, announce: Callable[[str], None] = lambda url: None) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way and return. Call it from the main thread.

    `announce` is called with the address once the port is ours and workers run; port 0 takes a free one.
    Raises `PortTaken` before anything is started.
    """
    app = create_app(runtime, _STREAMS)
    streams: Streams = app.extensions["streams"]
    with (
        closing(_listener(host, port)) as listener,
        _server(app, runtime.settings, listener) as (server, connections),
        _stopped_by_signals(connections, streams.stop),
        _workers(runtime),
    ):
        announce(f"http://{host}:{server.effective_port}")
        server.run()


def _listener(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address, family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(f"port {port} is taken by another program: choose another one") from None
        raise PortTaken(f"cannot listen on {host}, port {port}: {error.strerror}") from None


@contextmanager
def _server(app: Flask, settings: Settings, listener: socket.socket) -> Iterator[tuple[Any, dict[int, Any]]]:
    connections: dict[int, Any] = {}
    server = create_server(app, connections, sockets=[listener], **_options(settings))
    try:
        yield server, connections
    finally:
        wasyncore.close_all(connections)


def _options(settings: Settings) -> dict[str, object]:
    options: dict[str, object] = {
        "threads": _THREADS,
        "ident": None,
        # Whoever goes away in the middle of an answer is noticed at once, and its thread is free.
        "channel_request_lookahead": 1,
        # Above the application's own limit, so that the refusal of what is a little too large comes in its words.
        "max_request_body_size": 8 * MAX_BODY_BYTES,
    }
    if settings.public_url.startswith("https://"):
        # HTTPS ends in a proxy. One on this machine is believed about who the visitor is, and nobody else.
        options |= {"trusted_proxy": "127.0.0.1", "trusted_proxy_headers": "x-forwarded-for"}
    return options


@contextmanager
def _workers(runtime: Runtime) -> Iterator[None]:
    workers = start_workers(runtime)
    try:
        yield
    finally:
        workers.stop()


class _Stop(wasyncore.file_dispatcher):  # type: ignore[misc]  # no types of its own
    """Ends the loop in a turn of its own: an exception in the middle of another's would leave that one half closed."""

    def __init__(self, heard: int, connections: dict[int, Any], first: Callable[[], None]) -> None:
        super().__init__(heard, connections)
        self._first = first

    def handle_read(self) -> NoReturn:
        self._first()
        raise SystemExit(0)

    def writable(self) -> bool:
        return False


@contextmanager
def _stopped_by_signals(connections: dict[int, Any], first: Callable[[], None]) -> Iterator[None]:
    """Let the first signal end the loop over these connections, once it has done what is to be done `first`.

    The next one finds the old handlers, and is heard even where ending takes too long.
    """
    heard, told = os.pipe()
    _Stop(heard, connections, first)
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop(*_: object) -> None:
        put_back()
        os.write(told, b"!")

    for number in _SIGNALS:
        signal.signal(number, stop)
    try:
        yield
    finally:
        put_back()
        os.close(heard)
        os.close(told)
