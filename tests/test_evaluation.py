"""Judging replies on labelled cases."""

import pytest

from faqbot.bot import Bot
from faqbot.cases import Case, read_cases, write_cases
from faqbot.errors import DataError
from faqbot.evaluation import auroc, evaluate, judge
from faqbot.replies import Answer, Contact, Reply, Suggestion
from faqbot.show import report_page

CONTACT = Contact("A center", "(555) 555-0100")


def _answers(*ids: str) -> Reply:
    return Reply("answer", "en", CONTACT, answers=tuple(Answer(i, i, "", (), "", 1.0) for i in ids))


def _offers(*ids: str) -> Reply:
    return Reply("suggestions", "en", CONTACT, suggestions=tuple(Suggestion(i, i) for i in ids))


@pytest.mark.parametrize(
    ("expect", "reply", "outcome"),
    [
        (("cost",), _answers("cost"), "right"),
        (("price",), _answers("cost"), "right"),
        (("length",), _answers("cost"), "wrong"),
        (("length",), _answers("length", "cost"), "wrong"),
        (("length", "cost"), _answers("length", "cost"), "right"),
        (("length", "cost"), _answers("length"), "wrong"),
        (("length",), _offers("cost", "length"), "offered"),
        (("length",), _offers("cost"), "abstained"),
        (("length",), Reply("no_answer", "en", CONTACT), "abstained"),
        ((), _answers("cost"), "wrong"),
        ((), _offers("cost"), "offered"),
        ((), Reply("no_answer", "en", CONTACT), "abstained"),
    ],
)
def test_a_reply_is_judged_by_what_the_visitor_sees(expect: tuple[str, ...], reply: Reply, outcome: str) -> None:
    also = ("cost",) if expect == ("price",) else ()
    assert judge(Case("?", expect, also), reply).outcome == outcome


def test_auroc_counts_pairs_and_halves_ties() -> None:
    assert auroc([0.9, 0.5], [0.5, 0.1]) == 0.875


def test_cases_survive_the_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    cases = [Case("a", ("x",), ("y",), "plain", "", ("b",)), Case("ü", kind="far")]
    write_cases(tmp_path / "cases.jsonl", cases)
    assert read_cases(tmp_path / "cases.jsonl") == cases


def test_a_bad_case_is_named_with_its_line(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "cases.jsonl").write_text('{"text": "a"}\n{"txt": "b"}\n')
    with pytest.raises(DataError, match="cases.jsonl:2"):
        read_cases(tmp_path / "cases.jsonl")


def test_a_report_adds_up(bot: Bot) -> None:
    cases = [Case("how much does it cost", ("cost",), voice="plain"), Case("do you take my dog", kind="near"), Case("what is php and how much is it", ("what-is-php", "cost"))]
    figures = evaluate(bot, cases).as_json()
    assert figures["in_scope"] == {"cases": 1, "right": 1.0, "offered": 0.0, "wrong": 0.0, "abstained": 0.0}
    assert figures["out_of_scope"]["abstained"] == 1.0
    assert figures["two_part"]["cases"] == 1
    assert (figures["top_1"], figures["auroc"]) == (1.0, 1.0)


def test_held_out_questions_are_not_in_the_corpus_nor_in_the_calibration(bot: Bot) -> None:
    folder = bot.corpus.root / "cases"
    held_out = {(case.text.casefold(), case.history) for case in read_cases(folder / "heldout-en.jsonl")}
    known = {(p.casefold(), ()) for e in bot.corpus.entries["en"].values() for p in (e.question, *e.phrasings)}
    known |= {(line.casefold(), ()) for kinds in bot.corpus.off_topic.values() for lines in kinds.values() for line in lines}
    known |= {(case.text.casefold(), case.history) for case in read_cases(folder / "calibration-en.jsonl")}
    assert len(held_out & known) <= 20, held_out & known


def test_the_report_page_holds_figures_and_curves(bot: Bot) -> None:
    figures = evaluate(bot, [Case("how much does iop cost", ("cost",)), Case("qwerty <b>", (), kind="gibberish")]).as_json()
    page = report_page(figures)
    assert page.count("<svg") == page.count("<polyline") == 2
    assert "in scope                1      1.000" in page
