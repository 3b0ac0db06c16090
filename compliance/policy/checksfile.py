"""Files of checks, `checks/v1`: what there is to check for a control, and the register that tracks it."""

from collections.abc import Collection, Iterator, Mapping
from importlib.resources.abc import Traversable
from typing import Annotated, Literal

from msgspec import Struct

from compliance.model.errors import BadRule
from compliance.model.estate import KINDS
from compliance.model.framework import Basis, Check, Register
from compliance.policy.decode import decode
from compliance.policy.filewords import says
from compliance.policy.words import did_you_mean
from compliance.policy.yaml_source import BadYaml, Problem, Steps, YamlFile, load_yaml


class CheckSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that there is to check."""

    text: Annotated[str, says("What there is to check, in own words.")]
    rules: Annotated[tuple[str, ...], says("The rules that check it.")] = ()
    missing: Annotated[str, says("What of it those rules do not reach; nothing where they reach all.")] = ""


class RegisterSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The register that tracks a control."""

    kind: Annotated[str, says("The kind of register, as in the inventory: policies, trainings ...")]
    days: Annotated[int, says("How many days old an entry may be.")]
    basis: Annotated[
        Basis, says("standard: it names the time; analysis: the operator sets it; ours: our default.")
    ]


class ControlChecksSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What there is to check for one control."""

    checks: Annotated[tuple[CheckSpec, ...], says("Everything that there would be to check.")]
    register: Annotated[RegisterSpec | None, says("The register that tracks it.")] = None
    customised: Annotated[
        Literal["open", "refused"], says("Whether the standard lets it be met by a customised approach.")
    ] = "open"


class ChecksFileSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The checks of one framework."""

    format: Literal["checks/v1"]
    framework: Annotated[str, says("The framework that they are of.")]
    controls: Annotated[dict[str, ControlChecksSpec], says("By the id of the control.")]


def load_checks(
    folder: Traversable, controls: Mapping[str, Collection[str]], rules: Collection[str]
) -> Mapping[tuple[str, str], ControlChecksSpec]:
    """The checks of all files in a folder, by framework and control; raises `BadRule` with every mistake.

    `controls` are those that there are, by framework; `rules` the ids of the rules that there are.
    """
    found: dict[tuple[str, str], ControlChecksSpec] = {}
    problems: list[Problem] = []
    for path in sorted(folder.iterdir(), key=lambda path: path.name) if folder.is_dir() else ():
        try:
            file = load_yaml(path, name=f"checks/{path.name}")
            written = decode(file, ChecksFileSpec)
        except BadYaml as error:
            problems.append(error.problem)
            continue
        problems += _mistakes(file, written, controls, rules)
        found |= {(written.framework, control): spec for control, spec in written.controls.items()}
    if problems:
        raise BadRule("\n".join(map(str, sorted(problems))))
    return found


def _mistakes(
    file: YamlFile,
    written: ChecksFileSpec,
    controls: Mapping[str, Collection[str]],
    rules: Collection[str],
) -> Iterator[Problem]:
    known = controls.get(written.framework)
    if known is None:
        yield file.problem(("framework",), f"there is no framework {written.framework!r}")
        return
    for control in (one for one in known if one not in written.controls):
        yield file.problem(("controls",), f"the checks of {control} are missing", on_key=True)
    for control, spec in written.controls.items():
        at: Steps = ("controls", control)
        if control not in known:
            text = f"there is no control {control!r}{did_you_mean(control, known)}"
            yield file.problem(at, text, on_key=True)
        if spec.register is not None and spec.register.kind not in KINDS:
            text = f"there is no register {spec.register.kind!r}{did_you_mean(spec.register.kind, KINDS)}"
            yield file.problem((*at, "register", "kind"), text)
        for number, check in enumerate(spec.checks):
            yield from _bad_rules(file, (*at, "checks", number), check, rules)


def _bad_rules(file: YamlFile, at: Steps, check: CheckSpec, rules: Collection[str]) -> Iterator[Problem]:
    if check.missing and not check.rules:
        yield file.problem((*at, "missing"), "where no rule checks it, all of it is missing: leave this out")
    for number, rule in enumerate(check.rules):
        if rule not in rules:
            text = f"there is no rule {rule!r}{did_you_mean(rule, rules)}"
            yield file.problem((*at, "rules", number), text)


def checks_of(spec: ControlChecksSpec) -> tuple[Check, ...]:
    """The checks as the model holds them."""
    return tuple(Check(text=one.text, rules=one.rules, missing=one.missing) for one in spec.checks)


def register_of(spec: ControlChecksSpec) -> Register | None:
    """The register as the model holds it."""
    found = spec.register
    return None if found is None else Register(kind=found.kind, days=found.days, basis=found.basis)
