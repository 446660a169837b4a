"""Reading data files: YAML with lines, hashes, whole writes."""

from pathlib import Path

import pytest

from faqbot.errors import DataError
from faqbot.files import content_hash, read_yaml, write_whole


def _read(tmp_path: Path, body: str | bytes):  # type: ignore[no-untyped-def]
    path = tmp_path / "file.yaml"
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    return read_yaml(path, tmp_path)


def test_values_come_with_their_lines(tmp_path: Path) -> None:
    document = _read(tmp_path, "a: 1\nb:\n  - x\n  - y: 2026-01-31\n")
    assert document.data["b"][0] == "x"
    assert document.data["b"][1]["y"].isoformat() == "2026-01-31"
    assert [document.line(("a",)), document.line(("b", 1)), document.line(("b", 1, "y")), document.line(("b", 7))] == [1, 4, 4, 2]


@pytest.mark.parametrize(
    ("body", "line", "part"),
    [
        ("a: 1\nb: [1, 2\n", 3, "not YAML"),
        ("a:\n\tb: 1\n", 2, "tab"),
        ("a: 1\nb: 2\na: 3\n", 3, "stands twice"),
        (b"a: 1\nb: \xff\n", 2, "UTF-8"),
        ("a: \x07\n", 1, "not YAML"),
    ],
)
def test_a_broken_file_says_where_and_why(tmp_path: Path, body: str | bytes, line: int, part: str) -> None:
    with pytest.raises(DataError) as error:
        _read(tmp_path, body)
    (problem,) = error.value.problems
    assert (problem.file, problem.line) == ("file.yaml", line)
    assert part in problem.message


def test_the_hash_sees_names_and_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    before = content_hash(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    renamed = content_hash(tmp_path)
    (tmp_path / "b").write_text("y")
    assert len({before, renamed, content_hash(tmp_path)}) == 3


def test_the_hash_of_parts_leaves_the_others_out(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    before = content_hash(tmp_path, ["a"])
    (tmp_path / "b").write_text("y")
    assert content_hash(tmp_path, ["a"]) == before


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(TypeError):
        write_whole(path, "not bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
