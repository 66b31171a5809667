from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lti_tool.http import HttpClient, HttpFailure, Reply, is_public, origin

Answer = Callable[[socket.socket, bytes], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"


class Server:
    """Answers every connection by a function on the bare socket, and remembers what it was asked."""

    def __init__(self, answer: Answer, host: str = "127.0.0.1") -> None:
        self.asked: list[bytes] = []
        self.connections = 0
        self._answer = answer
        self._socket = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        try:
            with connection:
                while asked := connection.recv(65536):
                    self.asked.append(asked)
                    self._answer(connection, asked)
        except OSError:
            pass

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


@contextmanager
def serving(answer: Answer | bytes, host: str = "127.0.0.1") -> Iterator[Server]:
    server = Server(answer if callable(answer) else lambda connection, _asked: connection.sendall(answer), host)
    try:
        yield server
    finally:
        server.close()


def ask(server: Server, client: HttpClient | None = None, **given: object) -> object:
    return (client or HttpClient(development=True)).request("GET", server.url + "/x", trusted={server.url}, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    [
        "http://lms.example.edu/",
        "ftp://lms.example.edu/",
        "file:///etc/passwd",
        "//lms.example.edu/",
        "https://",
        "https://user:secret@lms.example.edu/",
        "https://lms.example.edu:notaport/",
        "https://[half/",
        "",
    ],
)
@pytest.mark.parametrize("development", [False, True])
def test_only_https_is_called(url: str, *, development: bool) -> None:
    client = HttpClient(development=development)
    assert not client.allows(url)
    with pytest.raises(HttpFailure, match="refused"):
        client.request("GET", url)


def test_in_production_trust_opens_nothing() -> None:
    with serving(OK + b"\r\nok") as server, pytest.raises(HttpFailure) as failure:
        HttpClient().request("GET", server.url, trusted={server.url})
    assert failure.value.kind == "refused"
    assert server.connections == 0


def test_in_development_only_the_trusted_origin_is_open() -> None:
    client = HttpClient(development=True)
    with serving(OK + b"\r\nok") as server, serving(OK + b"\r\nok") as other:
        assert client.request("GET", server.url + "/x", trusted={server.url}).body == b"ok"
        with pytest.raises(HttpFailure, match="refused"):
            client.request("GET", other.url, trusted={server.url})
    assert other.connections == 0


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "10.0.0.7",
        "192.168.1.1",
        "169.254.169.254",
        "0.0.0.0",
    ],
)
@pytest.mark.parametrize("development", [False, True])
def test_private_addresses_are_refused_before_connecting(host: str, *, development: bool) -> None:
    with serving(OK + b"\r\nok") as server:
        port = server.port
        with pytest.raises(HttpFailure) as failure:
            HttpClient(development=development).request("GET", f"https://{host}:{port}/", trusted={"https://lms.example.edu"})
        assert server.connections == 0
    assert failure.value.kind == "refused"


def test_a_name_that_changes_its_address_is_refused_on_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = socket.getaddrinfo, []

    def rebinding(host: str, port: int, *args: object, **kwargs: object) -> list[object]:
        asked.append(host)
        if len(asked) == 1:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))]
        return real("127.0.0.1", port, *args, **kwargs)  # type: ignore[arg-type,return-value]

    with serving(OK + b"\r\nok") as server:
        monkeypatch.setattr(socket, "getaddrinfo", rebinding)
        with pytest.raises(HttpFailure) as failure:
            HttpClient().request("GET", f"https://lms.example.edu:{server.port}/")
        monkeypatch.undo()
        assert server.asked == []
    assert failure.value.kind == "refused"
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:7f00:1::", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("fd00::1", False),
        ("::", False),
        ("100.64.0.1", False),
        ("172.31.255.255", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
    ],
)
def test_which_addresses_are_public(address: str, *, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://LMS.Example.EDU:443/a?b", "https://lms.example.edu"),
        ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ("http://[::1]:8001/", "http://[::1]:8001"),
        ("javascript:alert(1)", ""),
    ],
)
def test_origins(url: str, expected: str) -> None:
    assert origin(url) == expected


