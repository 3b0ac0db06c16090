"""The words of a rule file, `rules/v1`: its structure, before anything in it is understood."""

from typing import Any, Literal

from msgspec import Struct

from compliance.model.result import Verdict
from compliance.model.rule import Severity

FORMAT = "rules/v1"


class ParamSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One number or list that a profile may set."""

    type: str
    default: Any
    doc: str = ""
    at_least: float | None = None
    at_most: float | None = None


class ManualSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person must look at, where no machine can."""

    question: str
    evidence_wanted: str


class CaseSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One test of a rule: a host, and what the rule must say of it."""

    name: str
    host: dict[str, Any]
    expect: Verdict
    failing: list[str] = []
    passing: list[str] = []
    message: str = ""
    unknown: list[str] = []
    now: str = ""
    params: dict[str, Any] = {}


class MutantSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change of the rule that its tests need not notice, and why."""

    change: str
    reason: str


class RuleSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule as it is written."""

    id: str
    title: str
    severity: Severity
    rationale: str
    remediation: str
    references: dict[str, list[str]] = {}
    tags: list[str] = []
    params: dict[str, ParamSpec] = {}
    applies: str = ""
    for_each: dict[str, str] = {}
    where: str = ""
    when_empty: Literal["notapplicable", "pass", "fail", "unknown"] = "notapplicable"
    variables: dict[str, str] = {}
    require: str | dict[str, Any] = ""
    manual: ManualSpec | None = None
    key: str = ""
    message: str = ""
    evidence: list[str] = []
    max_age: str = ""
    tests: list[CaseSpec] = []
    mutants: list[MutantSpec] = []


class RuleFileSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of rules: its format, its pack and the pack's version."""

    format: Literal["rules/v1"]
    pack: str
    version: str
    rules: list[Any]
