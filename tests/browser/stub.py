"""A small server that speaks the widget's side of the HTTP interface, and can be told to fail in each of the ways a server fails."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from faqbot import bundle
from faqbot.helplines import load_helplines

ROOT = Path(__file__).resolve().parents[2]
CANNED = yaml.safe_load((Path(__file__).parent / "canned.yaml").read_text(encoding="utf-8"))
STRINGS = {
    lang: yaml.safe_load((ROOT / "data" / "strings" / f"{lang}.yaml").read_text(encoding="utf-8"))["widget"] for lang in ("en", "es")
}
NAMES = ("suggestions", "no_answer", "crisis", "concern", "several", "tall", "spanish", "hostile")


HELPLINES = {
    lang: [asdict(line) for line in load_helplines(ROOT / "data" / "crisis").of("permanent", "US", lang)] for lang in ("en", "es")
}


def bundled() -> bundle.Bundle:
    """The script as it is served: all sources, strings and helplines of the repository."""
    return bundle.compose(ROOT / "widget", STRINGS, HELPLINES)


class Stub:
    """The server; `mode` says how the next requests to the interface end, `seen` holds what came."""

    def __init__(self) -> None:
        self.mode = "ok"
        self.pages: dict[str, tuple[str, dict[str, str]]] = {}
        self.seen: list[tuple[str, str, dict[str, str], str]] = []
        self.site = CANNED["site"]
        self.reply: dict[str, object] | None = None
        self.release = threading.Event()
        self.script = bundled()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def reset(self) -> None:
        """Back to a server that works and has seen nothing."""
        self.release.set()
        self.__dict__.update(mode="ok", pages={}, seen=[], site=CANNED["site"], reply=None, release=threading.Event())

    def close(self) -> None:
        """Stop listening."""
        self.release.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, message: str) -> dict[str, object]:
        """The canned reply named in the message, else a plain answer."""
        return self.reply or CANNED["replies"][next((name for name in NAMES if name in message), "answer")]

    def _handler(stub) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the request's handler within
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: object) -> None:
                """Keep the test output clean."""

            def do_OPTIONS(self) -> None:
                self._send(204, b"", "text/plain")

            def do_GET(self) -> None:
                self._note("")
                path = self.path.split("?")[0]
                if path.endswith("widget.js"):
                    self._send(200, stub.script.body, "text/javascript; charset=utf-8")
                elif path == "/api/v1/site":
                    self._api(stub.site)
                elif path in stub.pages:
                    html, headers = stub.pages[path]
                    self._send(200, html.encode(), "text/html; charset=utf-8", headers)
                else:
                    self._send(404, b"", "text/plain")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                self._note(body)
                self._api({"ok": True} if self.path.endswith("feedback") else lambda: stub.answer(json.loads(body)["message"]))

            def _note(self, body: str) -> None:
                stub.seen.append((self.command, self.path, dict(self.headers), body))

            def _api(self, value: object) -> None:
                if stub.mode == "hang":
                    stub.release.wait(30)
                if stub.mode == "close":
                    self.close_connection = True
                    return
                if stub.mode == "malformed":
                    self._send(200, b'{"kind": "answ', "application/json")
                elif stub.mode == "shapeless":
                    self._send(200, b'["not", "a reply"]', "application/json")
                elif stub.mode.isdigit():
                    self._send(int(stub.mode), b'{"error": {"code": "x", "message": "x"}}', "application/json")
                else:
                    self._send(200, json.dumps(value() if callable(value) else value).encode(), "application/json")

            def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
                self.send_response(status)
                for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
                    self.send_header(name, value)
                if kind != "text/html; charset=utf-8":
                    self.send_header("Access-Control-Allow-Origin", "*")
                    self.send_header("Access-Control-Allow-Headers", "Content-Type")
                self.end_headers()
                self.wfile.write(body)

        return Handler
