"""A server below HTTP: it answers every connection with whatever bytes it was told to, at whatever pace."""

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator


class Wire:
    """What a misbehaving server can do with one connection."""

    def __init__(self, connection: socket.socket, ending: threading.Event) -> None:
        self._connection = connection
        self._ending = ending

    def receive(self) -> bytes:
        """One whole request. Hanging up on half of one would reset the connection and lose our answer."""
        data = b""
        while not _is_whole(data):
            more = self._connection.recv(65536)
            if not more:
                break
            data += more
        return data

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def pause(self, seconds: float) -> bool:
        """Wait; False when the test is over."""
        return not self._ending.wait(seconds)

    def turn_to_tls(self, context: ssl.SSLContext) -> None:
        self._connection = context.wrap_socket(self._connection, server_side=True)

    def close(self) -> None:
        self._connection.close()


def _is_whole(data: bytes) -> bool:
    head, end, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


@contextlib.contextmanager
def wire_server(behave: Callable[[Wire], None], *, read_first: bool = True) -> Iterator[str]:
    """The address of a server that reads the first request, treats the connection with `behave`, then hangs up."""
    ending = threading.Event()
    workers: list[threading.Thread] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        # The client may hang up at any point: that is the client's good right.
        connection.settimeout(5)
        with contextlib.closing(Wire(connection, ending)) as wire, contextlib.suppress(OSError):
            if read_first:
                wire.receive()
            behave(wire)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                worker = threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True)
                workers.append(worker)
                worker.start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ending.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in (acceptor, *workers):
            thread.join(5)
