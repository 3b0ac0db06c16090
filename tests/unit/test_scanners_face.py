"""The scanners' package gives its names only when they are asked for, and gives all of them."""

import ast
from pathlib import Path

import pytest

import scanners

SOURCE = ast.parse(Path(scanners.__file__).read_text("utf-8"))
PROMISED = {
    alias.asname: node.module
    for node in ast.walk(SOURCE)
    if isinstance(node, ast.ImportFrom)
    for alias in node.names
    if alias.asname
}


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_every_name_that_the_type_checker_is_told_is_there(name):
    home = __import__(PROMISED[name], fromlist=[name])
    assert getattr(scanners, name) is getattr(home, name)


def test_other_names_are_not():
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = scanners.Nothing
