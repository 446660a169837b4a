"""The real server: what is not even HTTP, what must not be kept, and an orderly end."""

import json
import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from faqbot.errors import SettingsError
from faqbot.serving import Server
from faqbot.settings import Settings
from live import LiveServer

MARKER = "Zebrafinch7731"
"""A word that stands in no file of ours."""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = b"Content-Type: application/json\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("server"), ask_limit="10000 per minute") as server:
        yield server


def assert_error(status: int, body: bytes) -> None:
    assert 400 <= status < 500
    error = json.loads(body)["error"]
    assert error.keys() == {"code", "message"}


def head(request: bytes, headers: bytes = b"") -> bytes:
    return request + b" HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n"


@pytest.mark.parametrize(
    "data",
    [
        head(b"POST /api/v1/ask", JSON + b"Content-Length: many\r\n") + b"{}",
        head(b"POST /api/v1/ask", JSON + b"Content-Length: -5\r\n") + b"{}",
        head(b"POST /api/v1/ask", JSON + b"Content-Length: 99999999999999\r\n") + b"{}",
        head(b"POST /api/v1/ask", JSON + b"Content-Length: 5\r\nContent-Length: 6\r\n") + b"{}",
        head(b"POST /api/v1/ask", JSON + b"Transfer-Encoding: chunked\r\n") + b"zz\r\n",
        head(b"GET /", b"X-Long: " + b"a" * 40_000 + b"\r\n"),
        head(b"GET /", b"".join(b"X-%d: a\r\n" % n for n in range(5000))),
        head(b"GET /" + b"a" * 40_000),
        head(b"GET /", b"No colon\r\n"),
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"get / HTTP/1.1\r\n\r\n",
    ],
    ids=range(12),
)
def test_what_is_hardly_http_is_refused_in_the_one_shape(server: LiveServer, data: bytes) -> None:
    answer = server.raw(data)
    start, _, body = answer.partition(b"\r\n\r\n")
    assert_error(int(start.split()[1]), body)
    assert server.request("GET", "/readyz")[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"\xff\xfe\x00",
        b'{"message": "a\\u0000b"}',
        b'{"message": "\\ud83d"}',
        b'{"message": 5}',
        b'{"message": "a", "site": "nowhere"}',
        b"[" * 50_000,
        b'{"a":' * 10_000,
        b'{"message": "' + b"a" * 1_000_000 + b'"}',
    ],
    ids=range(9),
)
def test_bad_bodies_are_refused_and_the_service_goes_on(server: LiveServer, body: bytes) -> None:
    status, _, answer = server.request("POST", "/api/v1/ask", body, {"Content-Type": "application/json"})
    assert_error(status, answer)
    status, _, answer = server.request("POST", "/api/v1/ask", {"message": "what is iop"})
    assert (status, json.loads(answer)["kind"]) == (200, "answer")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files can be seen on Linux only")
def test_a_large_body_on_its_way_is_in_no_file(server: LiveServer) -> None:
    with server.connect() as sock:
        sock.sendall(head(b"POST /api/v1/ask", JSON + b"Content-Length: 1000000\r\n") + b"a" * 900_000)
        for _ in range(20):
            server.request("GET", "/healthz")
        files = [os.path.realpath(file) for file in Path(f"/proc/{server.process.pid}/fd").iterdir()]
        sock.sendall(b"a" * 100_000)
        assert sock.recv(65536).startswith(b"HTTP/1.1 413")
    assert not [file for file in files if "deleted" in file or "tmp/tmp" in file]


def test_a_chunked_body_is_read(server: LiveServer) -> None:
    data = head(b"POST /api/v1/ask", JSON + b"Transfer-Encoding: chunked\r\nConnection: close\r\n")
    body = b'{"message": "what is iop"}'
    answer = server.raw(data + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
    assert answer.startswith(b"HTTP/1.1 200")


def test_slow_clients_do_not_hold_up_others(server: LiveServer) -> None:
    idle = [server.connect() for _ in range(40)]
    for sock in idle:
        sock.sendall(b"POST /api/v1/ask HTTP/1.1\r\nContent-Le")
    assert server.request("GET", "/healthz")[0] == 200
    for sock in idle:
        sock.close()


def test_many_ask_at_once(server: LiveServer) -> None:
    def ask(n: int) -> int:
        return server.request("POST", "/api/v1/ask", {"message": f"what is iop {n}"})[0]

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(100))) == {200}


