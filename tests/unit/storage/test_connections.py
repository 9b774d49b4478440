"""Exchanges with a host that answers by a script, byte for byte."""

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from waypost.storage import connections
from waypost.storage.connections import Answer, Connections, Lost

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
BYE = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbye"
PAUSE = b"<pause>"


class Host:
    """One answer after the other on each connection; then it hangs up."""

    def __init__(self, scripts: list[list[bytes]], tls: ssl.SSLContext | None = None) -> None:
        self._scripts, self._tls = scripts, tls
        self.heard: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        for script in self._scripts:
            # Who does not trust the host, or has no more to ask, hangs up.
            with suppress(OSError):
                opened, _ = self._listener.accept()
                with opened:
                    self._play(self._secured(opened), script)

    def _secured(self, opened: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(opened, server_side=True) if self._tls else opened

    def _play(self, opened: socket.socket, script: list[bytes]) -> None:
        with opened:
            for answer in script:
                self.heard.append(_request(opened))
                for n, piece in enumerate(answer.split(PAUSE)):
                    sleep(0.3 if n else 0)
                    opened.sendall(piece)

    def close(self) -> None:
        # Else nobody would tell whoever waits for the next connection.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def _request(opened: socket.socket) -> bytes:
    text = b""
    while not (head := re.search(rb"(?is)^.*?content-length: (\d+)\r\n.*?\r\n\r\n", text)):
        text += _more(opened)
    while len(text) < head.end() + int(head[1]):
        text += _more(opened)
    return text


def _more(opened: socket.socket) -> bytes:
    if piece := opened.recv(65_536):
        return piece
    raise ConnectionResetError


@contextmanager
def host(*scripts: list[bytes], tls: ssl.SSLContext | None = None) -> Iterator[Host]:
    serving = Host(list(scripts), tls)
    thread = threading.Thread(target=serving.serve, daemon=True)
    thread.start()
    try:
        yield serving
    finally:
        serving.close()


def to(serving: Host, scheme: str = "http", name: str = "127.0.0.1") -> Connections:
    return Connections(f"{scheme}://{name}:{serving.port}")


def asked(way: Connections, body: bytes = b"{}", seconds: float = 5.0) -> Answer:
    return way.request(
        "POST", "/x%2Fy", body=body, headers={"host": "h", "x-a": "1"}, seconds=seconds
    )


def test_a_request_goes_out_as_http_and_its_connection_is_kept() -> None:
    with host([OK, OK]) as serving:
        way = to(serving)

        answers = [asked(way), asked(way, b"x" * 300_000)]

    assert answers == [Answer(200, b"hi")] * 2
    first, *fields = serving.heard[0].split(b"\r\n")
    assert (first, fields[-1]) == (b"POST /x%2Fy HTTP/1.1", b"{}")
    assert {b"host: h", b"x-a: 1"} <= set(fields)
    assert serving.heard[1].endswith(b"\r\n\r\n" + b"x" * 300_000)


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-LENGTH:0\r\n\r\n", Answer(200, b"")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Answer(204, b"")),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, Answer(200, b"hi")),
        (b"HTTP/1.1 503\r\nContent-Length: 1\r\n\r\nx", Answer(503, b"x")),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
            b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n",
            Answer(200, b"abc0123456789"),
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Answer(200, b"")),
    ],
)  # fmt: skip
def test_an_answer_is_read_to_its_end_however_that_is_told(sent: bytes, answer: Answer) -> None:
    with host([sent, OK], [OK]) as serving:
        way = to(serving)

        assert [asked(way), asked(way)] == [answer, Answer(200, b"hi")]


@pytest.mark.parametrize("script", [[OK], [BYE]])
def test_a_connection_that_the_host_has_closed_is_replaced(script: list[bytes]) -> None:
    with host(script, [OK]) as serving:
        way = to(serving)

        assert asked(way).status == 200
        assert asked(way) == Answer(200, b"hi")


def test_a_kept_connection_that_dies_before_a_word_costs_no_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The end may come while the request is on its way, when nothing tells it yet."""
    monkeypatch.setattr(connections, "_is_quiet", lambda _: True)
    with host([OK], [OK]) as serving:
        way = to(serving)

        assert [asked(way), asked(way)] == [Answer(200, b"hi")] * 2


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        OK[:-1],
        OK[:20],
        b"HTTP/1.1 200 OK\r\n\r\nof no told length",
        b"SSH-2.0-x\r\n\r\n",
        b"HTTP/1.1 what\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
    ],
)
def test_half_an_answer_is_none(sent: bytes) -> None:
    with host([sent]) as serving, pytest.raises(Lost):
        asked(to(serving))


def test_an_answer_that_breaks_off_on_a_kept_connection_is_not_asked_for_again() -> None:
    with host([OK, OK[:-1]], [OK]) as serving:
        way = to(serving)
        asked(way)

        with pytest.raises(Lost):
            asked(way)

    assert len(serving.heard) == 2


def test_a_host_that_says_nothing_is_lost_when_the_time_is_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        way = Connections(f"http://127.0.0.1:{silent.getsockname()[1]}")

        for seconds in (0.05, 0.0, -1.0):
            with pytest.raises(Lost):
                asked(way, seconds=seconds)


def test_a_body_that_trickles_in_is_lost_when_the_time_is_over() -> None:
    slow = PAUSE.join([OK[:-2], b"h", b"i"])

    with host([slow]) as serving, pytest.raises(Lost):
        asked(to(serving), seconds=0.4)


def test_a_host_that_is_not_there_is_lost() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]

    with pytest.raises(Lost):
        asked(Connections(f"http://127.0.0.1:{port}"))


def test_only_a_host_whose_certificate_is_trusted_hears_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = _certificate(tmp_path, "localhost")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    with host([OK], [OK], [OK, OK], tls=serving) as secured:
        with pytest.raises(Lost, match="certificate"):
            asked(to(secured, "https", "localhost"))
        trusting = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr(connections, "_tls", lambda: trusting)
        with pytest.raises(Lost, match="certificate"):
            asked(to(secured, "https", "127.0.0.1"))
        way = to(secured, "https", "localhost")

        assert [asked(way), asked(way)] == [Answer(200, b"hi")] * 2


def _certificate(folder: Path, name: str) -> Path:
    """A certificate for a host, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
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
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "host.pem"
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return path
