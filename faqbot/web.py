"""The web application: one factory that puts the parts together, one shape for every error, headers for all."""

import logging
import time
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, request
from flask_cors import CORS
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from faqbot import __version__
from faqbot.api import create_api, dump
from faqbot.bot import Bot
from faqbot.embed import create_embed
from faqbot.errors import UnknownSite
from faqbot.limiting import Limits
from faqbot.pages import create_pages, error_page
from faqbot.scripts import create_scripts, make_bundle
from faqbot.service import Refused, Service
from faqbot.serving import Server, stop_on_signals
from faqbot.settings import Settings
from faqbot.store import Store

MAX_BODY = 64 * 1024
Wsgi = Callable[[dict[str, Any], Any], Any]
_ACCESS = logging.getLogger("faqbot.access")
_ERRORS = {
    400: ("bad_request", "The request could not be read."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
    413: ("too_large", "The body is larger than 64 kB."),
    415: ("unsupported_media_type", "The body is of a type that is not taken here."),
    500: ("internal_error", "Something went wrong on our side."),
}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class _App(Flask):
    def log_exception(
        self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]
    ) -> None:
        # Neither the path nor the exception's text is logged: both may hold a visitor's words.
        kind, _, trace = exc_info
        where = "".join(traceback.format_tb(trace))
        self.logger.error("%s in %s\n%s", kind and kind.__name__, request.endpoint, where)


def create_app(bot: Bot, settings: Settings | None = None, store: Store | None = None) -> Flask:
    """Return the WSGI application that serves ``bot``."""
    settings = settings or Settings()
    service = Service(bot, settings, store or Store(settings.database_url, settings.flush_seconds))
    app = _App(__name__, static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY)
    app.url_map.merge_slashes = False
    app.extensions["faqbot"] = service
    _add_cors(app, service)
    _add_errors(app, service)
    limits = Limits(app, settings)
    app.register_blueprint(create_api(service, limits))
    app.register_blueprint(create_pages(service, limits))
    app.register_blueprint(create_scripts(service))
    app.register_blueprint(create_embed(service))
    _add_health(app, service)
    app.wsgi_app = _enveloped(app)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    return app


def serve(bot: Bot, settings: Settings | None = None) -> None:
    """Serve ``bot`` until SIGTERM or SIGINT, then finish what was begun and write the last counts."""
    settings = settings or Settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    store = Store(settings.database_url, settings.flush_seconds)
    server = Server(create_app(bot, settings, store), settings)
    stop_on_signals(server.stop)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    print(f"faqbot is ready at http://{host}:{server.port}/", flush=True)
    server.run()
    store.close()


def _add_cors(app: Flask, service: Service) -> None:
    # Hooks run in reverse order: this one after that of CORS, which reflects any origin. Here it is taken back
    # unless the site allows that origin.
    @app.after_request
    def keep_out(response: Response) -> Response:
        origin = request.headers.get("Origin")
        if origin and request.path.startswith("/api/") and not g.get("origin_allowed", service.knows(origin)):
            for name in [name for name in response.headers.keys() if name.startswith("Access-Control-")]:
                del response.headers[name]
        return response

    methods, headers = ["GET", "POST"], ["Content-Type"]
    CORS(app, resources=r"/api/*", always_send=False, methods=methods, allow_headers=headers, max_age=600)


def _enveloped(app: Flask) -> Wsgi:
    """Return the application with the headers of every response and a line in the log for each."""
    inner = app.wsgi_app
    paths = {rule.rule for rule in app.url_map.iter_rules()}
    common = [(name.lower(), (name, value)) for name, value in _HEADERS.items()]

    def wsgi(environ: dict[str, Any], start_response: Any) -> Any:
        began = time.perf_counter()

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            present = {name.lower() for name, _ in headers}
            headers += [header for name, header in common if name not in present]
            # Only our own paths: whatever else is typed into an address stays out of the log.
            path = environ["PATH_INFO"] if environ["PATH_INFO"] in paths else "-"
            milliseconds = (time.perf_counter() - began) * 1000
            _log_access(environ["REQUEST_METHOD"], path, status[:3], milliseconds)
            return start_response(status, headers, *rest)

        return inner(environ, start)

    return wsgi


def _log_access(*what: object) -> None:
    # Made by hand, because looking up where each line comes from takes longer than writing it.
    if _ACCESS.isEnabledFor(logging.INFO):
        _ACCESS.handle(logging.LogRecord(_ACCESS.name, logging.INFO, __file__, 0, "%s %s %s %.1fms", what, None))


def _add_errors(app: Flask, service: Service) -> None:
    fallback_page = error_page(service)

    def answer(status: int, code: str, message: str) -> Response:
        if request.path.startswith("/api/") or not _wants_html():
            return dump({"error": {"code": code, "message": message}}, status)
        return fallback_page(status)

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        response = answer(error.status, error.code, error.message)
        if error.wait:
            response.headers["Retry-After"] = str(error.wait)
        return response

    @app.errorhandler(UnknownSite)
    def unknown_site(error: UnknownSite) -> Response:
        return answer(404, "unknown_site", "There is no site of that name.")

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Any:
        if error.code is None or error.code < 400:
            return error
        code, message = _ERRORS.get(error.code, ("error", error.name))
        response = answer(error.code, code, message)
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                response.headers[name] = value
        if error.code == 500:
            service.metrics.errors.inc()
        return response


def _wants_html() -> bool:
    accepts = request.accept_mimetypes
    return "text/html" in accepts.values() and accepts["text/html"] >= accepts["application/json"]


def _add_health(app: Flask, service: Service) -> None:
    corpus = service.bot.corpus.hash

    @app.get("/healthz")
    def healthz() -> Response:
        return dump({"status": "ok", "version": __version__, "corpus": corpus})

    @app.get("/readyz")
    def readyz() -> Response:
        # Replies do not need the database, so a broken one takes no worker out of service.
        make_bundle(service)
        return dump({"status": "ready", "database": "ok" if service.store.healthy() else "away"})

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(service.metrics.registry), content_type=CONTENT_TYPE_LATEST)
