"""Site profiles, and answers filled in with them."""

import pytest
from pydantic import ValidationError

from faqbot.sites import Site, fill, time_table

WORDS = {
    "and": "and", "span": "{start} to {end}", "time": "{hour}:{minute} {half}", "am": "AM", "pm": "PM",
} | {f"day-{d}": d.capitalize() for d in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}  # fmt: skip


def test_a_line_with_an_unknown_fact_is_left_out() -> None:
    assert fill("Call {phone}.\nOr write to {email}.\n\nBye.", {"phone": "5"}) == "Call 5.\n\nBye."


def test_neighbouring_days_with_equal_hours_are_joined() -> None:
    hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("08:00", "18:30"),)) | {"sat": (("12:00", "13:00"),), "sun": ()}
    assert time_table(hours, WORDS) == ["Mon to Fri, 8:00 AM to 6:30 PM", "Sat, 12:00 PM to 1:00 PM"]


def test_facts_hold_only_what_the_profile_says() -> None:
    site = Site(name="A", phone="(555) 555-0100", insurers=("X", "Y", "Z"))
    assert site.facts(WORDS) == {"name": "A", "phone": "(555) 555-0100", "insurers": "X, Y and Z"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "call us"), ("time_zone", "Mars/Base"), ("hours", {"mon": ["8-18"]}), ("hours", {"monday": []}),
        ("allowed_origins", ["https://x.org/path"]), ("accent", "red"), ("email", "nobody"), ("country", "FR"),
        ("crisis_phone", ""), ("favourite", "x"),
    ],
)  # fmt: skip
def test_wrong_fields_are_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        Site.model_validate({"name": "A", "phone": "(555) 555-0100", field: value})
