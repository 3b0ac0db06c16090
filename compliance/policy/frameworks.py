"""Framework files, `framework/v1`: the controls of a standard and the rules that are claimed for them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib.resources.abc import Traversable
from typing import Literal

from msgspec import Struct

from compliance.model.errors import BadRule
from compliance.model.framework import Claim, Control, EvidenceKind, Framework, Group, Verifiable
from compliance.model.host import Scope
from compliance.policy.checksfile import ControlChecksSpec, checks_of, load_checks, register_of
from compliance.policy.decode import decode
from compliance.policy.words import did_you_mean
from compliance.policy.yaml_source import BadYaml, Problem, Steps, YamlFile, load_yaml

Applies = Literal[
    "all", "merchant", "service-provider", "multi-tenant-service-provider", "issuer", "designated-entity"
]
Questionnaire = Literal["P2PE", "B-IP", "C", "A", "A-EP"]


class GroupSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A chapter as it is written."""

    id: str
    title: str


class ClaimSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A claim as it is written."""

    rule: str
    reason: str


class ControlSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A control as it is written."""

    id: str
    title: str
    group: str
    verifiable: Verifiable
    evidence: EvidenceKind
    applies_to: Applies = "all"
    saq: tuple[Questionnaire, ...] = ()
    superseded_by: str = ""
    cadence_days: int | None = None
    note: str = ""
    claims: tuple[ClaimSpec, ...] = ()


class FrameworkSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A framework file as it is written."""

    format: Literal["framework/v1"]
    id: str
    title: str
    version: str
    scope: Scope
    groups: tuple[GroupSpec, ...]
    controls: tuple[ControlSpec, ...]
    note: str = ""


def load_frameworks(
    folders: Iterable[Traversable],
    rule_ids: Collection[str],
    *,
    declared: Collection[str] = (),
    checks: Traversable | None = None,
) -> tuple[Framework, ...]:
    """The frameworks of all `*.yaml` files in some folders, by name; raises `BadRule` with every mistake.

    `rule_ids` are the rules that exist: a claim for another one is a mistake. `declared` are those among them
    that judge what is declared: only they may bear on what people decide. `checks` is the folder of checks.
    """
    problems: list[Problem] = []
    read: list[tuple[YamlFile, FrameworkSpec]] = []
    for path in _files(folders):
        try:
            file = load_yaml(path)
            read.append((file, decode(file, FrameworkSpec)))
        except BadYaml as error:
            problems.append(error.problem)
    known = frozenset(rule_ids)
    for file, written in read:
        problems += _mistakes(file, written, known, frozenset(declared))
    problems += _doubles(((file, ("id",), written.id) for file, written in read), "framework")
    if problems:
        raise BadRule("\n".join(str(problem) for problem in sorted(problems)))
    controls = {written.id: tuple(control.id for control in written.controls) for _, written in read}
    found = load_checks(checks, controls, known) if checks is not None else {}
    return tuple(_framework(written, found) for _, written in read)


def _files(folders: Iterable[Traversable]) -> Iterator[Traversable]:
    for folder in folders:
        if folder.is_dir():
            yield from sorted(
                (path for path in folder.iterdir() if path.name.endswith(".yaml")), key=lambda path: path.name
            )


def _mistakes(
    file: YamlFile, written: FrameworkSpec, rules: Collection[str], declared: Collection[str]
) -> Iterator[Problem]:
    """What is wrong in one file that has the right structure."""
    groups = [group.id for group in written.groups]
    controls = [control.id for control in written.controls]
    yield from _doubles(((file, ("groups", n, "id"), name) for n, name in enumerate(groups)), "group")
    yield from _doubles(((file, ("controls", n, "id"), name) for n, name in enumerate(controls)), "control")
    if not controls:
        yield file.problem(("controls",), "a framework without controls says nothing")
    for number, control in enumerate(written.controls):
        at: Steps = ("controls", number)
        if control.group not in groups:
            text = f"there is no group {control.group!r}{did_you_mean(control.group, groups)}"
            yield file.problem((*at, "group"), text)
        if control.superseded_by and control.superseded_by not in controls:
            yield file.problem((*at, "superseded_by"), f"there is no control {control.superseded_by!r}")
        if control.cadence_days is not None and control.cadence_days < 1:
            yield file.problem((*at, "cadence_days"), "a cadence is at least one day")
        yield from _bad_claims(file, at, control, rules, declared)


def _bad_claims(
    file: YamlFile, at: Steps, control: ControlSpec, rules: Collection[str], declared: Collection[str]
) -> Iterator[Problem]:
    observing = [claim for claim in control.claims if claim.rule not in declared]
    if observing and control.verifiable is Verifiable.MANUAL:
        text = f"no rule bears on {control.id}, which people decide; make it partial, or take the claims out"
        yield file.problem((*at, "claims"), text, on_key=True)
    spots: list[tuple[YamlFile, Steps, str]] = []
    for number, claim in enumerate(control.claims):
        spot: Steps = (*at, "claims", number)
        spots.append((file, (*spot, "rule"), claim.rule))
        if claim.rule not in rules:
            text = f"there is no rule {claim.rule!r}{did_you_mean(claim.rule, rules)}"
            yield file.problem((*spot, "rule"), text)
        if not claim.reason.strip():
            yield file.problem((*spot, "reason"), "a claim needs its reason")
    yield from _doubles(spots, "claim for")


def _doubles(spots: Iterable[tuple[YamlFile, Steps, str]], what: str) -> Iterator[Problem]:
    """A problem at every name that stood somewhere before."""
    first: dict[str, str] = {}
    for file, steps, name in spots:
        if name in first:
            yield file.problem(steps, f"the {what} {name!r} stands already in {first[name]}")
        else:
            first[name] = f"{file.name}:{file.line(steps)}"


_Checks = Mapping[tuple[str, str], ControlChecksSpec]


def _framework(written: FrameworkSpec, checks: _Checks) -> Framework:
    return Framework(
        id=written.id,
        title=written.title,
        version=written.version,
        scope=written.scope,
        note=written.note,
        groups=tuple(Group(id=group.id, title=group.title) for group in written.groups),
        controls=tuple(_control(one, checks.get((written.id, one.id))) for one in written.controls),
    )


def _control(control: ControlSpec, checks: ControlChecksSpec | None) -> Control:
    return Control(
        id=control.id,
        title=control.title,
        group=control.group,
        verifiable=control.verifiable,
        evidence=control.evidence,
        applies_to=control.applies_to,
        saq=control.saq,
        superseded_by=control.superseded_by,
        cadence_days=control.cadence_days,
        note=control.note,
        claims=tuple(Claim(rule=claim.rule, reason=claim.reason) for claim in control.claims),
        checks=() if checks is None else checks_of(checks),
        register=None if checks is None else register_of(checks),
        is_customisable=checks is None or checks.customised == "open",
    )
