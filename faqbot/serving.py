"""The built-in server: waitress, held to our error shape, with an end that loses nobody's answer."""

import json
import logging
import signal
import socket
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask

from faqbot.errors import SettingsError
from faqbot.settings import Settings

_MAX_BODY = 1_300_000
"""Read up to here, so that a client which sends too much gets to see why; the app refuses far less."""
_GRACE_SECONDS = 10.0
_CODES = {400: "bad_request", 413: "too_large", 431: "headers_too_large", 501: "not_implemented"}


class _JsonErrorTask(ErrorTask):
    """Answers a request that is not even HTTP in the shape of all other errors."""

    def execute(self) -> None:
        error = self.request.error
        code = _CODES.get(error.code, "bad_request")
        message = f"The request could not be read: {error.reason}."
        body = json.dumps({"error": {"code": code, "message": message}}).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers += [("Content-Type", "application/json"), ("X-Content-Type-Options", "nosniff")]
        self.set_close_on_finish()
        self.channel.refused = True
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):
    """A connection that hears a refused client out.

    Closing while the client still sends would reset the connection, and the client would never
    see why. So only our side is closed, and what still comes is thrown away, for as long as an
    idle connection may last.
    """

    error_task_class = _JsonErrorTask
    refused = False
    hearing_out = False

    def readable(self) -> bool:
        return self.hearing_out or super().readable()

    def writable(self) -> bool:
        return self.will_close if self.hearing_out else super().writable()

    def handle_read(self) -> None:
        if not self.hearing_out:
            super().handle_read()
            return
        try:
            self.recv(self.adj.recv_bytes)
        except OSError:
            super().handle_close()

    def handle_close(self) -> None:
        if self.hearing_out or not (self.refused and self.connected):
            super().handle_close()
            return
        self.hearing_out, self.will_close = True, False
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            super().handle_close()


class _Wordless(logging.Filter):
    """Keeps paths and the texts of exceptions, which may hold a visitor's words, out of the server's log."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[0]:
            record.msg, record.args = "the server met %s", (record.exc_info[0].__name__,)
            record.exc_info = record.exc_text = None
        return True


class Server:
    """Serves ``app`` at the host and port of ``settings`` until it is told to stop."""

    def __init__(self, app: Any, settings: Settings) -> None:
        self._connections: dict[int, Any] = {}
        self._stopping = False
        sock = _listen(settings.host, settings.port)
        self.port: int = sock.getsockname()[1]
        self._server = create_server(
            app,
            map=self._connections,
            sockets=[sock],
            threads=settings.threads,
            ident="faqbot",
            max_request_body_size=_MAX_BODY,
            # Never reached, so that no body is ever written to a temporary file.
            inbuf_overflow=2 * _MAX_BODY,
            max_request_header_size=32_768,
            channel_timeout=60,
            connection_limit=500,
            asyncore_use_poll=True,
            log_socket_errors=False,
            # The app itself decides which proxies to believe.
            clear_untrusted_proxy_headers=False,
        )
        self._server.channel_class = _Channel
        logging.getLogger("waitress").addFilter(_Wordless())
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)

    def run(self) -> None:
        """Serve until ``stop``; then take no new connections and finish what was begun."""
        while not self._stopping:
            self._turn(1.0)
        self._server.accepting = False
        end = time.monotonic() + _GRACE_SECONDS
        while self._busy() and time.monotonic() < end:
            self._turn(0.05)
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._connections)

    def stop(self) -> None:
        """Let ``run`` end; may be called from a signal handler or another thread."""
        self._stopping = True
        self._server.pull_trigger()

    def _turn(self, timeout: float) -> None:
        wasyncore.loop(timeout=timeout, use_poll=True, map=self._connections, count=1)

    def _busy(self) -> bool:
        channels = self._server.active_channels.values()
        return any(channel.requests or channel.request or channel.total_outbufs_len for channel in channels)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        message = f"cannot listen on {host} port {port}: {error.strerror}; choose others by FAQBOT_HOST and FAQBOT_PORT"
        raise SettingsError(message) from error


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Call ``stop`` at the first SIGTERM or SIGINT; no later one cuts the end short."""
    signals = (signal.SIGTERM, signal.SIGINT)

    def handle(signum: int, frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        stop()

    for each in signals:
        signal.signal(each, handle)
