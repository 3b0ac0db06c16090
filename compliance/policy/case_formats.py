"""What came of rule tests, for a person, for TAP readers (testanything.org, version 14) and as JUnit XML."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

import msgspec
from markupsafe import escape

from compliance.model.text import clean
from compliance.policy.cases import CaseOutcome

_LONGEST = 8000


def plain(outcomes: Sequence[CaseOutcome]) -> str:
    """One line a test with the verdict and how many places were judged; below it what is wrong."""
    return "".join(f"{line}\n" for outcome in outcomes for line in _plain(outcome))


def _plain(outcome: CaseOutcome) -> Iterator[str]:
    yield f"{'ok    ' if outcome.passed else 'FAILED'}  {_name(outcome)}: {_told(outcome)}"
    for fault in outcome.faults:
        yield f"        {outcome.place}"
        yield from (f"        {line}" for line in clean(fault, _LONGEST).splitlines())
    yield from (f"          {clean(line, _LONGEST)}" for line in outcome.trace)


def tap(outcomes: Sequence[CaseOutcome]) -> str:
    """A TAP stream: a plan, a line for each test, and what is wrong as YAML below it."""
    lines = ["TAP version 14", f"1..{len(outcomes)}"]
    for number, outcome in enumerate(outcomes, start=1):
        word = "ok" if outcome.passed else "not ok"
        name = _name(outcome).replace("\\", "\\\\").replace("#", "\\#")
        lines.append(f"{word} {number} - {name}: {_told(outcome)}")
        if outcome.faults:
            lines += ["  ---", f"  at: {_quoted(outcome.place)}", "  faults:"]
            lines += [f"    - {_quoted(fault)}" for fault in outcome.faults]
            lines += (
                ["  trace:", *(f"    - {_quoted(line)}" for line in outcome.trace)] if outcome.trace else []
            )
            lines.append("  ...")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text as a JSON string, which is a YAML scalar too."""
    return msgspec.json.encode(clean(text, _LONGEST)).decode()


def junit(outcomes: Sequence[CaseOutcome]) -> str:
    """JUnit XML: a suite for each rule, with what is wrong as failures; times are not measured."""
    failed = sum(not outcome.passed for outcome in outcomes)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuites name="rules" tests="{len(outcomes)}" failures="{failed}">')
    for rule, group in groupby(outcomes, key=lambda outcome: outcome.rule):
        lines += _suite(rule, list(group))
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _suite(rule: str, outcomes: Sequence[CaseOutcome]) -> Iterator[str]:
    failed = sum(not outcome.passed for outcome in outcomes)
    yield f'  <testsuite name="{escape(rule)}" tests="{len(outcomes)}" failures="{failed}">'
    for outcome in outcomes:
        file, _, line = outcome.place.rpartition(":")
        name = escape(clean(outcome.name))
        yield f'    <testcase classname="{escape(rule)}" name="{name}" file="{escape(file)}" line="{line}">'
        for fault in outcome.faults:
            text = escape(clean("\n".join([fault, *outcome.trace]), _LONGEST))
            yield f'      <failure message="{text.splitlines()[0]}">{text}</failure>'
        yield f"      <system-out>{escape(_told(outcome))}</system-out>"
        yield "    </testcase>"
    yield "  </testsuite>"


def _name(outcome: CaseOutcome) -> str:
    return clean(f"{outcome.rule}: {outcome.name}").replace("\n", " ")


def _told(outcome: CaseOutcome) -> str:
    places = "1 place" if outcome.judged == 1 else f"{outcome.judged} places"
    return f"{outcome.verdict or 'not run'}, {places} judged"


FORMATS: Mapping[str, Callable[[Sequence[CaseOutcome]], str]] = {"plain": plain, "tap": tap, "junit": junit}
"""The ways in which the outcome of tests can be told."""
