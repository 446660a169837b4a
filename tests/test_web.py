"""The HTTP interface in process: replies, counts, origins, limits, headers, and one shape for every error."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits.errors import StorageError
from pydantic import TypeAdapter
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.test import TestResponse

import faqbot
from faqbot.bot import Bot
from faqbot.limiting import PlainMemory
from faqbot.replies import Reply
from faqbot.service import Service
from faqbot.settings import Settings
from faqbot.store import FEEDBACK, REPLIES, Store
from faqbot.web import create_app

ALLOWED = "https://www.lanternfield.example.org"
OTHER = "https://riverside.example.org"
EVIL = "https://evil.example.com"


def ask(client: FlaskClient, message: Any = "what is iop", headers: Any = None, **more: Any) -> TestResponse:
    return client.post("/api/v1/ask", json={"message": message, **more}, headers=headers)


def assert_error(response: TestResponse, status: int, code: str) -> None:
    assert response.status_code == status
    assert response.mimetype == "application/json"
    body = json.loads(response.data)
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"code", "message"}
    assert body["error"]["code"] == code
    assert body["error"]["message"]


def test_a_question_gets_the_reply_of_the_bot(client: FlaskClient, bot: Bot) -> None:
    response = ask(client, "what is iop")
    assert response.status_code == 200
    assert response.json == json.loads(json.dumps(bot.reply("what is iop").as_json()))
    TypeAdapter(Reply).validate_python(response.json)


def test_a_question_can_name_site_and_language(client: FlaskClient) -> None:
    reply = ask(client, "PHP", site="riverside", lang="es").json
    assert reply["contact"]["name"] == "Riverside Thistle House"
    assert reply["lang"] == "es"


def test_text_plain_is_taken_too(client: FlaskClient) -> None:
    response = client.post("/api/v1/ask", data='{"message": "what is iop"}', content_type="text/plain")
    assert response.json["kind"] == "answer"


def test_only_the_newest_earlier_messages_are_looked_at(client: FlaskClient, bot: Bot, monkeypatch: Any) -> None:
    seen: list[Any] = []
    real = bot.reply
    monkeypatch.setattr(bot, "reply", lambda message, **more: seen.append(more["history"]) or real(message, **more))
    ask(client, history=[str(n) for n in range(50)])
    assert seen == [[str(n) for n in range(30, 50)]]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"message": "\xff"}', "not JSON"),
        (b'{"message": "\\ud83d"}', "not JSON"),
        (b'{"message": "\xed\xa0\xbd"}', "not JSON"),
        (b"[" * 60_000, "not JSON"),
        (b"[]", "body"),
        (b"null", "body"),
        (b"{}", "message: Field required"),
        (b'{"message": 1}', "message: Input should be a valid string"),
        (b'{"message": null}', "message"),
        (b'{"message": ["a"]}', "message"),
        (b'{"message": "a\\u0000b"}', "message"),
        (b'{"message": "a", "history": "b"}', "history"),
        (b'{"message": "a", "history": [1]}', "history.0"),
        (b'{"message": "a", "site": 1}', "site"),
        (b'{"message": "a", "lang": {}}', "lang"),
        (b'{"message": "a", "other": 1}', "body"),
    ],
)
def test_a_body_that_cannot_be_used_is_refused(client: FlaskClient, body: bytes, said: str) -> None:
    response = client.post("/api/v1/ask", data=body, content_type="application/json")
    assert_error(response, 400, "bad_request")
    assert said in response.json["error"]["message"]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/html", ""])
def test_other_types_of_body_are_refused(client: FlaskClient, kind: str) -> None:
    assert_error(client.post("/api/v1/ask", data=b'{"message": "a"}', content_type=kind), 415, "unsupported_media_type")


def test_a_large_body_is_refused(client: FlaskClient) -> None:
    assert ask(client, "a" * 60_000).status_code == 200
    assert_error(ask(client, "a" * 70_000), 413, "too_large")


def test_unknown_names_are_refused(client: FlaskClient) -> None:
    assert_error(ask(client, site="nowhere"), 404, "unknown_site")
    assert_error(ask(client, lang="tlh"), 400, "unknown_language")
    assert_error(client.get("/api/v1/site?site=nowhere"), 404, "unknown_site")
    assert_error(client.get("/faq?site=nowhere"), 404, "unknown_site")
    assert_error(client.get("/faq?lang=tlh"), 400, "unknown_language")
    assert_error(client.post("/api/v1/feedback", json={"id": "nothing", "vote": "up"}), 404, "unknown_entry")


def test_every_route_refuses_a_wrong_method_in_the_one_shape(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<version>", "0")
        response = client.delete(path)
        assert_error(response, 405, "method_not_allowed")
        assert "DELETE" not in response.headers["Allow"]


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/faq//", "/faq/", "/%00", "/%ff", "/../etc/passwd"])
def test_an_unknown_address_is_told_in_the_one_shape(client: FlaskClient, path: str) -> None:
    assert_error(client.get(path), 404, "not_found")


def test_a_fault_of_ours_is_told_in_the_one_shape_and_counted(
    client: FlaskClient, bot: Bot, monkeypatch: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(message: str, **_: Any) -> None:
        raise RuntimeError(message)

    monkeypatch.setattr(bot, "reply", fail)
    assert_error(ask(client, "my secret words"), 500, "internal_error")
    page = client.post("/ask", data={"message": "my secret words"}, headers={"Accept": "text/html"})
    assert page.status_code == 500
    assert "tel:988" in page.text
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text
    assert "faqbot_errors_total 2.0" in client.get("/metrics").text


def test_too_many_questions_are_refused_with_a_time_to_wait(bot: Bot, store: Store) -> None:
    client = create_app(bot, Settings(ask_limit="2 per minute"), store).test_client()
    assert [ask(client).status_code for _ in range(3)] == [200, 200, 429]
    response = ask(client)
    assert_error(response, 429, "too_many_requests")
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert client.get("/faq").status_code == 200


def test_the_form_and_the_interface_share_one_limit(bot: Bot, store: Store) -> None:
    client = create_app(bot, Settings(ask_limit="1 per minute; 5 per day"), store).test_client()
    assert client.post("/ask", data={"message": "hi"}).status_code == 200
    assert_error(ask(client), 429, "too_many_requests")
    page = client.post("/ask", data={"message": "hi"}, headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (429, "text/html")
    assert "tel:988" in page.text


def test_a_storage_of_limits_that_is_away_refuses_nobody(bot: Bot, store: Store, monkeypatch: Any) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise StorageError(ConnectionError("away"))

    monkeypatch.setattr(PlainMemory, "incr", fail)
    client = create_app(bot, Settings(ask_limit="1 per minute"), store).test_client()
    assert [ask(client).status_code for _ in range(2)] == [200, 200]


def test_limits_count_an_ipv6_household_as_one(bot: Bot, store: Store) -> None:
    client = create_app(bot, Settings(ask_limit="1 per minute"), store).test_client()
    addresses = ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "192.0.2.1", "192.0.2.2"]
    posts = [client.post("/api/v1/ask", json={"message": "a"}, environ_base={"REMOTE_ADDR": ip}) for ip in addresses]
    assert [post.status_code for post in posts] == [200, 429, 200, 200, 200]


def test_a_proxy_is_believed_only_when_trusted(bot: Bot, store: Store) -> None:
    for trusted, expected in ((0, [200, 429]), (1, [200, 200])):
        client = create_app(bot, Settings(ask_limit="1 per minute", trusted_proxies=trusted), store).test_client()
        posts = [ask(client, headers={"X-Forwarded-For": address}) for address in ("192.0.2.1", "192.0.2.2")]
        assert [post.status_code for post in posts] == expected


@pytest.mark.parametrize("origin", [None, ALLOWED, ALLOWED.upper(), "https://localhost"])
def test_allowed_pages_may_ask(client: FlaskClient, origin: str | None) -> None:
    response = ask(client, headers={"Origin": origin} if origin else {})
    assert response.status_code == 200
    if origin == ALLOWED:
        assert response.headers["Access-Control-Allow-Origin"] == ALLOWED
        assert "Origin" in response.headers["Vary"]


@pytest.mark.parametrize("origin", [EVIL, OTHER, "null", "", "http://[", "https://localhost.evil.example", f"{ALLOWED}:1"])
@pytest.mark.parametrize("path", ["ask", "feedback"])
def test_other_pages_may_not_ask(client: FlaskClient, origin: str, path: str) -> None:
    body = {"message": "hi"} if path == "ask" else {"id": "cost", "vote": "up"}
    response = client.post(f"/api/v1/{path}", json=body, headers={"Origin": origin})
    assert_error(response, 403, "origin_not_allowed")
    assert not [name for name in response.headers.keys() if name.startswith("Access-Control")]


def test_extra_origins_may_ask_for_every_site(bot: Bot, store: Store) -> None:
    client = create_app(bot, Settings(extra_origins=(EVIL,)), store).test_client()
    for site in ("default", "riverside"):
        assert ask(client, site=site, headers={"Origin": EVIL}).headers["Access-Control-Allow-Origin"] == EVIL


def test_preflights_are_answered_for_known_origins_only(client: FlaskClient) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    response = client.options("/api/v1/ask", headers={"Origin": OTHER, **asked})
    assert response.headers["Access-Control-Allow-Origin"] == OTHER
    assert response.headers["Access-Control-Allow-Headers"].lower() == "content-type"
    assert "Access-Control-Allow-Origin" not in client.options("/api/v1/ask", headers={"Origin": EVIL, **asked}).headers


def test_reading_a_site_from_elsewhere_gets_no_cors_headers(client: FlaskClient) -> None:
    for origin, given in ((ALLOWED, ALLOWED), (OTHER, None), (EVIL, None)):
        response = client.get("/api/v1/site", headers={"Origin": origin})
        assert response.headers.get("Access-Control-Allow-Origin") == given


def test_replies_and_votes_are_counted(app: Flask, client: FlaskClient, store: Store) -> None:
    entry = ask(client, "what is iop").json["answers"][0]["id"]
    body = {"id": entry, "vote": "down", "reason": "unclear", "site": "riverside"}
    assert client.post("/api/v1/feedback", json=body).json == {"ok": True}
    store.flush()
    assert [row[1:] for row in store.totals(REPLIES)] == [("default", "", "answer", 1), ("default", entry, "answer", 1)]
    assert [row[1:] for row in store.totals(FEEDBACK)] == [("riverside", entry, "down", "unclear", 1)]
    metrics = client.get("/metrics").text
    assert 'faqbot_replies_total{outcome="answer"} 1.0' in metrics
    assert f'faqbot_votes_total{{entry="{entry}",outcome="down"}} 1.0' in metrics


def test_metrics_have_no_labels_but_entries_and_outcomes(app: Flask, client: FlaskClient) -> None:
    for message in ("what is iop", "do you take my dog", "i want to kill myself", "my own words"):
        ask(client, message)
    service: Service = app.extensions["faqbot"]
    labels = {n for metric in service.metrics.registry.collect() for s in metric.samples for n in s.labels}
    assert labels <= {"entry", "outcome", "le"}


def test_a_broken_database_breaks_no_reply(bot: Bot, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = Store(f"sqlite:///{tmp_path}/file/no/faqbot.db", flush_seconds=60)
    client = create_app(bot, Settings(), store).test_client()
    assert ask(client).json["kind"] == "answer"
    store.flush()
    assert client.get("/readyz").json == {"status": "ready", "database": "away"}
    assert "faqbot_counts_lost_total 2.0" in client.get("/metrics").text
    with pytest.raises(SQLAlchemyError):
        store.totals(REPLIES)
    store.close()


def test_health_tells_version_and_corpus(client: FlaskClient, bot: Bot) -> None:
    expected = {"status": "ok", "version": faqbot.__version__, "corpus": bot.corpus.hash}
    assert client.get("/healthz").json == expected
    assert client.get("/readyz").json == {"status": "ready", "database": "ok"}


def test_a_site_tells_its_facts(client: FlaskClient, bot: Bot) -> None:
    response = client.get("/api/v1/site?site=riverside&lang=es")
    assert response.json == json.loads(json.dumps(bot.site_info("riverside", "es")))
    assert response.headers["Cache-Control"] == "public, max-age=300"


def test_the_description_fits_the_routes(app: Flask, client: FlaskClient) -> None:
    description = client.get("/api/v1/openapi.json").json
    routes = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")}
    assert routes == {*description["paths"], "/api/v1/openapi.json"}
    schemas = description["components"]["schemas"]
    assert set(schemas["Reply"]["properties"]) == set(ask(client).json)
    for reference in json.dumps(description).split('"#/components/schemas/')[1:]:
        assert reference.split('"')[0] in schemas
