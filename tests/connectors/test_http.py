import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from moderator import clock
from moderator.connectors import http
from tests.fakes.server import Call, FakeServer, Reply
from tests.fakes.wire import Wire, wire_server


class Echo(FakeServer):
    def answer(self, call: Call) -> Reply:
        return Reply(200, call.body, {"X-Seen-Host": call.headers["host"]})


@pytest.fixture
def guarded() -> None:
    http.configure(allow_private=False)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TOTAL_SECONDS", 0.3)


def post(url: str) -> http.Answer:
    return http.send("POST", url, headers={}, content=b"hello")


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Make every name resolve to `addresses`; the list returned grows with each name asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *rest: object, **more: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "255.255.255.255", "224.0.0.1", "240.0.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7",
        "203.0.113.9", "192.88.99.1",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "::ffff:127.0.0.1",
        "::ffff:8.8.8.8", "::127.0.0.1", "::8.8.8.8", "2002:7f00:1::1", "2002:a00:1::", "2001:db8::1", "2001::1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "3fff::1", "100::1",
    ],
)  # fmt: skip
def test_an_address_off_the_public_internet_is_refused(address: str) -> None:
    assert not http.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "64:ff9b::808:808"])
def test_a_public_address_is_let_through(address: str) -> None:
    assert http.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "0"],
)
@pytest.mark.usefixtures("guarded")
def test_no_spelling_of_this_machine_is_called(host: str) -> None:
    with Echo() as server, pytest.raises((http.CannotSend, http.NoAnswer)):
        post(server.url.replace("127.0.0.1", host))
    assert server.calls == []


@pytest.mark.usefixtures("guarded")
def test_a_public_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "93.184.216.34", "10.0.0.7")
    with pytest.raises(http.CannotSend, match="not on the public internet") as refused:
        post("http://tool.example/")
    assert "10.0.0.7" not in str(refused.value)


def test_the_name_is_looked_up_once_and_the_checked_address_is_the_one_called(monkeypatch: pytest.MonkeyPatch) -> None:
    with Echo() as server:
        asked = resolve_to(monkeypatch, "127.0.0.1")
        port = server.url.rsplit(":", 1)[1]
        answer = post(f"http://tool.example:{port}/")
    assert asked.count("tool.example") == 1
    assert answer.headers["x-seen-host"] == f"tool.example:{port}"


def test_a_dead_address_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with Echo() as server, socket.create_server(("127.0.0.2", 0)) as taken:
        taken.close()
        resolve_to(monkeypatch, "127.0.0.2", "127.0.0.1")
        assert post(server.url.replace("127.0.0.1", "tool.example")).ok


def test_an_address_that_never_answers_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TOTAL_SECONDS", 1.0)
    with Echo() as server, contextlib.ExitStack() as open_sockets:
        port = int(server.url.rsplit(":", 1)[1])
        # A listener whose queue is full lets every further connection hang.
        open_sockets.enter_context(socket.create_server(("127.0.0.2", port), backlog=0))
        for _ in range(4):
            waiting = open_sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.2", port))
        resolve_to(monkeypatch, "127.0.0.2", "127.0.0.1")
        assert post(f"http://tool.example:{port}/").ok


def test_a_name_without_an_address_may_work_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(http.NoAnswer, match="no address"):
        post("http://tool.example/")


def test_the_environment_can_allow_private_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    http.configure(allow_private=None)
    assert not http.allow_private_addresses()
    monkeypatch.setenv("MODERATOR_ALLOW_PRIVATE_ADDRESSES", "1")
    assert http.allow_private_addresses()
    http.configure(allow_private=False)
    assert not http.allow_private_addresses()


def test_proxies_named_in_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Echo() as server, Echo() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert post(server.url).body == b"hello"
    assert proxy.calls == []


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    class Redirect(FakeServer):
        def answer(self, call: Call) -> Reply:
            return Reply(307, b"", {"Location": self.url + "/elsewhere"})

    with Redirect() as server:
        assert post(server.url).status == 307
    assert len(server.calls) == 1


def test_a_connection_is_used_again() -> None:
    opened = 0

    def keep_alive(wire: Wire) -> None:
        nonlocal opened
        opened += 1
        for _ in range(3):
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            wire.receive()

    with wire_server(keep_alive) as url:
        assert [post(url).body for _ in range(3)] == [b"ok"] * 3
        http.close()
    assert opened == 1


