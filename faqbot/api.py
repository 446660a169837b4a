"""The JSON interface: questions, votes, a site's facts, and its own description."""

import json
from typing import Annotated, Any, Literal, TypeVar

from flask import Blueprint, Response, g, request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from faqbot import __version__
from faqbot.limiting import Limits
from faqbot.replies import Reply
from faqbot.service import Refused, Service

HISTORY = 20
"""How many earlier messages are looked at; older ones are left aside."""
_NO_NUL = r"^[^\u0000]*$"
_JSON_TYPES = ("application/json", "text/plain")
"""A page may post text/plain to another origin without asking first, which saves the visitor a round trip."""

Text = Annotated[str, StringConstraints(pattern=_NO_NUL)]
Name = Annotated[str, StringConstraints(max_length=100, pattern=_NO_NUL)]
Model = TypeVar("Model", bound=BaseModel)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Ask(_Body):
    """A visitor's message, with the earlier ones of the same visitor, oldest first."""

    message: Text
    history: list[Text] = []
    site: Name | None = None
    lang: Name | None = None


class Feedback(_Body):
    """A visitor's vote on an answer."""

    id: Name
    vote: Literal["up", "down"]
    reason: Literal["not_my_question", "unclear", "wrong", "other"] | None = None
    site: Name | None = None


class ErrorDetail(_Body):
    """What went wrong: a code for programs and a sentence for people."""

    code: str
    message: str


class Error(_Body):
    """The one shape of every error."""

    error: ErrorDetail


def dump(body: Any, status: int = 200) -> Response:
    """Return a JSON response."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, mimetype="application/json")


def check_origin(service: Service, site: str | None) -> None:
    """Refuse a page of another site that the center does not allow."""
    g.origin_allowed = service.allows(request.headers.get("Origin"), request.host, site)
    if not g.origin_allowed and request.method not in ("GET", "HEAD"):
        raise Refused(403, "origin_not_allowed", "This site does not take questions from pages of that origin.")


def read_body(model: type[Model]) -> Model:
    """Return the validated body of the request. Raises Refused."""
    if request.mimetype not in _JSON_TYPES:
        raise Refused(415, "unsupported_media_type", "Send the body as application/json.")
    try:
        return model.model_validate_json(request.get_data(cache=False))
    except ValidationError as error:
        raise Refused(400, "bad_request", _first_problem(error)) from None


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return "The body is not JSON (UTF-8) that can be read."
    # Names of unknown fields are the sender's own words: not repeated.
    known = [str(part) for part in first["loc"] if first["type"] != "extra_forbidden"]
    return ": ".join([".".join(known) or "body", first["msg"]])


def create_api(service: Service, limits: Limits) -> Blueprint:
    """Return the routes below /api/v1."""
    api = Blueprint("api", __name__, url_prefix="/api/v1")

    @api.post("/ask")
    def ask() -> Response:
        limits.spend("ask")
        body = read_body(Ask)
        check_origin(service, body.site)
        lang = service.language(body.lang, body.site) if body.lang else None
        said = service.ask(body.message, body.history[-HISTORY:], lang, body.site)
        return Response(said.body, mimetype="application/json")

    @api.post("/feedback")
    def feedback() -> Response:
        limits.spend("feedback")
        body = read_body(Feedback)
        check_origin(service, body.site)
        service.vote(body.id, body.vote, body.reason or "", body.site)
        return dump({"ok": True})

    @api.get("/site")
    def site() -> Response:
        name = request.args.get("site") or None
        lang = service.language(request.args.get("lang"), name)
        check_origin(service, name)
        response = dump(service.bot.site_info(name, lang))
        response.headers["Cache-Control"] = "public, max-age=300"
        response.vary.add("Origin")
        return response

    @api.get("/openapi.json")
    def description() -> Response:
        return dump(openapi(list(service.bot.corpus.strings)))

    return api


def openapi(languages: list[str]) -> dict[str, Any]:
    """Return the description of the interface (OpenAPI 3.1), made from the types that it really uses."""
    schemas: dict[str, Any] = {}
    for kind in (Ask, Feedback, Error, Reply):
        mode: Any = "serialization" if kind is Reply else "validation"
        schema = TypeAdapter(kind).json_schema(mode=mode, ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[kind.__name__] = schema
    del schemas["Reply"]["properties"]["explain"], schemas["Explanation"], schemas["PhrasingMatch"]
    site = {"name": "site", "in": "query", "schema": {"type": "string"}}
    lang = {"name": "lang", "in": "query", "schema": {"type": "string", "enum": languages}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "faqbot", "version": __version__},
        "paths": {
            "/api/v1/ask": {"post": _operation("Answer a visitor's message", "Reply", "Ask")},
            "/api/v1/feedback": {"post": _operation("Count a vote on an answer", "object", "Feedback")},
            "/api/v1/site": {"get": {**_operation("A site's facts", "object"), "parameters": [site, lang]}},
        },
        "components": {"schemas": schemas},
    }


def _operation(summary: str, reply: str, body: str | None = None) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": summary,
        "responses": {"200": _content("Done", reply), "default": _content("Any error", "Error")},
    }
    if body:
        operation["requestBody"] = {"required": True, **_content("", body)}
    return operation


def _content(description: str, name: str) -> dict[str, Any]:
    schema = {"type": "object"} if name == "object" else {"$ref": f"#/components/schemas/{name}"}
    content = {"content": {"application/json": {"schema": schema}}}
    return {"description": description, **content} if description else content
