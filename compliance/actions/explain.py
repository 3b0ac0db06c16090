"""Explain what a rule said of a host: the parts that decided, the facts seen, and who saw them when."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from compliance.actions.choose import chosen_profile, named
from compliance.actions.estate import seen_declared
from compliance.actions.judge import seen_together
from compliance.actions.service import Service
from compliance.model.errors import UnknownName
from compliance.model.result import Verdict
from compliance.model.scan import Scan
from compliance.model.text import clean_line
from compliance.policy.estate import ESTATE
from compliance.policy.evaluate import Subject
from compliance.policy.explain import Explanation, Ground, Step, explained
from compliance.policy.fleet import FLEET
from compliance.policy.judge import outcomes, rolled_up
from compliance.policy.loaded import LoadedRule
from compliance.policy.profiles import tailored
from compliance.policy.witness import Witness, witness_of

MOST = 20
"""Places that are explained unless one is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody wants explained."""

    rule: str
    host: str
    scan: str = ""
    """Id of a kept scan; empty for the newest one of that host."""
    key: str | None = None
    """The place; None for those that made the rule's verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Why a rule says what it says of a host."""

    scan: Scan
    verdict: Verdict
    """The verdict of the rule on the host as a whole."""
    explanations: tuple[Explanation, ...]
    others: int
    """How many places have another verdict, or are too many to be told."""


def explain(service: Service, question: Question) -> Answer:
    """Judge the kept facts again, and say why it comes to what it does; raises `UnknownName`."""
    scan = _scan_of(service, question)
    told = {FLEET: _of_fleet, ESTATE: _of_estate}.get(question.host, _of_host)
    loaded, witness = told(service, question, scan)
    found = outcomes(loaded, witness)
    whole = rolled_up(found)
    chosen = [outcome for outcome in found if outcome.verdict is whole][:MOST]
    if question.key is not None:
        by_key = {outcome.key: outcome for outcome in found}
        chosen = [named(by_key, question.key, kind="place of this rule")]
    return Answer(
        scan=scan,
        verdict=whole,
        explanations=tuple(explained(loaded, witness, outcome) for outcome in chosen),
        others=len(found) - len(chosen),
    )


def _of_host(service: Service, question: Question, scan: Scan) -> tuple[LoadedRule, Witness]:
    """The rule with the scan's profile in force, and what was known of the host."""
    host = next(host for host in scan.hosts if host.name == question.host)
    book = service.policies.book
    loaded = named(book.loaded, question.rule, kind="rule")
    profile = chosen_profile(service, scan.profile)
    if question.rule in profile.rules:
        loaded = tailored(profile, book)[question.rule]
    of_host = tuple(o for o in scan.observations if o.task.host == host.name)
    return loaded, witness_of(book.schema, Subject(host=host, observations=of_host))


def _of_fleet(service: Service, question: Question, scan: Scan) -> tuple[LoadedRule, Witness]:
    """The fleet rule, and what all hosts of the scan show together."""
    rules = service.policies.fleet.loaded if service.policies.fleet else {}
    loaded = named(rules, question.rule, kind="rule of the fleet")
    return loaded, seen_together(service, scan.hosts, scan.observations)


def _of_estate(service: Service, question: Question, scan: Scan) -> tuple[LoadedRule, Witness]:
    """The estate rule, and what the inventory declared at the time of the scan."""
    rules = service.policies.estate.loaded if service.policies.estate else {}
    loaded = named(rules, question.rule, kind="rule of the estate")
    inventory = scan.judgement.inventory if scan.judgement else ""
    witness = seen_declared(service, scan.hosts, scan.observations, inventory)
    if witness is None:
        raise UnknownName("no inventory was ever imported", hint="compliance hosts import FILE")
    return loaded, witness


def _scan_of(service: Service, question: Question) -> Scan:
    """The kept scan that is named, or the newest finished one of the host."""
    with service.store.begin() as unit:
        entries = [entry for entry in unit.scans.all() if question.host in (*entry.hosts, FLEET, ESTATE)]
        ids = [entry.id for entry in entries if entry.finished]
        if question.scan:
            ids = [entry.id for entry in entries if entry.id == question.scan]
        if not ids:
            which = f"scan {ascii(question.scan)[:40]}" if question.scan else "finished scan"
            raise UnknownName(
                f"no {which} of {ascii(question.host)[:80]} is kept",
                hint="compliance report list shows those that are",
            )
        return unit.scans.read(ids[0])


def told_answer(answer: Answer) -> str:
    """The answer for a person, as lines."""
    lines: list[str] = []
    for explanation in answer.explanations:
        lines += [*_told(explanation), ""]
    when = f"{answer.scan.started:%Y-%m-%d %H:%M:%S} UTC"
    more = f"; {answer.others} other places" if answer.others else ""
    lines.append(f"the rule as a whole: {answer.verdict} (scan {answer.scan.id} of {when}{more})")
    return "\n".join(lines) + "\n"


def _told(explanation: Explanation) -> Iterator[str]:
    where = " ".join(word for word in (explanation.host, explanation.key) if word)
    yield clean_line(f"{explanation.rule} on {where}: {explanation.verdict}")
    yield f"  {clean_line(explanation.message)}"
    if explanation.part:
        yield f"  because of its `{explanation.part}`:"
    yield from _lines(explanation.steps, "    ")


def _lines(steps: Iterable[Step], indent: str) -> Iterator[str]:
    for step in steps:
        yield f"{indent}{clean_line(step.text)}  is  {clean_line(step.value)}    ({step.place})"
        yield from (f"{indent}    {_ground(ground)}" for ground in step.grounds)
        yield from _lines(step.steps, f"{indent}    ")


def _ground(ground: Ground) -> str:
    by = (
        f"    (by {ground.scanner}, {ground.at:%Y-%m-%d %H:%M:%S} UTC)"
        if ground.scanner and ground.at
        else ""
    )
    if ground.why_not:
        return clean_line(f"{ground.path}: NOT SEEN: {ground.why_not}") + by
    return clean_line(f"{ground.path} = {ground.seen}") + by


def answer_document(answer: Answer) -> bytes:
    """The JSON document `explanation/v1` of docs/json.md, indented."""
    document: dict[str, Any] = {
        "format": "explanation/v1",
        "scan": answer.scan.id,
        "result": answer.verdict,
        "others": answer.others,
        "explanations": [_document(explanation) for explanation in answer.explanations],
    }
    return msgspec.json.format(msgspec.json.encode(document))


def _document(explanation: Explanation) -> dict[str, Any]:
    return {
        "host": explanation.host,
        "rule": explanation.rule,
        "key": explanation.key,
        "result": explanation.verdict,
        "message": explanation.message,
        "part": explanation.part,
        "steps": _steps(explanation.steps),
    }


def _steps(steps: Sequence[Step]) -> list[dict[str, Any]]:
    return [
        {
            "text": step.text,
            "value": step.value,
            "place": step.place,
            "facts": [_fact(ground) for ground in step.grounds],
            "steps": _steps(step.steps),
        }
        for step in steps
    ]


def _fact(ground: Ground) -> dict[str, Any]:
    return {
        "path": ground.path,
        "seen": None if ground.why_not else ground.seen,
        "not_seen": ground.why_not or None,
        "scanner": ground.scanner or None,
        "at": ground.at if ground.scanner else None,
    }
