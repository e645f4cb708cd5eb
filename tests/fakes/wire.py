"""A server below HTTP: it answers every connection with whatever bytes it was told to, at whatever pace."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator


class Wire:
    """What a misbehaving server does with one connection. It has read the start of the request already."""

    def __init__(self, connection: socket.socket, ending: threading.Event) -> None:
        self._connection = connection
        self._ending = ending

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def pause(self, seconds: float) -> bool:
        """Wait; False when the test is over or the other side has hung up."""
        return not self._ending.wait(seconds)

    def stay_silent(self) -> None:
        self._ending.wait(5)


@contextlib.contextmanager
def wire_server(behave: Callable[[Wire], None]) -> Iterator[str]:
    """The address of a server that treats each connection with `behave`, then closes it."""
    ending = threading.Event()
    workers: list[threading.Thread] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        # The client may hang up at any point: that is the client's good right.
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            connection.recv(65536)
            behave(Wire(connection, ending))

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
