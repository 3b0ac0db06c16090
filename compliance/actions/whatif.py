"""What if: the facts of a kept scan judged by other rules or on another day, and what would change."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec

from compliance.actions.choose import chosen_profile
from compliance.actions.judge import judge_observations, looked_at, with_waivers
from compliance.actions.pack import kept_scan
from compliance.actions.service import Service
from compliance.actions.vulnerable import with_vulnerabilities
from compliance.model.profile import Profile
from compliance.model.result import Result, Verdict
from compliance.model.scan import Scan
from compliance.model.score import Score, score
from compliance.model.text import clean_line
from compliance.policy.load import load_rules
from compliance.policy.rulebook import RuleBook

_MOST_NAMED = 6
_WORST = (Verdict.FAIL, Verdict.ERROR, Verdict.UNKNOWN, Verdict.PASS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What should be tried on the facts of a kept scan."""

    scan: str = ""
    """Id of the scan; empty for the newest."""
    rules: tuple[Path, ...] = ()
    """Rule files: rules of the same id take the place of those in force, others are asked besides."""
    profile: str = ""
    """Id of a profile; empty for the scan's own."""
    as_of: datetime | None = None
    """When facts count as too old and waivers as over; None for when they were seen, and for now."""
    waivers: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One place of which something else would be said."""

    host: str
    rule: str
    key: str
    before: str
    """The verdict, with `(waived)` behind it; empty where nothing was said of the place."""
    after: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What would change."""

    scan: Scan
    """The scan as it was judged."""
    tried: Scan
    """The same facts, judged otherwise, and by the advisories of today; kept nowhere."""
    changes: tuple[Change, ...]
    unasked: tuple[str, ...] = ()
    """Rules that read what no scanner of the scan was sent for, and so say nothing."""


def try_out(service: Service, question: Question) -> Answer:
    """What would change; no host is touched and nothing is kept. Raises `BadRule`, `UnknownName`."""
    scan = kept_scan(service, question.scan)
    other = with_waivers(_with_rules(service, question.rules), question.waivers)
    if question.as_of is not None:
        moment = question.as_of
        other = replace(other, clock=lambda: moment)
    profile = _with_new_rules(chosen_profile(other, question.profile or scan.profile), other, service)
    observations = with_vulnerabilities(other, scan.observations)
    judged = judge_observations(
        other,
        scan.hosts,
        observations,
        profile,
        as_of=question.as_of,
        inventory=scan.judgement.inventory if scan.judgement else "",
    )
    fresh = replace(scan, observations=observations, results=judged, waivers=(), profile=profile.id)
    tried = looked_at(other, fresh)
    spoken = {result.rule for result in tried.results}
    return Answer(
        scan=scan,
        tried=tried,
        changes=tuple(_changes(scan.results, tried.results)),
        unasked=tuple(rule for rule in profile.rules if rule not in spoken),
    )


def _with_rules(service: Service, files: Sequence[Path]) -> Service:
    """The service with the rules of some files instead of those of the same ids, or besides them."""
    if not files:
        return service
    policies = service.policies
    more = load_rules(files, service.fact_types)
    both = {**policies.book.loaded, **more.loaded}
    book = RuleBook(tuple(both.values()), policies.book.schema)
    return replace(service, policies=replace(policies, book=book))


def _with_new_rules(profile: Profile, other: Service, before: Service) -> Profile:
    """The profile with the rules that are tried for the first time; no selection can name them yet."""
    new = {rule.id for rule in other.policies.book} - {rule.id for rule in before.policies.book}
    return replace(profile, rules=tuple(sorted({*profile.rules, *new})))


def _changes(before: Sequence[Result], after: Sequence[Result]) -> Iterator[Change]:
    """Each place of which something else is said, what fails now first."""
    old = {(r.host, r.rule, r.key): r for r in before}
    new = {(r.host, r.rule, r.key): r for r in after}
    found = [
        Change(
            host=host,
            rule=rule,
            key=key,
            before=_said(old.get((host, rule, key))),
            after=_said(new.get((host, rule, key))),
            message=(new.get((host, rule, key)) or old[host, rule, key]).message,
        )
        for host, rule, key in sorted(old.keys() | new.keys())
    ]
    yield from sorted((one for one in found if one.before != one.after), key=_rank)


def _said(result: Result | None) -> str:
    if result is None:
        return ""
    return f"{result.verdict} (waived)" if result.waived_by else result.verdict.value


def _rank(change: Change) -> int:
    words = [verdict.value for verdict in _WORST]
    return words.index(change.after) if change.after in words else len(words)


def told_answer(answer: Answer) -> Iterator[str]:
    """What would change, one line each, and the scores before and after.

    Results that fall away where another profile asks for less are counted alone.
    """
    is_narrower = answer.scan.profile != answer.tried.profile
    fallen = [change for change in answer.changes if is_narrower and not change.after]
    for change in answer.changes:
        if is_narrower and not change.after:
            continue
        where = " ".join(word for word in (change.host, change.key) if word)
        step = f"{change.before or 'nothing'} -> {change.after or 'nothing'}"
        yield clean_line(f"{step:<22} {where}  {change.rule}: {change.message}", 400)
    if answer.unasked:
        names = ", ".join(answer.unasked[:_MOST_NAMED])
        more = f" and {len(answer.unasked) - _MOST_NAMED} more" if len(answer.unasked) > _MOST_NAMED else ""
        yield f"not judged, as the scan did not look at what they read: {names}{more}"
    if fallen:
        counts = Counter(change.before for change in fallen)
        told = ", ".join(f"{number} {word}" for word, number in counts.most_common())
        yield f"no longer asked for by {answer.tried.profile}: {told}"
    count = len(answer.changes)
    told = "nothing would change" if not count else f"{count} of the results would change"
    before, after = (_scored(score(each.results)) for each in (answer.scan, answer.tried))
    yield f"{told}; {before} before, {after} after"


def _scored(found: Score) -> str:
    share = f"{found.passed} of {found.total} rules pass ({found.percent_passed} %"
    return f"{share}, {found.percent_decided} % decided)"


def answer_document(answer: Answer) -> bytes:
    """The JSON document `whatif/v1` of docs/json.md, indented."""
    document = {
        "format": "whatif/v1",
        "scan": answer.scan.id,
        "profile": {"before": answer.scan.profile, "after": answer.tried.profile},
        "score": {"before": _score(answer.scan), "after": _score(answer.tried)},
        "unasked": answer.unasked,
        "changes": [
            {
                "host": change.host,
                "rule": change.rule,
                "key": change.key,
                "before": change.before or None,
                "after": change.after or None,
                "message": change.message,
            }
            for change in answer.changes
        ],
    }
    return msgspec.json.format(msgspec.json.encode(document))


def _score(scan: Scan) -> dict[str, int]:
    found = score(scan.results)
    return {
        "pass": found.passed,
        "fail": found.failed,
        "unknown": found.unknown,
        "error": found.error,
        "percent_passed": found.percent_passed,
        "percent_decided": found.percent_decided,
    }
