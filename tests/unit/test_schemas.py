"""The schemas of rule, profile, framework and waiver files: true to the loader, named in every file."""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest

from compliance.policy.schemas import FORMATS, file_schema
from compliance.policy.yaml_source import load_yaml
from tests.schemas import FOLDER

POLICIES = Path(__file__).parents[2] / "policies"
DOCS = Path(__file__).parents[2] / "docs"
FILES = [
    (name, path)
    for folder, name in (
        ("packs", "rules-v1"),
        ("profiles", "profile-v1"),
        ("frameworks", "framework-v1"),
        ("checks", "checks-v1"),
    )
    for path in sorted((POLICIES / folder).rglob("*.yaml"))
]


def validator(name):
    return jsonschema_rs.validator_for(json.loads(file_schema(name)))


@pytest.mark.parametrize("name", FORMATS)
def test_a_committed_schema_is_that_of_the_loader(name):
    committed = (FOLDER / f"{name}.schema.json").read_bytes()
    assert committed == file_schema(name), "the types have changed: make schemas"


@pytest.mark.parametrize(("name", "path"), FILES, ids=lambda each: getattr(each, "stem", each))
def test_a_shipped_file_names_its_schema_and_keeps_to_it(name, path):
    line = path.read_text().splitlines()[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", line)
    assert named, "its first line says: # yaml-language-server: $schema=PATH"
    assert (path.parent / named[1]).resolve() == FOLDER / f"{name}.schema.json"
    validator(name).validate(load_yaml(path).data)


def example(page):
    return (DOCS / page).read_text().split("```yaml\n", 1)[1].split("```", 1)[0]


@pytest.mark.parametrize(
    ("name", "page", "old", "new"),
    [
        ("rules-v1", "rules.md", "    severity: high", "    severity: hgh"),
        ("rules-v1", "rules.md", "    severity: high", "    severty: high"),
        ("rules-v1", "rules.md", "when_empty: notapplicable", "when_empty: error"),
        ("profile-v1", "profiles.md", "{critical: fail}", "{critical: pass}"),
        ("waivers-v1", "waivers.md", "covers: [fail]", "covers: [error]"),
        ("waivers-v1", "waivers.md", "    until: 2027-03-31", "    untill: 2027-03-31"),
    ],
)
def test_a_schema_refuses_what_the_loader_refuses(name, page, old, new, tmp_path):
    file = tmp_path / "x.yaml"
    text = example(page)
    assert old in text
    file.write_text(text)
    assert validator(name).is_valid(load_yaml(file).data)
    file.write_text(text.replace(old, new, 1))
    assert not validator(name).is_valid(load_yaml(file).data)


def test_expressions_are_marked_and_fields_are_told():
    schema = json.loads(file_schema("rules-v1"))
    rule = schema["$defs"]["RuleSpec"]["properties"]
    assert rule["where"]["format"] == rule["applies"]["format"] == "cel"
    assert all("description" in field for name, field in rule.items())
    assert schema["$ref"] == "#/$defs/WholeFileSpec"
