"""The whole path: a visitor's words typed in the widget, the real server, and what is then on the screen."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from chat import PAGE, Chat
from conftest import DESKTOP, PHONE
from faqbot.files import read_yaml, shipped
from live import LiveServer
from stub import Stub

SCREENS = {"desktop": {"viewport": DESKTOP}, "phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True}, "narrow": {"viewport": {"width": 320, "height": 640}}}

CARDS = {
    ("suicide", "self"): ("i want to kill myself", "quiero matarme"),
    ("suicide", "other"): ("my son wants to die", "mi hijo dice que se quiere morir"),
    ("self-harm", "self"): ("i cut myself an hour ago", "me estoy cortando los brazos"),
    ("self-harm", "other"): ("my daughter is cutting her arms right now", "mi hija se está cortando los brazos"),
    ("overdose", "self"): ("i took too much fentanyl", "tomé demasiado fentanilo"),
    ("overdose", "other"): ("my roommate overdosed and her lips are blue", "mi hermano tuvo una sobredosis y no despierta"),
    ("both", "self"): ("I swallowed all the pills because I want to die", "me tomé todas las pastillas para morirme"),
    ("both", "other"): ("she swallowed all her pills because she wants to die", "ella se tomó todas las pastillas porque se quiere morir"),
    ("withdrawal", "self"): ("i stopped drinking and i am seeing bugs and shaking badly", "dejé de tomar alcohol y estoy viendo cosas y temblando"),
    ("withdrawal", "other"): ("my husband quit drinking and had a seizure", "mi esposo dejó de tomar y tuvo una convulsión"),
    ("medical", "self"): ("i have chest pain and i can't breathe", "tengo dolor de pecho y no puedo respirar"),
    ("medical", "other"): ("she fainted and had a seizure", "ella se desmayó y está convulsionando"),
    ("violence", "self"): ("i am going to shoot him", "lo voy a matar"),
    ("violence", "other"): ("my brother says he will shoot his boss", "mi hermano dice que va a matar a su jefe"),
    ("abuse", "self"): ("my husband is hitting me right now", "mi esposo me está pegando ahora"),
    ("abuse", "other"): ("my sister's boyfriend is beating her right now", "el novio de mi hermana le está pegando ahora"),
    ("child", "self"): ("my stepdad touches me at night", "mi padrastro me toca en la noche"),
    ("child", "other"): ("my ex hits our little girl", "mi vecino le pega a su niño pequeño"),
}
"""What calls for each card, in English and in Spanish."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, listening: Stub) -> Iterator[LiveServer]:
    """The server as it is run, with limits that these tests do not reach."""
    with LiveServer(tmp_path_factory.mktemp("server"), ask_limit="10000 per minute", extra_origins=listening.origin) as running:
        yield running


@pytest.fixture
def meet(context: Callable[..., BrowserContext], stub: Stub) -> Iterator[Callable[..., Chat]]:
    """Opens the chat of a page on another origin, served by a given server."""
    chats = []

    def go(server: LiveServer, attributes: str = "", **options: object) -> Chat:
        tag = f'<script src="{server.base}/widget.js" data-phone="(555) 555-0142" {attributes} async></script>'
        stub.pages["/"] = (PAGE.format(lang="en", head="", script=tag, tail=""), {})
        chat = Chat(context(**options).new_page(), stub)
        chat.page.goto(stub.origin + "/")
        chats.append(chat)
        return chat.open()

    yield go
    assert [error for chat in chats for error in chat.errors] == []


@pytest.mark.parametrize("screen", SCREENS)
def test_question_gets_its_answer_with_the_source(meet: Callable[..., Chat], server: LiveServer, screenshots: Path, screen: str) -> None:
    chat = meet(server, **SCREENS[screen]).ask("What is a partial hospitalization program?")
    said = chat.last
    assert "partial hospitalization" in said.locator(".answer").first.inner_text().lower()
    assert "From: " in said.inner_text() and "Reviewed " in said.inner_text()
    chat.page.screenshot(path=screenshots / f"real-answer-{screen}.png")


