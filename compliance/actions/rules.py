"""The rules as people ask about them: listed, told whole, checked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from compliance.actions.choose import named
from compliance.actions.service import Policies
from compliance.model.rule import Rule
from compliance.policy.cases import problems_of, run_tests
from compliance.policy.effective import effective
from compliance.policy.load import load_books
from scanners import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of checking rule files that could be loaded."""

    rules: int
    cases: int
    failed: tuple[str, ...]
    """Each test that did not pass, with its place and why."""


def listed_rules(policies: Policies, profile: str) -> tuple[Rule, ...]:
    """The rules of a profile and those of the fleet, worst severity first, then by id."""
    chosen = {
        *named(policies.profiles, profile, kind="profile").rules,
        *(policies.fleet.loaded if policies.fleet else ()),
        *(policies.estate.loaded if policies.estate else ()),
    }
    rules = policies.rules
    return tuple(sorted((rules[rule] for rule in chosen), key=lambda rule: (-rule.severity.rank, rule.id)))


def rules_document(policies: Policies, rules: Sequence[Rule]) -> bytes:
    """The JSON document `rules/v1` of docs/json.md, indented."""
    claims = _claims(policies)
    listed = [
        {
            "id": rule.id,
            "pack": rule.pack,
            "title": rule.title,
            "severity": rule.severity,
            "rationale": rule.rationale,
            "remediation": rule.remediation,
            "scanners": rule.scanners,
            "tags": rule.tags,
            "controls": [
                {"framework": framework, "id": control} for framework, control, _ in claims.get(rule.id, ())
            ],
        }
        for rule in rules
    ]
    return msgspec.json.format(msgspec.json.encode({"format": "rules/v1", "rules": listed}))


def told_rule(policies: Policies, rule_id: str) -> str:
    """One rule in words: what it asks, why, how to mend it, what it bears on."""
    rule = named(policies.rules, rule_id, kind="rule")
    return "\n".join(_told(rule, _claims(policies).get(rule.id, ()))) + "\n"


def told_effective(policies: Policies, rule_id: str, profile_name: str) -> str:
    """Every value of a rule that is in force under a profile, with the place that it comes from."""
    profile = named(policies.profiles, profile_name, kind="profile")
    loaded = named(policies.book.loaded, rule_id, kind="rule")
    lines = [f"{rule_id} under the profile {profile.id}"]
    for one in effective(profile, loaded):
        value = " ".join(one.value.split())
        instead = f", instead of {one.instead_of}" if one.instead_of else ""
        lines.append(f"  {one.name:<20} {value}{instead}  ({one.place or 'by default'})")
    return "\n".join(lines) + "\n"


def check(files: Sequence[Path], fact_types: Mapping[str, type[Facts]]) -> Outcome:
    """Load rule files and run the tests beside the rules; raises `BadRule` with every mistake in them."""
    books = load_books(files, fact_types)
    outcomes = [outcome for book in books for outcome in run_tests(book)]
    failed = tuple(problems_of(outcome) for outcome in outcomes if not outcome.passed)
    return Outcome(rules=sum(map(len, books)), cases=len(outcomes), failed=failed)


_Claims = Mapping[str, Sequence[tuple[str, str, str]]]
"""By rule: the framework's title or id, the control's id, and why it bears on it."""


def _claims(policies: Policies) -> _Claims:
    found: dict[str, list[tuple[str, str, str]]] = {}
    for framework in policies.frameworks:
        for control in framework.controls:
            for claim in control.claims:
                found.setdefault(claim.rule, []).append((framework.id, control.id, claim.reason))
    return found


def _told(rule: Rule, claims: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    yield f"{rule.id}  ({rule.severity}, pack {rule.pack})"
    yield rule.title
    who = " and ".join(rule.scanners)
    yield f"reads what {who} saw" if who else "reads no scanner: what is declared, or all hosts together"
    yield from ("", "Why", *_indented(rule.rationale), "", "How to mend it", *_indented(rule.remediation))
    if claims:
        yield from ("", "Bears on")
        for framework, control, reason in claims:
            yield f"  {framework} {control}: {reason}"
    if rule.references:
        yield from ("", f"See also: {', '.join(rule.references)}")
    yield from ("", f"It stands in {rule.source}")


def _indented(text: str) -> Iterator[str]:
    return (f"  {line}" for line in text.strip().splitlines())
