"""Every rule about the content, each with a fault that breaks it, and the shipped data without any."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from faqbot.checks import check
from faqbot.files import shipped

TODAY = date(2026, 11, 22)
ENTRY = """section: basics
question: {question}
answer: |
  {answer}
sources: [book.txt]
reviewed: 2026-11-01
related: [{related}]
phrasings:
  - "{one}"
  - "{two}"
"""
ANSWER = "This is what the answer says in words. " * 6
COST = {"question": "What does it cost?", "answer": ANSWER, "related": "length", "one": "how much is it", "two": "price of the program"}
LENGTH = {"question": "How long is it?", "answer": ANSWER, "related": "cost", "one": "how many weeks", "two": "when is it over"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A small folder with nothing wrong in it."""
    root = tmp_path / "data"
    for folder in ("faq/en", "sites"):
        (root / folder).mkdir(parents=True)
    for name in ("crisis", "strings"):
        shutil.copytree(shipped("data") / name, root / name, ignore=shutil.ignore_patterns("messages"))
    (root / "sections.yaml").write_text("basics:\n  min_phrasings: 2\n  required: [cost, length]\n")
    (root / "sources.yaml").write_text('book.txt: "A book"\n')
    (root / "sites" / "default.yaml").write_text('name: A center\nphone: "(555) 555-0100"\nstarters: [cost]\n')
    (root / "off-topic.yaml").write_text('near:\n  pets:\n    - "can i bring my dog"\n')
    (root / "faq/en/cost.yaml").write_text(ENTRY.format(**COST))
    (root / "faq/en/length.yaml").write_text(ENTRY.format(**LENGTH))
    return root


def _edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        path = root / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return edit


def _bytes(root: Path) -> None:
    path = root / "faq/en/cost.yaml"
    path.write_bytes(path.read_bytes().replace(b"how much", b"how \xff much"))


COST_FILE = "faq/en/cost.yaml"
FAULTS = {
    "bad YAML": (_edit(COST_FILE, "sources: [book.txt]", "sources: [book.txt"), COST_FILE, 6, "not YAML"),
    "tab": (_edit(COST_FILE, "  This is", "\tThis is"), COST_FILE, 4, "tab"),
    "not UTF-8": (_bytes, COST_FILE, 9, "UTF-8"),
    "key twice": (_edit(COST_FILE, "section: basics", "section: basics\nsection: basics"), COST_FILE, 2, "twice"),
    "unknown field": (_edit(COST_FILE, "related:", "relatd:"), COST_FILE, 7, "unknown field"),
    "missing field": (_edit(COST_FILE, "sources: [book.txt]\n", ""), COST_FILE, 1, "missing"),
    "no source": (_edit(COST_FILE, "[book.txt]", "[]"), COST_FILE, 5, "at least one"),
    "unknown source": (_edit(COST_FILE, "book.txt", "film.txt"), COST_FILE, 5, "film.txt"),
    "unknown section": (_edit(COST_FILE, "basics", "bsics"), COST_FILE, 1, "unknown section"),
    "other id": (_edit(COST_FILE, "section:", "id: price\nsection:"), COST_FILE, 1, "file name says 'cost'"),
    "bad file name": (lambda root: (root / COST_FILE).rename(root / "faq/en/Cost_1.yaml"), "faq/en/Cost_1.yaml", 1, "lower-case"),
    "unknown related": (_edit(COST_FILE, "[length]", "[width]"), COST_FILE, 7, "width"),
    "empty answer": (_edit(COST_FILE, "|\n  " + ANSWER, "''\n"), COST_FILE, 3, "is empty"),
    "wrong type": (_edit(COST_FILE, '"how much is it"', "[how, much]"), COST_FILE, 9, "must be text"),
    "not a date": (_edit(COST_FILE, "2026-11-01", "soon"), COST_FILE, 6, "must be a date"),
    "future": (_edit(COST_FILE, "2026-11-01", "2027-01-01"), COST_FILE, 6, "in the future"),
    "stale": (_edit(COST_FILE, "2026-11-01", "2024-01-01"), COST_FILE, 6, "over a year ago"),
    "open brace": (_edit(COST_FILE, "This is", "Call {phone or this is"), COST_FILE, 3, "not closed"),
    "unknown placeholder": (_edit(COST_FILE, "This is", "Call {fax} this is"), COST_FILE, 3, "{fax}"),
    "needs unknown": (_edit(COST_FILE, "reviewed:", "needs: [price]\nreviewed:"), COST_FILE, 6, "'price'"),
    "needs without otherwise": (_edit(COST_FILE, "reviewed:", "needs: [hours]\nreviewed:"), COST_FILE, 6, "otherwise"),
    "long question": (_edit(COST_FILE, "What does it", "What does it " + "really " * 10), COST_FILE, 2, "a button holds"),
    "short answer": (_edit(COST_FILE, ANSWER.strip(), "Much."), COST_FILE, 3, "1 words"),
    "few phrasings": (_edit(COST_FILE, '  - "price of the program"\n', ""), COST_FILE, 8, "1 phrasings"),
    "same question": (_edit(COST_FILE, "What does it cost?", "How long is it"), "faq/en/length.yaml", 2, "same question"),
    "phrasing in two": (_edit(COST_FILE, "price of the program", "How many weeks?"), "faq/en/length.yaml", 9, "cost.yaml:10"),
    "phrasings alike": (_edit(COST_FILE, "price of the program", "how many weekss"), "faq/en/length.yaml", 9, "nearly the same"),
    "off topic too": (_edit("off-topic.yaml", "can i bring my dog", "How much is it?"), "off-topic.yaml", 3, "can't be off topic"),
    "entry missing": (lambda root: (root / COST_FILE).unlink(), "sections.yaml", 3, "'cost' is missing"),
    "string missing": (_edit("strings/es.yaml", "  no_answer:", "  no_anser:"), "strings/es.yaml", None, "'no_answer' is missing"),
    "site field": (_edit("sites/default.yaml", "phone:", "fax: 1\nphone:"), "sites/default.yaml", 2, "unknown field"),
    "site phone": (_edit("sites/default.yaml", "(555) 555-0100", "call us"), "sites/default.yaml", 2, "not a phone number"),
    "site starter": (_edit("sites/default.yaml", "[cost]", "[price]"), "sites/default.yaml", 3, "'price'"),
    "no default site": (lambda root: (root / "sites/default.yaml").unlink(), "sites/default.yaml", 1, "is missing"),
}  # fmt: skip


def test_a_folder_with_nothing_wrong_has_no_problems(data: Path) -> None:
    assert check(data, TODAY) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_reported_with_file_and_line(data: Path, fault: str) -> None:
    edit, file, line, part = FAULTS[fault]
    edit(data)
    found = [p for p in check(data, TODAY) if p.file == file and part in p.message and line in (None, p.line)]
    assert found, "\n".join(map(str, check(data, TODAY)))


def test_all_faults_are_reported_at_once(data: Path) -> None:
    _edit(COST_FILE, "related:", "relatd:")(data)
    _edit("faq/en/length.yaml", "2026-11-01", "2027-01-01")(data)
    _edit("sites/default.yaml", "(555) 555-0100", "call us")(data)
    assert {p.file for p in check(data, TODAY)} >= {COST_FILE, "faq/en/length.yaml", "sites/default.yaml"}


def test_old_helplines_are_errors(data: Path) -> None:
    late = [p for p in check(data, date(2027, 11, 1)) if p.file.endswith("helplines.yaml")]
    assert late and all(p.level == "error" for p in late)


def test_the_shipped_data_have_no_problems() -> None:
    assert check() == []