def test_redirects_are_answers_not_journeys() -> None:
    with serving(OK + b"\r\nok") as elsewhere:
        moved = b"HTTP/1.1 302 Found\r\nLocation: " + elsewhere.url.encode() + b"/\r\nContent-Length: 0\r\n\r\n"
        with serving(moved) as server:
            client = HttpClient(development=True)
            reply = client.request("GET", server.url, trusted={server.url, elsewhere.url}, headers={"Authorization": "Bearer secret"})
        assert reply.status == 302
        assert elsewhere.connections == 0


def test_what_comes_back() -> None:
    head = (
        b'HTTP/1.1 409 Refusing score\r\nContent-Length: 4\r\nLink: <https://a.example/x?page=bookmark:WyJB,<QWZ>; rel="next"\r\n\r\nbody'
    )
    with serving(head) as server:
        reply = ask(server)
    assert (reply.status, reply.ok, reply.reason, reply.body) == (409, False, "Refusing score", b"body")
    assert reply.headers["content-length"] == "4"


def test_link_addresses_keep_their_case() -> None:
    next_page = b'<https://a.example/x?page=bookmark:WyJBZnRlciJd&per_page=50>; rel="next"'
    head = OK + b"link: " + next_page + b',<https://a.example/x?page=1>; rel="first"\r\n\r\n{}'
    with serving(head) as server:
        links = ask(server).links
    assert links == {"next": "https://a.example/x?page=bookmark:WyJBZnRlciJd&per_page=50", "first": "https://a.example/x?page=1"}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b"\xff\xfe", b"{'a': 1}"])
def test_what_is_not_json(body: bytes) -> None:
    with serving(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body) as server, pytest.raises(HttpFailure) as failure:
        ask(server).json()
    assert failure.value.kind == "not_json"


def test_a_body_that_is_too_large() -> None:
    with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" + b"x" * 3000) as server:
        assert len(ask(server, max_bytes=3000).body) == 3000
        with pytest.raises(HttpFailure) as failure:
            ask(server, max_bytes=2999)
    assert failure.value.kind == "too_large"


def test_an_endless_body_is_cut() -> None:
    def endless(connection: socket.socket, _asked: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")

    with serving(endless) as server, pytest.raises(HttpFailure) as failure:
        ask(server)
    assert failure.value.kind == "too_large"


def test_a_small_body_that_unpacks_to_much_is_cut() -> None:
    packed = gzip.compress(b"\0" * 200_000_000, compresslevel=9)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with serving(head + packed) as server, pytest.raises(HttpFailure) as failure:
        ask(server)
    assert failure.value.kind == "too_large"


def _slowly(connection: socket.socket, start: bytes) -> None:
    connection.sendall(start)
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n",
    ],
    ids=["status", "header", "body", "body-without-end", "chunk"],
)
def test_a_server_that_drips_is_cut_in_time(start: bytes) -> None:
    with serving(lambda connection, _asked: _slowly(connection, start)) as server:
        began = time.monotonic()
        with pytest.raises(HttpFailure) as failure:
            ask(server, seconds=0.5)
        assert time.monotonic() - began < 2
    assert failure.value.kind == "timeout"


def test_a_server_that_drips_on_a_kept_connection_is_cut_too() -> None:
    answers: list[Answer] = [lambda c, _a: c.sendall(OK + b"\r\nok"), lambda c, _a: _slowly(c, b"HTTP/1.1 200 OK\r\nX-Long: ")]
    client = HttpClient(development=True)

    def in_turn(connection: socket.socket, asked: bytes) -> None:
        answers.pop(0)(connection, asked)

    with serving(in_turn) as server:
        assert ask(server, client).body == b"ok"
        began = time.monotonic()
        with pytest.raises(HttpFailure) as failure:
            ask(server, client, seconds=0.5)
        assert time.monotonic() - began < 2
        assert server.connections == 1
    assert failure.value.kind == "timeout"


def test_a_silent_server_is_left_in_time() -> None:
    with serving(lambda _connection, _asked: time.sleep(3)) as server:
        began = time.monotonic()
        with pytest.raises(HttpFailure) as failure:
            ask(server, seconds=0.3)
        assert time.monotonic() - began < 2
    assert failure.value.kind == "timeout"


