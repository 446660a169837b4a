"""What is said when there is danger, and how a conversation goes on after a disclosure."""

from datetime import date, timedelta

import pytest

from faqbot.care import Care
from faqbot.sites import Site

TODAY = date(2026, 11, 21)
FORBIDDEN = ("commit", "successful", "failed attempt", "addict", "!", "don't worry", "i understand exactly", "confidential")
MEANS = ("pills", "gun", "knife", "rope", "bridge", "razor", "pastilla", "pistola", "cuchillo", "puente")


@pytest.fixture(scope="module")
def care() -> Care:
    return Care.load()


@pytest.fixture(scope="module")
def site() -> Site:
    return Site(name="Riverside", phone="(555) 555-0100", crisis_phone="(555) 555-0199")


def talk(care, site, *messages, lang="en"):
    return care.respond(messages[-1], messages[:-1], lang, site)


def test_ordinary_question_carries_nothing(care, site):
    assert talk(care, site, "do you take Aetna") is None


def test_first_paragraph_holds_a_number(care, site):
    crisis = talk(care, site, "I want to die")
    assert crisis.tier == "emergency"
    assert "988" in crisis.message.split("\n\n")[0]
    assert crisis.question and [choice.label for choice in crisis.choices][0] == "Yes"


def test_disclosure_stays_in_view(care, site):
    for later in ("jk lol", "do you take Aetna", "nobody, don't call anyone"):
        assert talk(care, site, "I want to die", later).tier == "concern"


def test_split_message_is_read_together(care, site):
    assert talk(care, site, "I want to") is None
    assert talk(care, site, "I want to", "end it").tier == "emergency"


def test_no_card_comes_twice(care, site):
    said = ["I want to die"] * 12
    cards = [care.respond(text, said[:i], "en", site).message for i, text in enumerate(said)]
    assert len(set(cards)) == len(cards)


@pytest.mark.parametrize("text", ["I swallowed all the pills because I want to die", "tome muchas pastillas para no despertar"])
def test_body_and_suicide_together_get_the_help_for_both(care, site, text):
    crisis = talk(care, site, text)
    first = crisis.message.split("\n\n")[0]
    assert crisis.tier == "emergency" and "911" in first and "988" in first
    assert crisis.helplines[0].id == "us-911" and {"us-988", "us-poison"} <= {line.id for line in crisis.helplines}


def test_one_of_body_and_suicide_gets_its_own_card(care, site):
    assert "988" not in talk(care, site, "i took 40 tylenol").message
    assert "took" not in talk(care, site, "I want to die").message


def test_a_loss_is_met_as_one_however_it_came(care, site):
    assert "loss" in talk(care, site, "my cousin died by suicide of an overdose in May").message


def test_language_of_the_message_wins(care, site):
    for spanish in ("ya no quiero vivir", "lo voy a matar", "tomé demasiado fentanilo"):
        assert care.language(spanish) == "es" and "llame" in talk(care, site, spanish).message.lower()
    assert "glad" in talk(care, site, "I want to die and I am scared", lang="es").message


@pytest.mark.parametrize(("answer", "tier"), [("yes", "emergency"), ("not sure", "emergency"), ("no", "concern"), ("Sí", "emergency")])
def test_bare_answers(care, site, answer, tier):
    assert talk(care, site, "I want to die", answer).tier == tier


def test_asking_for_someone_else_changes_the_audience(care, site):
    crisis = talk(care, site, "I want to die", "I'm asking for someone else")
    assert (crisis.tier, crisis.audience) == ("emergency", "other")
    assert "ask them directly" in crisis.message.lower()


def test_own_lines_come_last_and_replace_nothing(care, site):
    ids = [line.id for line in talk(care, site, "I want to die").helplines]
    assert ids[:2] == ["us-988", "us-911"] and ids[-2:] == ["center-crisis", "center"]


@pytest.mark.parametrize("country", ["US", "CA", "UK", "IE", "AU", "NZ"])
@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("text", ["I want to die", "she is not breathing", "he is outside and he will kill me", "seizure after quitting xanax"])
def test_every_country_has_its_numbers(care, country, lang, text):
    site = Site(name="Here", phone="555 0100", country=country)
    crisis = care.respond(text, [], lang, site)
    emergency = {"US": "911", "CA": "911", "UK": "999", "IE": "112", "AU": "000", "NZ": "111"}[country]
    hrefs = [action.href for line in crisis.helplines for action in line.actions]
    assert f"tel:{emergency}" in hrefs
    assert any(not href.startswith("tel:") for href in hrefs)
    assert "{" not in crisis.message


def test_center_never_hides_the_emergency_number(care):
    site = Site(name="Here", phone="555 0100", crisis_phone="555 0101", country="UK")
    assert "uk-999" in [line.id for line in care.respond("I want to die", [], "en", site).helplines]


def everything_said(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from everything_said(item)
    elif isinstance(value, list):
        for item in value:
            yield from everything_said(item)


def test_wording_keeps_the_rules(care):
    cards = {key: care._say[key] for key in ("cards", "again", "concern", "unsure", "questions")}
    for text in everything_said(cards):
        for word in FORBIDDEN:
            assert word not in text.lower(), (word, text)
        assert not set(MEANS) & set(text.lower().split()), text


@pytest.mark.parametrize("broken", [RuntimeError, TimeoutError, RecursionError, ValueError])
def test_failure_carries_the_helplines(care, site, monkeypatch, broken):
    def fail(_text):
        raise broken

    monkeypatch.setattr(care._detector, "detect", fail)
    crisis = talk(care, site, "hello")
    assert crisis.tier == "concern" and crisis.helplines[0].id == "us-988"


def test_long_message_carries_the_helplines(care, site):
    assert talk(care, site, "my dog likes walks. " * 250).tier == "concern"
    assert talk(care, site, "my dog likes walks. " * 250 + "I want to kill myself.").tier == "emergency"
    assert talk(care, site, "my dog likes walks. " * 190 + "I want to kill myself.").tier == "emergency"


def test_shipped_data_is_without_problems(care):
    assert care.problems(TODAY) == []


def test_stale_helplines_are_errors(care):
    problems = care.problems(TODAY + timedelta(days=400))
    assert problems and all(problem.level == "error" for problem in problems)
    assert "ago" in problems[0].message


def test_unsure_numbers_cannot_be_entered(care, monkeypatch):
    monkeypatch.setitem(care._lines._lines["us-988"], "grade", "C")
    assert any("grade 'C'" in problem.message for problem in care.problems(TODAY))


def test_permanent_helplines(care):
    assert [line.id for line in care.helplines("US", "en")][0] == "us-988"
    assert care.helplines("US", "fr") == care.helplines("US", "en")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_protocol_says_what_is_not_kept(care, lang):
    text = "\n".join(care.protocol(lang))
    assert {"en": "What is not kept", "es": "Qué no se guarda"}[lang] in text
