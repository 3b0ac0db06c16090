import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("compliance/**/*.py"), *ROOT.glob("scanners/**/*.py")])
EXPLAINED = r"# (noqa: [A-Z0-9, ]+|type: ignore\[[a-z, -]+\]) *(\(\w|#|- \w)"
"""A linter's exception with its reason behind it: `# noqa: S314 (our own nmap wrote it)`."""


def test_the_architecture_page_names_every_room():
    page = (ROOT / "docs" / "architecture.md").read_text()
    rooms = {path.name for path in (ROOT / "compliance").iterdir() if not path.name.startswith("__pycache__")}
    missing = {room for room in rooms - {"__init__.py", "py.typed"} if room not in page}
    assert not missing


def test_there_is_one_broad_except_in_the_house():
    broad = [
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
    ]
    assert broad == ["compliance/dispatch/observe.py"]


def test_every_package_has_a_docstring_of_its_own():
    for package in ("compliance", "scanners", "policies", "report_templates"):
        assert ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text()))


def test_every_exception_to_the_linters_has_its_reason():
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"# (noqa|type: ignore)", line) and not re.search(EXPLAINED, line)
    ]
    assert not bare


def test_the_lock_holds_hashes_and_no_addresses():
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    pinned = re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)
    assert len(pinned) == len(set(pinned)) == lock.count("==")
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {re.match(r"[a-z0-9-]+", each)[0] for each in wanted} <= set(pinned)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_and_functions_fit_a_screen(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 400
    long = [
        f"{node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno + 1 > 60
    ]
    assert not long