def test_a_long_answer_is_cut() -> None:
    def pour(wire: Wire) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 64000000\r\n\r\n")
        for _ in range(640):
            wire.send(b"x" * 100_000)

    with wire_server(pour) as url:
        assert len(post(url).body) == http.BODY_LIMIT


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "opening", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "]
)
def test_bytes_that_trickle_do_not_stretch_the_deadline(opening: bytes) -> None:
    def trickle(wire: Wire) -> None:
        wire.send(opening)
        while wire.pause(0.02):
            wire.send(b"x")

    started = time.monotonic()
    with wire_server(trickle) as url, pytest.raises(http.NoAnswer, match=r"within 0\.3 seconds"):
        post(url)
    assert time.monotonic() - started < 2


@pytest.mark.usefixtures("hurried")
def test_endless_interim_answers_do_not_stretch_the_deadline() -> None:
    def interim(wire: Wire) -> None:
        while wire.pause(0.01):
            wire.send(b"HTTP/1.1 102 Processing\r\n\r\n")

    with wire_server(interim) as url, pytest.raises(http.NoAnswer, match="within"):
        post(url)


@pytest.mark.parametrize("url", ["", "ftp://tool.example/", "http://", "http://[::1/", "//x", "http://x:99999/"])
def test_an_address_that_cannot_be_called_is_for_a_person_to_mend(url: str) -> None:
    with pytest.raises(http.CannotSend):
        post(url)


@pytest.mark.parametrize("value", ["sec\r\nret", "sec\x00ret", "s\u00e9cret\n", "\ud800secret"])
def test_a_header_that_cannot_be_sent_is_not_quoted(value: str) -> None:
    with Echo() as server, pytest.raises(http.CannotSend) as refused:
        http.send("POST", server.url, headers={"Authorization": value})
    assert "sec\\r" not in str(refused.value)
    assert value not in str(refused.value)
    assert server.calls == []


@given(st.binary(max_size=40) | st.text("0123456789 :,+-GMTWedJanOct", max_size=40).map(str.encode))
def test_any_retry_after_is_read_or_left(value: bytes) -> None:
    found = http.Answer(429, httpx.Headers([(b"retry-after", value)]), b"").retry_after_seconds()
    assert found is None or 0 <= found <= http.LONGEST_WAIT_SECONDS


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("999999999999", 86_400.0),
        ("9" * 5_000, 86_400.0),
        ("Wed, 21 Oct 2026 07:30:00 GMT", 1_800.0),
        ("Wed, 21 Oct 2026 06:00:00 GMT", 0.0),
        ("Sat, 31 Dec 9999 23:59:59 GMT", 86_400.0),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_a_day_at_most(
    value: str, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 10, 21, 7, 0, tzinfo=UTC))
    assert http.Answer(429, httpx.Headers({"Retry-After": value}), b"").retry_after_seconds() == seconds


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"[" * 60_000, b"9" * 60_000])
def test_a_body_that_is_not_json_reads_as_nothing(body: bytes) -> None:
    assert http.Answer(200, httpx.Headers(), body).json() is None


def test_many_threads_share_the_connections() -> None:
    failures: list[object] = []

    def call() -> None:
        try:
            for _ in range(10):
                assert post(server.url).body == b"hello"
        except Exception as error:
            failures.append(error)

    with Echo() as server:
        threads = [threading.Thread(target=call) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        http.close()
    assert failures == []
    assert len(server.calls) == 80


def test_the_certificate_is_checked_against_the_name_not_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = certificate(tmp_path, "tool.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, tmp_path / "key.pem")
    asked_for: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: asked_for.append(name)

    def over_tls(wire: Wire) -> None:
        wire.turn_to_tls(context)
        wire.receive()
        wire.send(b"HTTP/1.1 204 No Content\r\n\r\n")

    with wire_server(over_tls, read_first=False) as url:
        port = url.rsplit(":", 1)[1]
        resolve_to(monkeypatch, "127.0.0.1")
        assert post(f"https://tool.example:{port}/").status == 204
        with pytest.raises(http.NoAnswer, match="could not connect"):
            post(f"https://other.example:{port}/")
    assert asked_for == ["tool.example", "other.example"]


def certificate(folder: Path, name: str) -> Path:
    """A certificate for `name` that signs itself, with its key beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    path = folder / "certificate.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path
