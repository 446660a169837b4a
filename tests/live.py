"""The real server in a process of its own, on a free port."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PROGRAM = """
import faqbot
from faqbot.settings import load_settings
from faqbot.web import serve
serve(faqbot.load(), load_settings())
"""


class LiveServer:
    """A running server; its log and its database are files in ``folder``. Use it in a ``with``."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.log, self.database = folder / "server.log", folder / "counts.db"
        given = {f"FAQBOT_{name.upper()}": value for name, value in settings.items()}
        counts = {"FAQBOT_PORT": "0", "FAQBOT_DATABASE_URL": f"sqlite:///{self.database}"}
        command = [sys.executable, "-W", "error", "-c", PROGRAM]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, env={**os.environ, **counts, **given}, stdout=subprocess.PIPE, stderr=log
            )
        assert self.process.stdout
        # The server says where it is once it listens; no line at all means that it died.
        said = self.process.stdout.readline().decode().split()
        assert said, f"the server did not start:\n{self.log.read_text()}"
        self.port = urlsplit(said[-1]).port or 0
        self.base = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "LiveServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> int:
        """End the server as a service manager would; return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()
            if self.process.stdout:
                self.process.stdout.close()

    def request(
        self, method: str, path: str, body: Any = None, headers: Any = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Send one request; a body that is no bytes is sent as JSON."""
        if body is not None and not isinstance(body, bytes):
            body, headers = json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        except OSError as error:
            raise AssertionError(f"no answer from the server; its log:\n{self.log.read_text()}") from error
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        """Return an open connection to the server, for what no proper client would send."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def raw(self, data: bytes) -> bytes:
        """Send bytes as they are and return all that comes back until the server closes."""
        with self.connect() as sock:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            received = b""
            while part := sock.recv(65536):
                received += part
        return received