def _everywhere(server: LiveServer) -> list[tuple[int, bytes]]:
    """Put the marker wherever a visitor's words could go; return what the routes say to it."""
    ask, feedback, word = "/api/v1/ask", "/api/v1/feedback", quote(MARKER)
    answers = [
        server.request("POST", ask, {"message": MARKER}),
        server.request("POST", ask, {"message": f"i want to kill myself {MARKER}", "history": [MARKER]}),
        server.request("POST", ask, {"message": "hi", "site": MARKER}),
        server.request("POST", ask, {"message": "hi", "lang": MARKER}),
        server.request("POST", ask, {"message": [MARKER]}),
        server.request("POST", ask, {MARKER: 1}),
        server.request("POST", ask, MARKER.encode(), {"Content-Type": "application/json"}),
        server.request("POST", ask, MARKER.encode(), {"Content-Type": MARKER}),
        server.request("POST", ask, {"message": "hi"}, {"Origin": f"https://{MARKER}.example"}),
        server.request("POST", ask, (MARKER * 90_000).encode(), {"Content-Type": "application/json"}),
        server.request("POST", feedback, {"id": MARKER, "vote": "up"}),
        server.request("POST", feedback, {"id": "cost", "vote": MARKER}),
        server.request("POST", feedback, {"id": "cost", "vote": "down", "reason": MARKER}),
        server.request("POST", "/ask", f"message={word}&history={word}".encode(), FORM),
        server.request("POST", "/ask", f"message={word}&site={word}".encode(), FORM),
    ]
    named = {"User-Agent": MARKER, "Referer": f"https://a.example/{MARKER}"}
    for path in ("/", "/faq", "/ask", "/embed", "/crisis-protocol", "/api/v1/site", "/widget.js", "/metrics"):
        answers.append(server.request("GET", f"{path}?site={word}&lang={word}&q={word}"))
        answers.append(server.request("GET", f"{path}/{word}", headers=named))
        answers.append(server.request("PUT", path, MARKER.encode()))
    server.raw(b"POST /%b HTTP/1.1\r\nContent-Length: x%b\r\n\r\n%b" % ((MARKER.encode(),) * 3))
    server.raw(b"POST /api/v1/ask HTTP/1.1\r\nContent-Length: 500\r\n\r\n%b" % MARKER.encode())
    return [(status, str(headers.get("Location", "")).encode()) for status, headers, _ in answers]


def test_nothing_a_visitor_types_is_kept_anywhere(tmp_path: Path) -> None:
    with LiveServer(tmp_path) as server:
        answers = _everywhere(server)
        metrics = server.request("GET", "/metrics")[2]
    assert not [status for status, _ in answers if status >= 500]
    assert not [url for _, url in answers if MARKER.encode() in url]
    assert sqlite3.connect(server.database).execute("SELECT sum(n) FROM replies").fetchone()[0] >= 3
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and MARKER.encode() in path.read_bytes()]
    assert kept == []
    assert MARKER.encode() not in metrics
    log = server.log.read_text()
    assert "POST /api/v1/ask 200" in log
    assert "127.0.0.1" not in log
    assert "?" not in log


def test_the_end_finishes_what_was_begun_and_writes_the_counts(tmp_path: Path) -> None:
    body = b'{"message": "what is iop"}'
    start = head(b"POST /api/v1/ask", JSON + b"Content-Length: %d\r\n" % len(body))
    with LiveServer(tmp_path, flush_seconds="60") as server:
        server.request("POST", "/api/v1/ask", {"message": "what is iop"})
        with server.connect() as sock:
            sock.sendall(start + body[:10])
            server.request("GET", "/healthz")
            server.process.terminate()
            sock.sendall(body[10:])
            assert sock.recv(65536).startswith(b"HTTP/1.1 200")
        assert server.stop() == 0
    counted = sqlite3.connect(server.database).execute("SELECT n FROM replies WHERE entry = ''").fetchall()
    assert counted == [(2,)]
    assert "Traceback" not in server.log.read_text()


def test_an_impatient_manager_does_not_cut_the_end_short(tmp_path: Path) -> None:
    with LiveServer(tmp_path) as server:
        while server.process.poll() is None:
            server.process.terminate()
        assert server.process.returncode == 0, server.log.read_text()


def test_a_port_in_use_is_told_with_advice(server: LiveServer) -> None:
    with pytest.raises(SettingsError, match="FAQBOT_PORT"):
        Server(None, Settings(port=server.port))
