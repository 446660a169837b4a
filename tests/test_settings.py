"""Settings: defaults, the environment, and errors that say what to write instead."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from faqbot.errors import SettingsError
from faqbot.settings import Settings, load_settings


def test_nothing_set_gives_the_defaults() -> None:
    assert load_settings({}) == Settings()


def test_the_environment_overrides_defaults_and_the_caller_overrides_the_environment() -> None:
    environ = {"FAQBOT_PORT": "9000", "FAQBOT_HOST": "0.0.0.0", "HOME": "/root"}
    settings = load_settings(environ, port=0, data=Path("elsewhere"), threads=None)
    assert (settings.port, settings.host, settings.data, settings.threads) == (0, "0.0.0.0", Path("elsewhere"), 4)


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load_settings({"FAQBOT_PORT": " "}).port == 8080


def test_origins_are_parted_by_spaces() -> None:
    settings = load_settings({"FAQBOT_EXTRA_ORIGINS": "http://localhost:3000  https://a.example.org"})
    assert settings.extra_origins == ("http://localhost:3000", "https://a.example.org")


@pytest.mark.parametrize("written", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"])
def test_any_postgresql_address_asks_for_the_driver_of_the_extra(written: str) -> None:
    assert load_settings({"FAQBOT_DATABASE_URL": written}).database_url == "postgresql+psycopg://u:p@h/d"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "many", "FAQBOT_PORT: Input should be a valid integer"),
        ("PORT", "70000", "less than or equal to 65535"),
        ("THREADS", "0", "greater than or equal to 1"),
        ("ASK_LIMIT", "often", "60 per minute"),
        ("DATABASE_URL", "somewhere", "sqlite:///var/faqbot.db"),
        ("DATABASE_URL", "mysql://h/d", "only sqlite and postgresql"),
        ("LIMITS_URL", "file:///tmp", "redis://host:6379/0"),
        ("PROT", "1", "did you mean FAQBOT_PORT?"),
        ("XYZZY", "1", "known are data, cache, host"),
    ],
)
def test_a_wrong_value_is_refused_with_advice(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({f"FAQBOT_{name}": value})
    assert said in str(caught.value)
    assert f"FAQBOT_{name}" in str(caught.value)


def test_every_wrong_value_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"FAQBOT_PORT": "x", "FAQBOT_THREADS": "y"})
    assert len(str(caught.value).splitlines()) == 2


def test_a_password_is_not_repeated_in_an_error() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"FAQBOT_DATABASE_URL": "mysql://user:topsecret@host/db"})
    assert "topsecret" not in str(caught.value)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]
