"""Waiver files, `waivers/v1`: read, and every mistake in them at once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Struct
from msgspec.structs import asdict

from compliance.model.errors import BadRule
from compliance.model.result import Verdict
from compliance.model.rule import Severity
from compliance.model.waiver import Waiver, WaiverKind
from compliance.policy.cel.types import BOOL, Type
from compliance.policy.decode import decode
from compliance.policy.expression import Expression, source_at, understood
from compliance.policy.filewords import cel, says
from compliance.policy.load import yaml_files
from compliance.policy.loaded import LoadedRule
from compliance.policy.reads import ROOT
from compliance.policy.rulebook import RuleBook
from compliance.policy.waiverkinds import WorksheetSpec, lacking_of_kind
from compliance.policy.yaml_source import BadYaml, Problem, Steps, YamlFile, load_yaml

LONGEST = timedelta(days=365)
LONGEST_CRITICAL = timedelta(days=90)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


class WaiverSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One waiver as it is written."""

    id: Annotated[str, says("What it is called in results.")]
    rule: Annotated[str, says("The rule whose failures it covers.")]
    hosts: Annotated[str, cel("The hosts that it means.")]
    reason: Annotated[str, says("Why it is accepted.")]
    requested_by: Annotated[str, says("Who asked for it.")]
    approved_by: Annotated[str, says("Who approved it: somebody else.")]
    approved_on: Annotated[str, says("The day of its approval, as 2026-10-02.")]
    until: Annotated[str, says("Its last day, in UTC, as 2027-03-31.")]
    key: Annotated[str | None, says("The one place that it covers, as tcp/443.")] = None
    subject: Annotated[str, cel("Which elements of the rule's for_each it covers.")] = ""
    covers: Annotated[tuple[Literal["fail", "unknown"], ...], says("Which verdicts; errors never.")] = (
        "fail",
    )
    compensating_control: Annotated[str, says("What makes up for the failure.")] = ""
    compensating_rule: Annotated[
        str, says("A rule that must pass on the host, or the waiver is void there.")
    ] = ""
    ticket: Annotated[str, says("Where it was discussed.")] = ""
    matched: Annotated[int | None, says("How many hosts it matched on the day of its approval.")] = None
    kind: Annotated[WaiverKind, says("How it is answered for, in the words of the standard.")] = (
        WaiverKind.ACCEPTED
    )
    controls: Annotated[tuple[str, ...], says("The controls that it concerns, as pci-dss-4.0.1/8.3.6.")] = ()
    worksheet: Annotated[WorksheetSpec | None, says("The worksheet of a compensating control.")] = None
    proof: Annotated[str, says("Where it lies what shows that it is so.")] = ""


class WaiverFileSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of waivers as it is written."""

    format: Literal["waivers/v1"]
    waivers: Annotated[tuple[WaiverSpec, ...], says("The waivers.")]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedWaiver:
    """A waiver with its conditions, ready to be looked at."""

    waiver: Waiver
    hosts: Expression
    subject: Expression | None


def load_waivers(
    paths: Sequence[Traversable | Path],
    book: RuleBook,
    *apart: RuleBook | None,
    customisable: Mapping[str, bool] | None = None,
) -> tuple[LoadedWaiver, ...]:
    """The waivers of all YAML files in some folders, or single files; raises `BadRule` with every mistake.

    `apart` are the books of the fleet and the estate, whose results are waived place by place.
    `customisable` says of each control whether it is open to the customised approach; None checks none.
    A rule that is not in the book is no mistake here: such a waiver is reported wherever results are shown.
    """
    found: list[LoadedWaiver] = []
    problems: list[Problem] = []
    first: dict[str, str] = {}
    for path in paths:
        if not path.is_dir() and not path.is_file():
            raise BadRule(f"{path}: there is no such file or folder of waivers")
        for inner, name in yaml_files(path, path.name if path.is_dir() else str(path)):
            try:
                file = load_yaml(inner, name=name)
                spec = decode(file, WaiverFileSpec)
            except BadYaml as error:
                problems.append(error.problem)
                continue
            for number, written in enumerate(spec.waivers):
                steps: Steps = ("waivers", number)
                loaded = _Reader(file, steps, book, apart, customisable, problems).waiver(written)
                place = f"{file.name}:{file.line(steps)}"
                if first.setdefault(written.id, place) != place:
                    text = f"the id {written.id!r} is taken by {first[written.id]}"
                    problems.append(file.problem((*steps, "id"), text))
                found += [loaded] if loaded else []
    if problems:
        raise BadRule("\n".join(map(str, sorted(set(problems)))))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Understands one waiver, and says everything that is wrong with it."""

    file: YamlFile
    steps: Steps
    book: RuleBook
    apart: Sequence[RuleBook | None]
    customisable: Mapping[str, bool] | None
    problems: list[Problem]

    def wrong(self, name: str, text: str) -> None:
        self.problems.append(self.file.problem((*self.steps, name), text))

    def waiver(self, spec: WaiverSpec) -> LoadedWaiver | None:
        before = len(self.problems)
        rule = self.book.loaded.get(spec.rule)
        for name in ("id", "reason", "requested_by", "approved_by"):
            if not getattr(spec, name).strip():
                self.wrong(name, f"{name} says nothing")
        if spec.requested_by.strip().casefold() == spec.approved_by.strip().casefold():
            self.wrong("approved_by", "nobody approves what they asked for themselves")
        approved, until = self.day(spec, "approved_on"), self.day(spec, "until")
        self.check_length(rule, approved, until)
        for name, text in lacking_of_kind(spec, until, self.customisable):
            self.wrong(name, text)
        hosts = self.condition("hosts", spec.hosts, {ROOT: self.book.schema.host})
        subject = self.subject(spec, rule)
        if spec.key is not None and spec.subject:
            self.wrong("key", "a waiver has a key or a subject, not both")
        if spec.key is None and any(spec.rule in (apart or ()) for apart in self.apart):
            self.wrong("rule", "a rule of no single host is waived place by place: give the key")
        if not spec.covers:
            self.wrong("covers", "a waiver that covers nothing waives nothing")
        if len(self.problems) > before or hosts is None or approved is None or until is None:
            return None
        return LoadedWaiver(waiver=self.made(spec, approved, until), hosts=hosts, subject=subject)

    def day(self, spec: WaiverSpec, name: str) -> date | None:
        text: str = getattr(spec, name)
        try:
            found = date.fromisoformat(text) if _DAY.match(text) else None
        except ValueError:
            found = None
        if found is None:
            self.wrong(name, f"{text!r} is no day; write it as 2027-03-31")
        return found

    def check_length(self, rule: LoadedRule | None, approved: date | None, until: date | None) -> None:
        if approved is None or until is None:
            return
        is_critical = rule is not None and rule.rule.severity is Severity.CRITICAL
        longest = LONGEST_CRITICAL if is_critical else LONGEST
        if until < approved:
            self.wrong("until", "it ends before it was approved")
        elif until - approved > longest:
            what = "of a critical rule " if is_critical else ""
            self.wrong("until", f"a waiver {what}ends within {longest.days} days of its approval")

    def condition(self, name: str, text: str, names: Mapping[str, Type]) -> Expression | None:
        source = source_at(self.file, (*self.steps, name), text)
        return understood(source, names, self.problems, BOOL)

    def subject(self, spec: WaiverSpec, rule: LoadedRule | None) -> Expression | None:
        if not spec.subject or rule is None:
            return None
        if rule.loop is None:
            self.wrong("subject", f"{spec.rule} looks at the host as a whole; leave the subject out")
            return None
        names = {ROOT: self.book.schema.host, rule.loop.name: rule.loop.over.type.args[0]}
        return self.condition("subject", spec.subject, names)

    def made(self, spec: WaiverSpec, approved: date, until: date) -> Waiver:
        return Waiver(
            id=spec.id,
            rule=spec.rule,
            hosts=spec.hosts,
            reason=spec.reason.strip(),
            requested_by=spec.requested_by.strip(),
            approved_by=spec.approved_by.strip(),
            approved_on=approved,
            until=until,
            key=spec.key,
            subject=spec.subject,
            covers=frozenset(map(Verdict, spec.covers)),
            compensating_control=spec.compensating_control.strip(),
            compensating_rule=spec.compensating_rule,
            ticket=spec.ticket,
            matched=spec.matched,
            kind=spec.kind,
            controls=spec.controls,
            worksheet=tuple(asdict(spec.worksheet).items()) if spec.worksheet else (),
            proof=spec.proof.strip(),
            source=f"{self.file.name}:{self.file.line(self.steps)}",
        )
