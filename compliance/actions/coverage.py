"""How far each control is covered, by which rules, and what is missing."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from compliance.actions.choose import named
from compliance.actions.service import Policies
from compliance.model.framework import Control, Framework, Verifiable
from compliance.policy.assess import register_rule

_LONGEST_LINE = 200


class Reach(StrEnum):
    """How far the rules reach of a control."""

    DECIDED = "decided"
    """Rules check all that there is to check; documents and interviews remain the assessor's."""
    MEASURED = "measured"
    """Rules on what was seen bear on it, but do not decide it."""
    TRACKED = "tracked"
    """Nothing seen bears on it; what people declare of it is asked for, and may be too old."""
    NOT_REACHED = "not-reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One control, how far the rules reach, and what they do not."""

    framework: str
    control: Control
    reach: Reach
    rules: tuple[str, ...]
    missing: tuple[str, ...]


def coverage(policies: Policies, framework: str = "", profile: str = "") -> tuple[Covered, ...]:
    """Every control of a framework, or of all, with what reaches it under a profile, or by all rules.

    Raises `UnknownName`.
    """
    by_id = {each.id: each for each in policies.frameworks}
    chosen = [named(by_id, framework, kind="framework")] if framework else list(policies.frameworks)
    force = _in_force(policies, profile)
    observing = frozenset(rule.id for rule in (*policies.book, *(policies.fleet or ()))) & force
    return tuple(_covered(each, control, force, observing) for each in chosen for control in each.controls)


def _in_force(policies: Policies, profile: str) -> frozenset[str]:
    if not profile:
        return frozenset(policies.rules)
    rules = named(policies.profiles, profile, kind="profile").rules
    apart = (rule.id for book in (policies.fleet, policies.estate) for rule in book or ())
    return frozenset((*rules, *apart))


def _covered(
    framework: Framework, control: Control, force: Collection[str], observing: Collection[str]
) -> Covered:
    named_rules = [claim.rule for claim in control.claims]
    named_rules += [rule for check in control.checks for rule in check.rules]
    named_rules += [register_rule(control.register.kind)] if control.register else []
    rules = tuple(dict.fromkeys(rule for rule in named_rules if rule in force))
    missing = tuple(_missing(control, force))
    return Covered(
        framework=framework.id,
        control=control,
        reach=_reach(control, rules, observing, has_all=bool(control.checks) and not missing),
        rules=rules,
        missing=missing,
    )


def _missing(control: Control, force: Collection[str]) -> Iterator[str]:
    """What there is to check and no rule in force does; the part, where rules reach the rest."""
    for check in control.checks:
        if not check.rules or not all(rule in force for rule in check.rules):
            yield check.text
        elif check.missing:
            yield check.missing


def _reach(control: Control, rules: Sequence[str], observing: Collection[str], *, has_all: bool) -> Reach:
    is_observed = any(rule in observing for rule in rules)
    if control.verifiable is Verifiable.FULL and has_all:
        return Reach.DECIDED
    if control.verifiable is not Verifiable.MANUAL and is_observed:
        return Reach.MEASURED
    return Reach.TRACKED if rules else Reach.NOT_REACHED


def totals(covered: Sequence[Covered]) -> Mapping[str, int]:
    """How many controls are reached how far."""
    count = Counter(each.reach for each in covered)
    return {reach.value: count[reach] for reach in Reach}


def told_coverage(covered: Sequence[Covered]) -> Iterator[str]:
    """A line for each control, below it what is missing; then the totals of each framework."""
    for each in covered:
        count = f"{len(each.rules)} rule{'' if len(each.rules) == 1 else 's'}"
        yield f"{each.framework} {each.control.id:<9} {each.reach:<11} {count}"
        for text in each.missing:
            yield f"    missing: {text[:_LONGEST_LINE]}"
    yield from told_totals(covered)


def told_totals(covered: Sequence[Covered]) -> Iterator[str]:
    """How many controls of each framework are reached how far, a line each."""
    for framework in dict.fromkeys(each.framework for each in covered):
        own = [each for each in covered if each.framework == framework]
        counts = " / ".join(f"{reach.replace('-', ' ')} {count}" for reach, count in totals(own).items())
        yield f"{framework}: {counts}, of {len(own)}"


def coverage_document(covered: Sequence[Covered]) -> bytes:
    """The JSON document `coverage/v1` of docs/json.md, indented."""
    document = {
        "format": "coverage/v1",
        "totals": totals(covered),
        "controls": [
            {
                "framework": each.framework,
                "id": each.control.id,
                "verifiable": each.control.verifiable,
                "coverage": each.reach,
                "rules": each.rules,
                "missing": each.missing,
            }
            for each in covered
        ],
    }
    return msgspec.json.format(msgspec.json.encode(document))


def coverage_page(covered: Sequence[Covered]) -> str:
    """The page docs/coverage.md: the totals, and each control with its rules and what is missing."""
    lines = [_HEAD, *(f"- {text}" for text in told_totals(covered))]
    for framework in dict.fromkeys(each.framework for each in covered):
        lines += [
            "",
            f"## {framework}",
            "",
            "| control | can be | is | rules | missing |",
            "| --- | --- | --- | --- | --- |",
        ]
        lines += [_row(each) for each in covered if each.framework == framework]
    return "\n".join(lines) + "\n"


def _row(each: Covered) -> str:
    missing = "; ".join(each.missing).replace("|", "\\|")
    return f"| {each.control.id} | {each.control.verifiable} | {each.reach} | {len(each.rules)} | {missing} |"


_HEAD = """# What is covered, and what is not

Made by `make schemas` from what `compliance rules coverage` prints; a test holds it true.

- **decided**: rules check all that there is to check, on every host that was reached. Documents and
  interviews remain the assessor's.
- **measured**: rules on what was seen bear on it, but do not decide it.
- **tracked**: nothing seen bears on it; what people declare of it is asked for, and must not be too old.
- **not-reached**: no rule bears on it.

Missing is what there would be to check and no rule does. What was not looked at is never counted as met.
"""
