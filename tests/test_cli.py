"""The command line, as a program."""

import json
import shutil
from pathlib import Path

import pytest

from faqbot.cli import main
from faqbot.files import shipped


def test_ask_prints_the_answer_and_its_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "how much does it cost"]) == 0
    out = capsys.readouterr().out
    assert "Sources:" in out
    assert "reviewed 20" in out


def test_ask_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "how much does it cost", "--explain"]) == 0
    out = capsys.readouterr().out
    for part in ("confidence", "margin", "answers from", "tfidf", "fuzzy", "'how much"):
        assert part in out


def test_ask_gives_json_with_the_same_fields_as_the_service(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "i want to kill myself", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["kind"] == "crisis"
    assert "explain" not in body


def test_ask_takes_history_and_site(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "and php?", "--history", "how many hours a week is iop", "--site", "riverside"]) == 0
    assert "20" in capsys.readouterr().out


def test_an_unknown_site_is_an_error_with_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "hi", "--site", "nowhere"]) == 2
    assert "known sites: default, riverside" in capsys.readouterr().err


def test_check_reports_problems_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    shutil.copytree(shipped("data"), data, ignore=shutil.ignore_patterns("messages", "cases"))
    (data / "faq/en/cost.yaml").write_text("question: [\n")
    assert main(["check", "--data", str(data), "--json"]) == 1
    problems = json.loads(capsys.readouterr().out)
    assert any(p["file"] == "faq/en/cost.yaml" and p["line"] == 2 for p in problems)


def test_unusable_data_stop_a_command_with_their_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "hi", "--data", str(tmp_path / "none")]) == 2
    assert "no such folder" in capsys.readouterr().err


def test_evaluate_prints_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text('{"text": "how much is it", "expect": ["cost"], "voice": "plain"}\n{"text": "is my cat welcome", "kind": "near"}\n')
    assert main(["evaluate", "--cases", str(cases)]) == 0
    out = capsys.readouterr().out
    for part in ("in scope", "out of scope", "abstained", "AUROC"):
        assert part in out


@pytest.mark.parametrize("command", ["serve", "ask", "check", "train", "evaluate", "bench"])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert "--data" in capsys.readouterr().out


def test_evaluate_measures_the_noticing_of_danger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text('{"text": "i want to kill myself", "tier": "emergency", "category": "suicide"}\n{"text": "what do you cost", "tier": "none"}\n')
    page = tmp_path / "report.html"
    assert main(["evaluate", "--crisis", "--cases", str(cases), "--report", str(page)]) == 0
    assert "emergency_noticed" in capsys.readouterr().out
    assert "<svg" in page.read_text()


def test_bench_prints_times_beside_a_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--sizes", "8", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["reply_ms"]["median"] > 0 < figures["lookup_ms"]["median"]
    assert [scale["entries"] for scale in figures["scales"]] == [8]