@pytest.mark.parametrize("screen", SCREENS)
def test_danger_gets_the_card(meet: Callable[..., Chat], server: LiveServer, screenshots: Path, screen: str) -> None:
    chat = meet(server, **SCREENS[screen]).ask("i want to kill myself")
    assert {"tel:988", "sms:988", "tel:911"} <= {link.get_attribute("href") for link in chat.last.locator("a").all()}
    assert chat.last.locator(".answer").count() == 0
    assert chat.last.locator('[role="alert"]').count() == 1
    chat.page.screenshot(path=screenshots / f"real-crisis-{screen}.png")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_card_is_worded_as_reviewed_and_can_be_reached_by_voice_and_without(
    meet: Callable[..., Chat], server: LiveServer, screenshots: Path, lang: str
) -> None:
    chat = meet(server, f"data-lang={lang}", **SCREENS["phone"])
    wordings = read_yaml(shipped("data") / "crisis" / "cards.yaml").data["cards"]
    assert {(card, audience) for card, row in wordings.items() for audience in row} == set(CARDS)
    for (card, audience), said in CARDS.items():
        chat.ask(said[lang == "es"])
        begins = wordings[card][audience][lang].split("{")[0]
        assert begins in " ".join(chat.last.inner_text().split()), (card, audience)
        links = [link.get_attribute("href") or "" for link in chat.last.locator("a").all()]
        assert "tel:911" in links and any(link.startswith(("sms:", "https:")) for link in links), (card, audience)
        chat.page.screenshot(path=screenshots / f"card-{card}-{audience}-{lang}.png")


def test_what_it_does_not_know_goes_to_people(meet: Callable[..., Chat], server: LiveServer, screenshots: Path) -> None:
    chat = meet(server).ask("do you take my dog")
    assert chat.last.locator(".answer").count() == 0
    assert chat.last.locator('.card a[href^="tel:"]').count() >= 1
    chat.page.screenshot(path=screenshots / "real-no-answer.png")


def test_spanish_is_answered_in_spanish(meet: Callable[..., Chat], server: LiveServer) -> None:
    chat = meet(server, "data-lang=es").ask("quiero matarme")
    assert chat.last.get_attribute("lang") == "es"
    assert chat.last.locator('a[href="tel:988"]').count() >= 1


def test_earlier_messages_count(meet: Callable[..., Chat], server: LiveServer) -> None:
    chat = meet(server).ask("i want to kill myself").ask("do you take my insurance?")
    assert chat.last.locator('a[href="tel:988"]').count() >= 1


def test_suggestion_and_vote(meet: Callable[..., Chat], server: LiveServer) -> None:
    chat = meet(server)
    starter = chat.messages.first.locator("button").first
    question = starter.inner_text()
    starter.click()
    chat.messages.nth(2).wait_for()
    assert chat.messages.nth(1).inner_text().endswith(question)
    with chat.page.expect_response("**/api/v1/feedback") as vote:
        chat.button("Yes").first.click()
    assert vote.value.ok


def test_script_may_be_kept_for_good_under_its_version(server: LiveServer) -> None:
    status, headers, body = server.request("GET", "/widget.js")
    assert status == 200 and "max-age=300" in headers["Cache-Control"] and headers["ETag"]
    assert [headers[name] for name in ("Access-Control-Allow-Origin", "Cross-Origin-Resource-Policy", "X-Content-Type-Options")] == ["*", "cross-origin", "nosniff"]
    version = headers["ETag"].strip('"')
    status, headers, same = server.request("GET", f"/widget/{version}/widget.js")
    assert (status, same) == (200, body)
    assert "immutable" in headers["Cache-Control"]
    status, _, _ = server.request("GET", "/widget.js", headers={"If-None-Match": f'"{version}"'})
    assert status == 304


@pytest.mark.parametrize("screen", SCREENS)
def test_server_that_stops_mid_chat(meet: Callable[..., Chat], stub: Stub, tmp_path: Path, screenshots: Path, screen: str) -> None:
    with LiveServer(tmp_path, extra_origins=stub.origin) as server:
        chat = meet(server, **SCREENS[screen]).ask("What is a partial hospitalization program?")
        server.stop()
    chat.ask("How long does it last?")
    links = {link.get_attribute("href") for link in chat.last.locator("a").all()}
    assert {"tel:988", "sms:988", "tel:911"} <= links
    assert any(href.startswith("tel:") and "555" in href for href in links)
    assert chat.input.input_value() == "How long does it last?"
    chat.page.screenshot(path=screenshots / f"real-stopped-{screen}.png")