@pytest.mark.parametrize(
    "answer",
    [
        b"\x16\x03\x01 no http",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"",
    ],
)
def test_broken_answers_are_failures(answer: bytes) -> None:
    def once(connection: socket.socket, _asked: bytes) -> None:
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_RDWR)

    with serving(once) as server, pytest.raises(HttpFailure) as failure:
        ask(server)
    assert failure.value.kind == "unreachable"


def test_nobody_listens() -> None:
    with serving(b"") as server:
        pass
    with pytest.raises(HttpFailure) as failure:
        ask(server)
    assert failure.value.kind == "unreachable"


def test_cookies_are_not_kept() -> None:
    client = HttpClient(development=True)
    with serving(OK + b"Set-Cookie: session=1; Path=/\r\n\r\nok") as server:
        ask(server, client)
        ask(server, client)
    assert len(server.asked) == 2
    assert b"cookie" not in server.asked[1].lower()


def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password secret\n")
    with serving(OK + b"\r\nok") as server, serving(OK + b"\r\nproxied") as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        monkeypatch.setenv("no_proxy", "")
        assert ask(server).body == b"ok"
    assert proxy.connections == 0
    assert b"authorization" not in server.asked[0].lower()


def test_certificates_are_checked(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    listener = socket.create_server(("127.0.0.1", 0))

    def handshake() -> None:
        connection, _ = listener.accept()
        with connection, pytest.raises(ssl.SSLError):
            context.wrap_socket(connection, server_side=True)

    thread = threading.Thread(target=handshake, daemon=True)
    thread.start()
    url = f"https://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(HttpFailure) as failure:
        HttpClient(development=True).request("GET", url, trusted={url})
    thread.join(5)
    listener.close()
    assert failure.value.kind == "unreachable"
    assert "SSL" in str(failure.value)


def test_many_threads_share_one_client() -> None:
    client, bodies = HttpClient(development=True), []

    def echo(connection: socket.socket, asked: bytes) -> None:
        path = asked.split(b" ")[1]
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(path) + path)

    def one(number: int) -> None:
        for _ in range(5):
            bodies.append((number, client.request("GET", f"{server.url}/{number}", trusted={server.url}).body))

    with serving(echo) as server:
        threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert len(bodies) == 40
    assert all(body == b"/%d" % number for number, body in bodies)
    assert threading.active_count() < 60


def read(server: Server, **given: int) -> Reply:
    return HttpClient(development=True).read(server.url + "/x", accept="application/json", trusted={server.url}, **given)


@pytest.mark.parametrize(
    "url", ["http://example.org/", "https://example.org:8443/", "https://user@example.org/", "ftp://example.org/", "x", ""]
)
def test_a_strangers_address_is_https_at_the_usual_port(url: str) -> None:
    for client in (HttpClient(), HttpClient(development=True)):
        with pytest.raises(HttpFailure, match="refused"):
            client.read(url, accept="*/*", hops=3)


def test_a_strangers_address_may_not_be_private() -> None:
    with pytest.raises(HttpFailure, match="refused"):
        HttpClient(development=True).read("https://127.0.0.1/", accept="*/*")


def test_redirects_are_followed_so_often_and_each_is_held_to_the_rule() -> None:
    def answer(connection: socket.socket, asked: bytes) -> None:
        path = asked.split(b" ", 2)[1]
        to = {b"/x": b"/y", b"/y": b"/z", b"/out": b"http://127.0.0.1:1/"}.get(path)
        moved = b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n"
        connection.sendall(moved % to if to else OK + b"\r\nok")

    with serving(answer) as server:
        assert read(server, hops=2).body == b"ok"
        for hops in (0, 1):
            with pytest.raises(HttpFailure, match="refused"):
                read(server, hops=hops)
        with pytest.raises(HttpFailure, match="refused"):
            HttpClient(development=True).read(server.url + "/out", accept="*/*", trusted={server.url}, hops=3)


def test_a_strangers_document_has_an_end() -> None:
    with serving(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000) as server, pytest.raises(HttpFailure, match="too_large"):
        read(server, max_bytes=1000)
