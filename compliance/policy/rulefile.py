"""The words of a rule file, `rules/v1`: its structure, before anything in it is understood."""

from typing import Annotated, Any, Literal

from msgspec import Struct

from compliance.model.result import Verdict
from compliance.model.rule import Severity
from compliance.policy.filewords import cel, says

HOST = "rules/v1"
FLEET = "fleet/v1"
"""The format of rules that see no host, but what all hosts show together."""
ESTATE = "estate/v1"
"""The format of rules that see no host, but what the inventory declares of the estate."""


class ParamSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One number or list that a profile may set."""

    type: Annotated[str, says("bool, int, double, string, timestamp, duration, list<...> or map<..., ...>.")]
    default: Annotated[Any, says("The value unless a profile sets another.")]
    doc: Annotated[str, says("What it is, and where the number comes from.")] = ""
    at_least: Annotated[float | None, says("The least that a profile may set.")] = None
    at_most: Annotated[float | None, says("The most that a profile may set.")] = None


class ManualSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person must look at, where no machine can."""

    question: Annotated[str, says("What a person must answer.")]
    evidence_wanted: Annotated[str, says("What shows the answer to be true.")]


class CaseSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One test of a rule: a host, and what the rule must say of it."""

    name: Annotated[str, says("What the case shows.")]
    host: Annotated[dict[str, Any], says("The facts that it gives; all others are not known.")] = {}
    fleet: Annotated[dict[str, Any], says("In fleet rules, what all hosts show together.")] = {}
    estate: Annotated[dict[str, Any], says("In estate rules, what is declared.")] = {}
    expect: Annotated[Verdict, says("The verdict of the rule as a whole.")]
    failing: Annotated[list[str], says("The keys that fail: all of them, in any order.")] = []
    passing: Annotated[list[str], says("Keys that pass.")] = []
    message: Annotated[str, says("A text that a message of the expected verdict holds.")] = ""
    unknown: Annotated[list[str], says("Facts that are missing, where it expects unknown.")] = []
    now: Annotated[str, says("When the facts were seen.")] = ""
    params: Annotated[dict[str, Any], says("Values in place of the rule's defaults.")] = {}


class MutantSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change of the rule that its tests need not notice, and why."""

    change: Annotated[str, says("The mutant's name, as compliance rules test --mutants tells it.")]
    reason: Annotated[str, says("Why no test can notice it.")]


class RuleSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule as it is written."""

    id: Annotated[
        str, says("Kebab-case, what it is about first; unique, never used again for something else.")
    ]
    title: Annotated[str, says("The good state, so that pass and fail read well.")]
    severity: Annotated[Severity, says("How bad a failure is.")]
    rationale: Annotated[str, says("Why it matters.")]
    remediation: Annotated[
        str, says("How to mend it: lines that an engineer can type. {...} holds expressions.")
    ]
    references: Annotated[
        dict[str, list[str]], says("Standards and documents: by family, their numbers.")
    ] = {}
    tags: Annotated[list[str], says("Words by which profiles select it.")] = []
    params: Annotated[dict[str, ParamSpec], says("Limits that profiles may set.")] = {}
    applies: Annotated[str, cel("The hosts that it speaks of; false gives notapplicable.")] = ""
    for_each: Annotated[
        dict[str, Annotated[str, cel("An expression.")]],
        says("One verdict for each: a name, and the list or map of facts."),
    ] = {}
    where: Annotated[str, cel("Which elements of for_each are looked at.")] = ""
    when_empty: Annotated[
        Literal["notapplicable", "pass", "fail", "unknown"], says("The verdict where there is no element.")
    ] = "notapplicable"
    variables: Annotated[
        dict[str, Annotated[str, cel("An expression.")]], says("Names for parts of the requirement.")
    ] = {}
    require: Annotated[
        str | dict[str, Any], says("What must hold: an expression, or a map from facts to what they must be.")
    ] = ""
    manual: Annotated[ManualSpec | None, says("In place of require, where only a person can tell.")] = None
    key: Annotated[str, says("What tells the elements apart from scan to scan: a text with {...}.")] = ""
    message: Annotated[str, says("What is wrong, with the seen value: a text with {...}.")] = ""
    evidence: Annotated[
        list[Annotated[str, cel("An expression.")]], says("The facts that a verdict rests on.")
    ] = []
    max_age: Annotated[str, says("Facts older than this are unknown: 48h, 720h.")] = ""
    tests: Annotated[
        list[CaseSpec], says("Cases: one that passes, one that fails, one not seen, one empty.")
    ] = []
    mutants: Annotated[list[MutantSpec], says("Changes of the rule that no test can notice.")] = []


class RuleFileSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of rules: its format, its pack and the pack's version."""

    format: Annotated[
        Literal["rules/v1", "fleet/v1", "estate/v1"],
        says("rules/v1: of each host; fleet/v1: of all hosts together; estate/v1: of what is declared."),
    ]
    pack: Annotated[str, says("The pack that the rules belong to.")]
    version: Annotated[str, says("The pack's version.")]
    rules: Annotated[list[Any], says("The rules.")]
    """Each is a `RuleSpec`, understood by itself, so that one mistake does not hide the others."""


class WholeFileSpec(RuleFileSpec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of rules with all its rules, as its schema tells it."""

    rules: Annotated[list[RuleSpec], says("The rules.")]
