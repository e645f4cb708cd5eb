"""Calls to platforms over HTTP: the one door out, and the guard that stands at it.

Addresses come from people's settings, so before each connection the host is resolved, every address found is
checked to be on the public internet, and the connection goes to a checked address (never resolved a second time).
TLS still checks the certificate against the name. Redirects are not followed, proxies from the environment are
not used, answers are read up to 64 kB where the caller sets no other limit, and one deadline covers the whole call,
however slowly bytes trickle.
Retrying is not done here: the caller's order is stored and tried again later.
"""

import ipaddress
import json
import os
import socket
import threading
import time
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore
import httpx

from moderator import clock

#: one call, from name look-up to the last byte read
TOTAL_SECONDS = 15.0
BODY_LIMIT = 64 * 1024
#: nobody may tell us to wait longer than this
LONGEST_WAIT_SECONDS = 24 * 3600.0

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

#: not public, although Python 3.11 does not say so of all of them: protocol assignments, the old 6to4 relay
_CLOSED_V4 = tuple(ipaddress.IPv4Network(n) for n in ("192.0.0.0/24", "192.88.99.0/24"))
_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
#: 6to4 (wraps any IPv4 address) and documentation
_CLOSED_V6 = tuple(ipaddress.IPv6Network(n) for n in ("2002::/16", "3fff::/20"))
#: how an IPv6-only network reaches IPv4: the last 32 bits are the address that is meant
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

_deadline: ContextVar[float] = ContextVar("deadline")
_lock = threading.Lock()
_pool: httpcore.ConnectionPool | None = None
_allow_private: bool | None = None


class CannotSend(Exception):
    """The call must not or cannot be made as it stands; a person must mend the settings. Holds no secret."""


class NoAnswer(Exception):
    """No answer came, or not in time. This may pass."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever the status. `body` holds at most as many bytes as the call was made for."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON; None where it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def retry_after_seconds(self) -> float | None:
        """How long the `Retry-After` header asks to wait, given in seconds or as a date; at most a day."""
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit():
            return min(float(value), LONGEST_WAIT_SECONDS)
        try:
            until = parsedate_to_datetime(value)
        except ValueError:
            return None
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return min(max((until - clock.now()).total_seconds(), 0.0), LONGEST_WAIT_SECONDS)


def configure(*, allow_private: bool | None) -> None:
    """Let calls reach private networks, or not; None goes back to what the environment says."""
    global _allow_private
    _allow_private = allow_private
    close()


def allow_private_addresses() -> bool:
    """Whether calls may reach addresses that are not on the public internet."""
    if _allow_private is None:
        return os.environ.get("MODERATOR_ALLOW_PRIVATE_ADDRESSES", "") == "1"
    return _allow_private


def close() -> None:
    """Close every open connection. A later call opens new ones."""
    global _pool
    with _lock:
        pool, _pool = _pool, None
    if pool is not None:
        pool.close()


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    params: Mapping[str, str] | None = None,
    content: bytes | None = None,
    form: Mapping[str, str] | None = None,
    limit: int = BODY_LIMIT,
) -> Answer:
    """Make one call and read up to `limit` bytes. Raises `CannotSend` and `NoAnswer`, nothing else."""
    request = _request(method, url, headers, params, content, form)
    token = _deadline.set(time.monotonic() + TOTAL_SECONDS)
    try:
        return _exchange(request, limit)
    except httpcore.TimeoutException:
        raise NoAnswer(f"no full answer within {TOTAL_SECONDS:g} seconds") from None
    except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol):
        # The library's message quotes the header it dislikes, which may be the one with the token.
        raise CannotSend("the call cannot be put into HTTP: check the address and the secrets") from None
    except httpcore.ConnectError as error:
        raise NoAnswer(f"could not connect: {error}") from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise NoAnswer(f"the connection broke: {error}") from None
    finally:
        _deadline.reset(token)


def is_public(address: IPAddress) -> bool:
    """Whether an address is on the public internet, seen through the usual ways to wrap one address in another."""
    if isinstance(address, ipaddress.IPv4Address):
        closed = any(address in network for network in _CLOSED_V4)
        return address.is_global and not (closed or address.is_multicast or address.is_reserved)
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _UNICAST_V6 and address.is_global and not any(address in network for network in _CLOSED_V6)


def _request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    params: Mapping[str, str] | None,
    content: bytes | None,
    form: Mapping[str, str] | None,
) -> httpx.Request:
    fixed = {"User-Agent": "moderator", "Accept-Encoding": "identity", **headers}
    try:
        request = httpx.Request(method, url, headers=fixed, params=params, content=content, data=form)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise CannotSend("the address or a secret holds characters that HTTP cannot carry") from None
    if request.url.scheme not in ("http", "https") or not request.url.host:
        raise CannotSend("the address must start with http:// or https:// and name a host")
    if not 0 < (request.url.port or 80) < 65_536:
        raise CannotSend("the address names a port that does not exist")
    return request


def _exchange(request: httpx.Request, limit: int) -> Answer:
    url = httpcore.URL(
        scheme=request.url.raw_scheme,
        host=request.url.raw_host,
        port=request.url.port,
        target=request.url.raw_path,
    )
    with _connections().stream(request.method, url, headers=request.headers.raw, content=request.read()) as response:
        body = bytearray()
        for chunk in response.iter_stream():
            body += chunk
            if len(body) >= limit:
                break
        return Answer(response.status, httpx.Headers(response.headers), bytes(body[:limit]))


def _connections() -> httpcore.ConnectionPool:
    global _pool
    with _lock:
        if _pool is None:
            _pool = httpcore.ConnectionPool(
                ssl_context=httpx.create_ssl_context(),
                max_connections=None,
                max_keepalive_connections=20,
                keepalive_expiry=30.0,
                network_backend=_GuardedBackend(),
            )
        return _pool


def _time_left(error: type[httpcore.TimeoutException]) -> float:
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise error("deadline passed")
    return left


def _checked_addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise httpcore.ConnectError(f"the host {host} has no address") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not allow_private_addresses() and not all(is_public(ipaddress.ip_address(a)) for a in addresses):
        raise CannotSend(
            f"the host {host} is not on the public internet; set MODERATOR_ALLOW_PRIVATE_ADDRESSES=1 if that is meant"
        )
    return addresses


class _GuardedBackend(httpcore.NetworkBackend):
    """Connects to checked addresses only."""

    def __init__(self) -> None:
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _checked_addresses(host, port)
        last: Exception = httpcore.ConnectError(f"the host {host} has no address")
        for tried, address in enumerate(addresses):
            # A dead address must leave time for the next one.
            share = _time_left(httpcore.ConnectTimeout) / (len(addresses) - tried)
            try:
                return _DeadlineStream(
                    self._plain.connect_tcp(address, port, share, local_address, socket_options),
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last


class _DeadlineStream(httpcore.NetworkStream):
    """A connection that gives each step only what is left of the call's time.

    A connection serves one call at a time, on the thread that makes the call, so the deadline is that thread's.
    """

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _time_left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _time_left(httpcore.WriteTimeout))

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _time_left(httpcore.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def close(self) -> None:
        self._inner.close()
