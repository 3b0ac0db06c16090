"""Frameworks: the controls of a standard, how far a machine can decide each, and which rules bear on it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from compliance.model.host import Scope
from compliance.model.result import Result


class Verifiable(StrEnum):
    """How far a machine can decide a control."""

    FULL = "full"
    PARTIAL = "partial"
    MANUAL = "manual"


class EvidenceKind(StrEnum):
    """What a decision rests on: observed facts, a register's statements, or one compared with the other."""

    MEASURED = "measured"
    DECLARED = "declared"
    MIXED = "mixed"


class Questionnaire(StrEnum):
    """The self-assessment questionnaires of PCI DSS that a payment channel may be under."""

    P2PE = "P2PE"
    B_IP = "B-IP"
    C = "C"
    A = "A"
    A_EP = "A-EP"
    D_MERCHANT = "D-merchant"
    D_SERVICE_PROVIDER = "D-service-provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One rule that bears on a control, and why."""

    rule: str
    reason: str


class Basis(StrEnum):
    """Where the longest age of a register's entry comes from."""

    STANDARD = "standard"
    """The standard names the time."""
    ANALYSIS = "analysis"
    """The operator's own risk analysis sets it; the days are the most that we take without one."""
    OURS = "ours"
    """The standard says only that it is kept up; the days are this program's default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The register whose entries track a control, and how old they may be."""

    kind: str
    """As in the inventory: policies, trainings ..."""
    days: int
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that there is to check for a control, in own words, and the rules that do."""

    text: str
    rules: tuple[str, ...] = ()
    missing: str = ""
    """What of it the rules do not reach; empty where they reach all of it, or there are none."""

    @property
    def is_reached(self) -> bool:
        """Rules check all of it."""
        return bool(self.rules) and not self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One requirement of a standard, by its number, in our own words."""

    id: str
    title: str
    group: str
    """The id of the group it is listed under."""
    verifiable: Verifiable
    evidence: EvidenceKind
    applies_to: str = "all"
    superseded_by: str = ""
    claims: tuple[Claim, ...] = ()
    saq: tuple[str, ...] = ()
    """The merchant questionnaires that contain it, beside SAQ D."""
    cadence_days: int | None = None
    """Longest time in days between two rounds of what it asks for; None where it names no time."""
    note: str = ""
    """What a reader must know of it, as an exemption."""
    checks: tuple[Check, ...] = ()
    """Everything that there would be to check."""
    register: Register | None = None
    """Where people say that they keep it; None where no register tracks it."""
    is_customisable: bool = True
    """The standard lets an assessed entity meet it by a customised approach."""


_DESIGNATED = "A3"
_OF_MERCHANTS_ALONE = "12.3.2"
"""The only one of chapters 1 to 12 that SAQ D for service providers leaves out."""


def asks_for(questionnaire: Questionnaire, control: Control) -> bool:
    """Whether a questionnaire contains the control; what is superseded stands in none."""
    if control.superseded_by:
        return False
    match questionnaire:
        case Questionnaire.D_MERCHANT:
            return control.applies_to in {"all", "merchant"}
        case Questionnaire.D_SERVICE_PROVIDER:
            return control.group != _DESIGNATED and control.id != _OF_MERCHANTS_ALONE
        case _:
            return questionnaire in control.saq


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A chapter of a standard."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A standard: its groups and controls, and the scope of hosts that it speaks of."""

    id: str
    title: str
    version: str
    scope: Scope
    groups: tuple[Group, ...]
    controls: tuple[Control, ...]
    note: str = ""
    """What this framework's file does not claim."""


def narrowed(framework: Framework, questionnaire: Questionnaire | None) -> Framework:
    """The framework with the controls that a questionnaire contains, and the chapters that they stand in."""
    if questionnaire is None:
        return framework
    controls = tuple(control for control in framework.controls if asks_for(questionnaire, control))
    chapters = {control.group for control in controls}
    return replace(
        framework,
        title=f"{framework.title} (SAQ {questionnaire})",
        controls=controls,
        groups=tuple(group for group in framework.groups if group.id in chapters),
    )


class Status(StrEnum):
    """A control seen through results, in the words of the report on compliance, said of the checks alone.

    A tool never says "in place" of a control as a whole: the assessor concludes.
    """

    FAILING = "failing"
    PASSING = "passing"
    INCOMPLETE = "incomplete"
    """No check fails, but something that bears on it could not be seen."""
    NOT_TESTED = "not-tested"
    """No check bears on it, or none was run."""
    NOT_APPLICABLE = "not-applicable"
    TRACKED = "tracked"
    """A register's entry covers it and is not too old; whether it is so, people decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlStatus:
    """One control seen through the results of the rules that bear on it."""

    control: Control
    status: Status
    passed: int
    failed: int
    unknown: int
    """Results that are unknown or error: not seen, and never taken out of a denominator."""
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A framework seen through the results of one scan."""

    framework: Framework
    hosts: tuple[str, ...]
    controls: tuple[ControlStatus, ...]


def customisable(frameworks: Iterable[Framework]) -> dict[str, bool]:
    """Of each control, as `pci-dss-4.0.1/8.3.6`, whether it is open to the customised approach."""
    return {
        f"{framework.id}/{control.id}": control.is_customisable
        for framework in frameworks
        for control in framework.controls
    }
