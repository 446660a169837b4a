"""What a message asks in the light of the one before it."""

import pytest

from faqbot.conversation import Corrections, views

CORRECTIONS = Corrections(frozenset({"no", "sorry"}), ("not ", "i didnt mean "), ("not sure ",))


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        ("no not the address, the e-mail", "the e-mail"),
        ("No, not the price. How long is it?", "How long is it?"),
        ("sorry i didn't mean iop - php", "php"),
        ("no not talking i mean prescriptions", "i mean prescriptions"),
        ("not sure what that is, can you explain", "not sure what that is, can you explain"),
        ("not for my son", "not for my son"),
        ("how long is it, not the price", "how long is it, not the price"),
        ("no", "no"),
        ("", ""),
    ],
)
def test_a_denial_at_the_beginning_is_dropped(message: str, meant: str) -> None:
    assert CORRECTIONS.meant(message) == meant


def test_a_follow_up_is_read_alone_and_joined() -> None:
    assert views("and php?", "what is iop") == ("follow-up", ("and php?", "what is iop and php?"))


def test_a_part_of_a_message_is_read_alone_and_as_the_whole() -> None:
    assert views("what is iop", "what is iop and what is php") == ("follow-up", ("what is iop", "what is iop and what is php"))
