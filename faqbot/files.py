"""Reading the files in ``data/``: where they are, YAML with line numbers, and a hash of it all."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from faqbot.errors import DataError, Problem

Path_ = tuple[str | int, ...]

_PACKAGE = Path(__file__).parent
_SHIPPED = _PACKAGE / "_shipped"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def shipped(name: str) -> Path:
    """Return the folder ``name`` ("data" or "widget") of the wheel, or of the checkout."""
    inside = _SHIPPED / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


@dataclass(frozen=True)
class Document:
    """A YAML file as plain Python values, with the line of every key and item."""

    file: str
    data: Any
    lines: dict[Path_, int]

    def line(self, path: Path_ = ()) -> int:
        """Return the line (from 1) of the value at ``path``, or of its nearest ancestor."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, message: str, path: Path_ = (), level: str = "error") -> Problem:
        """Return a problem at the line of ``path``."""
        return Problem(self.file, self.line(path), ".".join(map(str, path)), level, message)  # type: ignore[arg-type]


def read_yaml(path: Path, root: Path | None = None) -> Document:
    """Read one YAML file; names in problems are relative to ``root``.

    Raises DataError when the file is not UTF-8, not YAML, or says a key twice.
    """
    name = path.relative_to(root).as_posix() if root else path.name
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError([Problem(name, line, "", "error", "not UTF-8; save the file as UTF-8")]) from error
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        raise DataError([_syntax_problem(name, text, error)]) from error
    except yaml.YAMLError as error:
        raise DataError([Problem(name, 1, "", "error", f"not YAML: {error}")]) from error
    lines: dict[Path_, int] = {}
    problems: list[Problem] = []
    data = _build(node, (), lines, problems, name) if node is not None else None
    if problems:
        raise DataError(problems)
    return Document(name, data, lines)


def _syntax_problem(name: str, text: str, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    rows = text.splitlines()
    if line <= len(rows) and "\t" in rows[line - 1][: len(rows[line - 1]) - len(rows[line - 1].lstrip())]:
        return Problem(name, line, "", "error", "a tab indents this line; YAML wants spaces")
    return Problem(name, line, "", "error", f"not YAML: {error.problem or error.context}")


def _build(node: yaml.Node, path: Path_, lines: dict[Path_, int], problems: list[Problem], name: str) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _build_mapping(node, path, lines, problems, name)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*path, i), lines, problems, name) for i, item in enumerate(node.value)]
    return _scalar(node)


def _build_mapping(
    node: yaml.MappingNode, path: Path_, lines: dict[Path_, int], problems: list[Problem], name: str
) -> dict[Any, Any]:
    result: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = _scalar(key_node)
        line = key_node.start_mark.line + 1
        if key in result:
            problems.append(Problem(name, line, str(key), "error", "this key stands twice; keep one"))
        result[key] = _build(value_node, (*path, key), lines, problems, name)
        lines[(*path, key)] = line
    return result


def _scalar(node: yaml.Node) -> Any:
    """Turn a scalar into text, a number, a truth value, a date or None; anything else stays text."""
    if node.tag == "tag:yaml.org,2002:str":
        return node.value
    if node.tag == "tag:yaml.org,2002:timestamp":
        return _date(node.value)
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.tag == "tag:yaml.org,2002:bool":
        return node.value.lower() in ("true", "yes", "on")
    try:
        return int(node.value) if node.tag.endswith(":int") else float(node.value)
    except ValueError:
        return node.value


def _date(value: str) -> date | str:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return value


def content_hash(root: Path, parts: Sequence[str] = ("",)) -> str:
    """Return the sha256 (hex) of the name and bytes of every file in ``parts`` (files or folders) of ``root``."""
    tops = [root / part for part in parts]
    files = {path for top in tops for path in (top.rglob("*") if top.is_dir() else [top]) if path.is_file()}
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(root).as_posix(), path) for path in files):
        if not path.name.startswith("."):
            body = path.read_bytes()
            digest.update(f"{name}\0{len(body)}\0".encode())
            digest.update(body)
    return digest.hexdigest()


def cache_dir() -> Path:
    """Return the folder for what is learned: FAQBOT_CACHE, or ``faqbot`` in the user's cache folder."""
    if named := os.environ.get("FAQBOT_CACHE"):
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "faqbot"


def write_whole(path: Path, body: bytes) -> None:
    """Write a file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
