"""A small platform for the demonstration: takes signed actions over HTTP, as a page-management tool would, and answers.

It exists so that hiding and undoing can be seen to happen; it keeps what it was told in memory only.
"""

import json
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

_LARGEST = 64 * 1024


class DemoPlatform:
    """Listens on 127.0.0.1. `secrets()` are the signing secrets whose deliveries it takes."""

    def __init__(self, secrets: Callable[[], Iterable[str]], port: int = 0) -> None:
        self.done: list[tuple[str, str]] = []
        self._ids: set[str] = set()
        self._secrets = secrets
        self._lock = threading.Lock()
        self._server = _server(port, self._take)
        self._thread = threading.Thread(target=self._server.serve_forever, name="demo-platform", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/actions"

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def _take(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        if not any(_signed(secret, headers, body) for secret in self._secrets()):
            return 401, {"detail": "the signature does not match"}
        event = json.loads(body)
        with self._lock:
            if headers["webhook-id"] in self._ids:
                return 200, {"status": "already_done", "receipt": f"{event['type']} was taken before"}
            self._ids.add(headers["webhook-id"])
            self.done.append((event["data"]["verb"], event["data"]["comment_id"]))
        return 200, {"receipt": f"{event['type']} taken by the demonstration platform"}


def _signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except Exception:
        return False
    return True


def _server(port: int, take: Callable[[dict[str, str], bytes], tuple[int, dict[str, Any]]]) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {key.lower(): value for key, value in self.headers.items()}
            status, answer = take(headers, self.rfile.read(length)) if length <= _LARGEST else (413, {})
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: the terminal belongs to the demonstration's own words."""

    try:
        return ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError:
        return ThreadingHTTPServer(("127.0.0.1", 0), Handler)
