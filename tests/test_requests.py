"""Whatever is sent, it is never a fault of ours: random requests through the whole application."""

import json
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATHS = (
    "/", "/faq", "/ask", "/crisis-protocol", "/widget.js", "/widget/0/widget.js", "/pages.css", "/icon.svg",
    "/healthz", "/embed", "/metrics", "/api/v1/ask", "/api/v1/feedback", "/api/v1/site", "/api/v1/openapi.json",
    "/nothing",
)  # fmt: skip
HEADERS = ("Origin", "Host", "Accept", "Accept-Encoding", "Content-Type", "If-None-Match", "Sec-Fetch-Site", "Cookie",
           "X-Forwarded-For", "Range", "Access-Control-Request-Method", "Authorization", "Accept-Language")  # fmt: skip
TYPES = ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a")

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
header_values = st.one_of(
    st.sampled_from(["http://[", "null", "*", "gzip;q=a", "bytes=0-", '"', "text/html,;q=", "[::1", "a b"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40),
)
fields = st.sampled_from(["message", "history", "site", "lang", "id", "vote", "reason", "other"])
known = st.sampled_from(["default", "riverside", "en", "es", "up", "down", "cost", "unclear", "what is iop"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | known,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(fields | words, inner, max_size=4),
    max_leaves=8,
)
bodies = st.one_of(
    st.binary(max_size=200),
    anything.map(json.dumps).map(str.encode),
    st.dictionaries(fields, known | words, max_size=5).map(json.dumps).map(str.encode),
    st.dictionaries(fields, words, max_size=4).map(lambda form: "&".join(f"{k}={v}" for k, v in form.items()).encode()),
)


@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "FOO"]),
    path=st.sampled_from(PATHS),
    query=st.dictionaries(fields, known | words, max_size=3),
    headers=st.dictionaries(st.sampled_from(HEADERS), header_values, max_size=3),
    kind=st.sampled_from(TYPES),
    body=bodies,
)
@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_request_is_a_fault_of_ours(
    app: Flask, method: str, path: str, query: Any, headers: Any, kind: str, body: bytes
) -> None:
    headers = {"Content-Type": kind, **headers}
    response = app.test_client().open(path, method=method, query_string=query, headers=headers, data=body)
    assert response.status_code < 500
    if response.status_code >= 400 and method != "HEAD" and response.mimetype != "text/html":
        assert response.json is not None
        assert response.json.keys() == {"error"}
