"""Read rule packs: every file, every rule, and every mistake in them at once."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

from compliance.model.errors import BadRule
from compliance.policy.build import Place, build
from compliance.policy.decode import decode
from compliance.policy.estatefacts import estate_schema
from compliance.policy.fleetfacts import fleet_schema
from compliance.policy.loaded import LoadedRule
from compliance.policy.rulebook import RuleBook
from compliance.policy.rulefile import ESTATE, FLEET, HOST, RuleFileSpec, RuleSpec
from compliance.policy.schema import Schema, schema_of
from compliance.policy.yaml_source import BadYaml, Problem, Steps, YamlFile, load_yaml
from scanners import Facts

_MOST_RULES = 5000
_TESTS = "tests"


class Books(NamedTuple):
    """All rules, by what they see."""

    hosts: RuleBook
    fleet: RuleBook
    estate: RuleBook


def load_rules(folders: Sequence[Traversable | Path], fact_types: Mapping[str, type[Facts]]) -> RuleBook:
    """The book of all rules of single hosts in the folders or files; raises `BadRule` with every mistake."""
    return load_books(folders, fact_types).hosts


def load_books(
    folders: Sequence[Traversable | Path],
    fact_types: Mapping[str, type[Facts]],
    *,
    with_tests: bool = True,
) -> Books:
    """The books of all rules in the folders or single files: of single hosts, of the fleet, of the estate.

    A file says by its format which it holds. Without the tests beside the rules, which are more than half of
    the text, a book is loaded sooner, and cannot be proved. Raises `BadRule` with every mistake.
    """
    schemas = {HOST: schema_of(fact_types), FLEET: fleet_schema(), ESTATE: estate_schema()}
    found: dict[str, list[LoadedRule]] = {name: [] for name in schemas}
    files, problems = _read(folders, "" if with_tests else _TESTS)
    for file in files:
        named = file.data.get("format") if isinstance(file.data, dict) else None
        kind = named if isinstance(named, str) and named in schemas else HOST
        rules, wrong = check(file, schemas[kind])
        found[kind] += rules
        problems += wrong
    problems += _doubles([rule for rules in found.values() for rule in rules])
    if problems:
        raise BadRule("\n".join(map(str, sorted(set(problems)))))
    return Books(*(RuleBook(found[kind], schema) for kind, schema in schemas.items()))


def check(file: YamlFile, schema: Schema) -> tuple[list[LoadedRule], list[Problem]]:
    """The sound rules of one file, and everything that is wrong in it."""
    try:
        pack = decode(file, RuleFileSpec)
    except BadYaml as error:
        return [], [error.problem]
    if len(pack.rules) > _MOST_RULES:
        return [], [file.problem(("rules",), f"a file has at most {_MOST_RULES} rules")]
    rules: list[LoadedRule] = []
    problems: list[Problem] = []
    for number in range(len(pack.rules)):
        steps = ("rules", number)
        try:
            spec = decode(file, RuleSpec, steps)
        except BadYaml as error:
            problems.append(error.problem)
            continue
        problems += _untold(file, steps, spec, schema)
        rule, wrong = build(Place(file, steps, pack), spec, schema)
        rules += [rule] if rule else []
        problems += wrong
    return rules, problems


def _untold(file: YamlFile, steps: Steps, spec: RuleSpec, schema: Schema) -> Iterator[Problem]:
    """Tests that give no facts under the root that the rule reads; an empty map says that none were seen."""
    for number in range(len(spec.tests)):
        at: Steps = (*steps, "tests", number)
        if schema.name not in file.node(at).data():
            yield file.problem(at, f"the field {schema.name!r} is missing")


def _read(folders: Sequence[Traversable | Path], without: str) -> tuple[list[YamlFile], list[Problem]]:
    files: list[YamlFile] = []
    problems: list[Problem] = []
    for folder in folders:
        for path, name in yaml_files(folder, _shown(folder)):
            try:
                files.append(load_yaml(path, name=name, without=without))
            except BadYaml as error:
                problems.append(error.problem)
    return files, problems


def _shown(path: Traversable | Path) -> str:
    """A shipped file by its place in the package, any other as it was typed."""
    whole, shipped = Path(str(path)), Path(str(files("policies")))
    return str(whole.relative_to(shipped)) if whole.is_relative_to(shipped) else str(path)


def yaml_files(path: Traversable | Path, name: str) -> Iterator[tuple[Traversable | Path, str]]:
    """Every YAML file below a folder in the order of the names, or the file itself, with its shown name."""
    if not path.is_dir():
        yield path, name
        return
    for inner in sorted(path.iterdir(), key=lambda entry: entry.name):
        shown = f"{name}/{inner.name}"
        if inner.is_dir():
            yield from yaml_files(inner, shown)
        elif inner.name.endswith((".yaml", ".yml")):
            yield inner, shown


def _doubles(rules: Sequence[LoadedRule]) -> list[Problem]:
    first: dict[str, LoadedRule] = {}
    problems: list[Problem] = []
    for loaded in rules:
        before = first.setdefault(loaded.rule.id, loaded)
        if before is not loaded:
            text = f"the id {loaded.rule.id!r} is taken by {before.rule.source}"
            problems.append(loaded.file.problem((*loaded.steps, "id"), text))
    return problems
