import re
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from compliance.cli.app import app
from compliance.settings import Settings

README = (Path(__file__).parents[2] / "README.md").read_text()


def settings(model=Settings, prefix=""):
    for name, field in model.model_fields.items():
        inner = getattr(field.annotation, "model_fields", None)
        yield from settings(field.annotation, f"{name}.") if inner else [prefix + name]


@pytest.mark.parametrize("name", list(settings()))
def test_every_setting_stands_in_the_readme(name):
    assert f"| `{name}` |" in README


def test_every_command_stands_in_the_readme():
    for name, command in get_command(app).commands.items():
        assert f"`compliance {name}" in README
        for word in getattr(command, "commands", {}):
            assert re.search(rf"\b{word}\b", README), f"{name} {word}"


def test_every_option_of_scan_stands_in_the_readme():
    scan = get_command(app).commands["scan"]
    named = [option for option in scan.params if isinstance(option, typer.core.TyperOption)]
    missing = {o.opts[0] for o in named if o.opts[0] not in README} - {"--quiet", "--config"}
    assert not missing


def test_every_page_that_the_readme_names_is_there():
    for link in re.findall(r"\]\(([^)]+)\)", README):
        assert (Path(__file__).parents[2] / link).exists(), link
