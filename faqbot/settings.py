"""The settings of the service, their defaults, and how the environment changes them."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import limits
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from faqbot.errors import SettingsError

PREFIX = "FAQBOT_"


def _database(value: str) -> str:
    try:
        url = make_url(value)
    except ArgumentError:
        raise ValueError("write for example sqlite:///var/faqbot.db or postgresql://user@host/faqbot") from None
    backend = "postgresql" if url.drivername == "postgres" else url.drivername
    if backend.split("+")[0] not in ("sqlite", "postgresql"):
        raise ValueError("only sqlite and postgresql are known")
    # Plain "postgresql" would ask for another driver than the one of the `postgres` extra.
    driver = "postgresql+psycopg" if backend == "postgresql" else backend
    return url.set(drivername=driver).render_as_string(hide_password=False)


def _rate(value: str) -> str:
    try:
        limits.parse_many(value)
    except ValueError:
        raise ValueError("write for example `60 per minute`, or `60 per minute; 600 per day`") from None
    return value


def _limits_url(value: str) -> str:
    if not value.startswith(("memory://", "redis://", "rediss://", "redis+")):
        raise ValueError("write memory:// or for example redis://host:6379/0")
    return value


def _origins(value: Any) -> Any:
    return tuple(value.split()) if isinstance(value, str) else value


Rate = Annotated[str, AfterValidator(_rate)]


class Settings(BaseModel):
    """Everything about the service that is not content. Each field can be set by FAQBOT_<FIELD>."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path | None = None
    """Folder of the corpus and the site profiles; None is the one shipped."""
    cache: Path | None = None
    """Folder for what is learned from the corpus; None is the user's cache folder."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """0 lets the system choose a free port."""
    threads: Annotated[int, Field(ge=1, le=256)] = 4
    database_url: Annotated[str, AfterValidator(_database)] = "sqlite:///var/faqbot.db"
    limits_url: Annotated[str, AfterValidator(_limits_url)] = "memory://"
    ask_limit: Rate = "60 per minute"
    """Questions from one address."""
    feedback_limit: Rate = "30 per minute"
    extra_origins: Annotated[tuple[str, ...], BeforeValidator(_origins)] = ()
    """Origins that may ask for every site, parted by spaces; for trying things out."""
    trusted_proxies: Annotated[int, Field(ge=0, le=10)] = 0
    """How many reverse proxies in front set X-Forwarded-For, -Proto and -Host."""
    flush_seconds: Annotated[float, Field(gt=0, le=60)] = 2.0
    """How late counts may reach the database."""


def load_settings(environ: Mapping[str, str] = os.environ, **given: Any) -> Settings:
    """Return the defaults, overridden by FAQBOT_* variables, overridden by what is ``given``.

    A given None counts as not given. Raises SettingsError that names every setting that is wrong.
    """
    read = {name[len(PREFIX) :].lower(): value for name, value in environ.items() if name.startswith(PREFIX)}
    values = {name: value for name, value in read.items() if value.strip()}
    values |= {name: value for name, value in given.items() if value is not None}
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError("\n".join(_say(item) for item in error.errors())) from None


def _say(item: Any) -> str:
    name = str(item["loc"][0])
    variable = PREFIX + name.upper()
    if item["type"] == "extra_forbidden":
        near = get_close_matches(name, Settings.model_fields, n=1)
        hint = f"did you mean {PREFIX}{near[0].upper()}?" if near else f"known are {', '.join(Settings.model_fields)}"
        return f"{variable}: there is no such setting; {hint}"
    return f"{variable}: {item['msg'].removeprefix('Value error, ')}, not {_shown(name, item['input'])}"


def _shown(name: str, value: Any) -> str:
    # A database or limits address may hold a password.
    return "what it says now" if name.endswith("_url") else repr(value)
