"""Which module may know which: imports run one way, without circles, as the table says."""

import ast
from pathlib import Path

import faqbot

PACKAGE = Path(faqbot.__file__).parent
# A module imports only from modules above it.
ORDER = """
errors text replies plots files sites helplines corpus cases
danger.slips danger.text danger.features danger.encoder danger.runs danger.rules danger.subject danger.reading danger.model danger.messages
danger.training danger.tuning crisis
danger.evaluation danger.report danger.bench care
features vectors linear matcher decision conversation training bot
checks evaluation robustness peers bench show minify bundle
settings store service serving limiting api scripts pages embed web cli
""".split()
HEAVY = {"flask": {"limiting", "api", "scripts", "pages", "embed", "web", "serving"}, "sqlalchemy": {"store", "settings"}, "yaml": {"files"}}


def _imports(path: Path) -> tuple[set[str], set[str]]:
    """Return the faqbot modules and the other packages that a module imports, late imports included."""
    own, others = set(), set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module in ("faqbot", "faqbot.danger"):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            top, _, rest = name.partition(".")
            (own if top == "faqbot" else others).add(rest if top == "faqbot" else top)
    return own & set(ORDER), others


MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in PACKAGE.rglob("*.py") if path.stem not in ("__init__", "__main__")
}


def test_every_module_has_its_place() -> None:
    assert set(MODULES) == set(ORDER)


def test_imports_run_one_way() -> None:
    wrong = [f"{name} -> {other}" for name, path in MODULES.items() for other in _imports(path)[0] if ORDER.index(other) >= ORDER.index(name)]
    assert wrong == []


def test_heavy_packages_stay_where_they_belong() -> None:
    wrong = [f"{name} -> {package}" for name, path in MODULES.items() for package in _imports(path)[1] & set(HEAVY) if name not in HEAVY[package]]
    assert wrong == []


def test_no_module_is_long() -> None:
    assert [name for name, path in MODULES.items() if len(path.read_text().splitlines()) > 320] == []


def test_no_function_is_long() -> None:
    long = [
        f"{name}:{node.name}"
        for name, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 42
    ]
    assert long == []


def test_public_names_say_what_they_do() -> None:
    bare = [
        f"{name}:{node.name}"
        for name, path in MODULES.items()
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert bare == []
