"""Do small changes in how a message is typed change what the visitor gets?"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence

from faqbot.bot import Bot
from faqbot.cases import Case
from faqbot.evaluation import judge
from faqbot.replies import Reply

CHANGES: Mapping[str, Callable[[str], str]] = {
    "hey before": lambda text: f"hey {text}",
    "hi before": lambda text: f"Hi, {text}",
    "please after": lambda text: f"{text} please",
    "capitals": str.upper,
    "small letters": str.lower,
    "Title Case": str.title,
    "no end mark": lambda text: text.rstrip(".?! "),
    "three end marks": lambda text: text.rstrip(".! ") + "!!!",
    "curly apostrophes": lambda text: text.replace("'", "’"),
    "no apostrophes": lambda text: text.replace("'", "").replace("’", ""),
    "wide spaces": lambda text: f"  {text}\n".replace(" ", "  "),
}
_LONG = 4
"""Letters from which on a word may get a slip: shorter ones become other words."""


def unchanged(bot: Bot, cases: Sequence[Case], changes: Mapping[str, Callable[[str], str]] = CHANGES) -> dict[str, float]:
    """Return, for each change, the share of cases whose reply shows the same answers and suggestions in the same order."""
    before = [_shown(bot, case, case.text) for case in cases]
    return {
        name: sum(_shown(bot, case, change(case.text)) == own for case, own in zip(cases, before, strict=True)) / len(cases)
        for name, change in changes.items()
    }


def right_with_slips(bot: Bot, cases: Iterable[Case], count: int = 2) -> tuple[float, float]:
    """Return the share of in-scope cases answered right as they stand, and with ``count`` typing slips in each."""
    asked = [case for case in cases if case.simple and case.expect]
    plain, slipped = (
        sum(judge(case, bot.reply(text(case))).outcome == "right" for case in asked) / len(asked)
        for text in (lambda case: case.text, lambda case: slips(case.text, count))
    )
    return plain, slipped


def slips(text: str, count: int) -> str:
    """Return ``text`` with letters left out, doubled, swapped or mistaken; the same slips for the same text."""
    chance = random.Random(text)
    for _ in range(count):
        tokens = text.split(" ")
        long = [i for i, token in enumerate(tokens) if len(token) >= _LONG and token.isalpha()]
        if not long:
            break
        i = chance.choice(long)
        word = tokens[i]
        at = chance.randrange(len(word) - 1)
        head, one, two, tail = word[:at], word[at], word[at + 1], word[at + 2 :]
        other = chance.choice("abcdefghijklmnopqrstuvwxyz")
        tokens[i] = head + chance.choice([two, one + one + two, two + one, other + two]) + tail
        text = " ".join(tokens)
    return text


def _shown(bot: Bot, case: Case, text: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    reply: Reply = bot.reply(text, history=case.history)
    return reply.kind, tuple(answer.id for answer in reply.answers), tuple(offer.id for offer in reply.suggestions)
