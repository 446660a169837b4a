"""A center's profile, and the facts of it that answers are filled in with."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from faqbot.replies import Contact

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
FACTS = (
    "name", "phone", "after_hours_phone", "crisis_phone", "email", "address",
    "hours", "insurers", "programs", "telehealth", "ages", "privacy",
)  # fmt: skip
"""The placeholders that an answer may use; the first two are always known."""


def _phone(value: str) -> str:
    if not 3 <= len(re.sub(r"\D", "", value)) <= 15:
        raise ValueError(f"{value!r} is not a phone number; write for example (555) 555-0100")
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{value!r} is not a time zone; write for example America/New_York") from None
    return value


def _hours(value: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError(f"{value!r} is not a span of hours; write for example 08:00-17:30")
    return value


def _origin(value: str) -> str:
    if not re.fullmatch(r"\*|https?://[^/\s*]+", value):
        raise ValueError(f"{value!r} is not an origin; write for example https://www.example.org, without a path")
    return value


Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Phone = Annotated[Filled, AfterValidator(_phone)]
Span = Annotated[str, AfterValidator(_hours)]


class Site(BaseModel):
    """A center as its owner describes it. Only name and phone are needed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Filled
    phone: Phone
    after_hours_phone: Phone | None = None
    crisis_phone: Phone | None = None
    email: Annotated[Filled, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = None
    address: Filled | None = None
    time_zone: Annotated[Filled, AfterValidator(_time_zone)] | None = None
    hours: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], tuple[Span, ...]] | None = None
    insurers: tuple[Filled, ...] = ()
    programs: tuple[Filled, ...] = ()
    telehealth: Filled | None = None
    ages: Filled | None = None
    privacy: Filled | None = None
    country: Literal["US", "CA", "UK", "IE", "AU", "NZ"] = "US"
    lang: str = "en"
    allowed_origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = ()
    accent: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] | None = None
    greeting: Filled | None = None
    starters: tuple[Filled, ...] = ()

    def contact(self, strings: Mapping[str, str]) -> Contact:
        """Return how to reach the center; ``strings`` name the days and the words of a time table."""
        hours = self.hours and {day: tuple(_ends(span) for span in self.hours.get(day, ())) for day in DAYS}
        return Contact(
            name=self.name,
            phone=self.phone,
            after_hours_phone=self.after_hours_phone,
            crisis_phone=self.crisis_phone,
            email=self.email,
            address=self.address,
            time_zone=self.time_zone,
            hours=hours or None,
            hours_text=tuple(time_table(hours, strings)) if hours else (),
        )

    def facts(self, strings: Mapping[str, str]) -> dict[str, str]:
        """Return what placeholders stand for; a fact that the profile lacks is absent."""
        contact = self.contact(strings)
        facts = {name: getattr(self, name) for name in FACTS if isinstance(getattr(self, name), str)}
        for name, items in (("insurers", self.insurers), ("programs", self.programs)):
            if items:
                facts[name] = _listing(items, strings["and"])
        if contact.hours_text:
            facts["hours"] = "; ".join(contact.hours_text)
        return facts


def _ends(span: str) -> tuple[str, str]:
    start, end = span.split("-")
    return start, end


def _listing(items: Sequence[str], and_: str) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {and_} {items[-1]}"


def time_table(hours: Mapping[str, Sequence[tuple[str, str]]], strings: Mapping[str, str]) -> list[str]:
    """Return lines such as "Monday to Friday, 8:00 AM to 6:00 PM", neighbouring equal days joined."""
    rows: list[list[str]] = []
    for day in DAYS:
        if rows and hours[day] == hours[rows[-1][-1]]:
            rows[-1].append(day)
        else:
            rows.append([day])
    return [_row(days, hours[days[0]], strings) for days in rows if hours[days[0]]]


def _row(days: Sequence[str], spans: Sequence[tuple[str, str]], strings: Mapping[str, str]) -> str:
    names = [strings[f"day-{day}"] for day in (days[0], days[-1])]
    label = names[0] if len(days) == 1 else strings["span"].format(start=names[0], end=names[1])
    times = [strings["span"].format(start=_clock(a, strings), end=_clock(b, strings)) for a, b in spans]
    return f"{label}, {_listing(times, strings['and'])}"


def _clock(time: str, strings: Mapping[str, str]) -> str:
    hour, minute = map(int, time.split(":"))
    half = strings["am"] if hour < 12 else strings["pm"]
    return strings["time"].format(hour=hour % 12 or 12, hour24=hour, minute=f"{minute:02d}", half=half)


def fill(text: str, facts: Mapping[str, str]) -> str:
    """Put facts in place of placeholders; a line that needs a fact which is not known is left out."""
    lines = [line for line in text.splitlines() if all(name in facts for name in PLACEHOLDER.findall(line))]
    filled = PLACEHOLDER.sub(lambda match: facts[match[1]], "\n".join(lines))
    return re.sub(r"\n{3,}", "\n\n", filled).strip()
