"""The table an engineer reads: what fails and how to mend it, worst first; what was not seen; the counts."""

import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from compliance.model.framework import Assessment
from compliance.model.result import ESTATE, FLEET, Result, Verdict
from compliance.model.rule import Rule, Severity
from compliance.model.scan import Blank, Scan
from compliance.model.score import score
from compliance.model.text import clean
from compliance.report.apart import Apart, apart
from compliance.report.cases import OpenRow, undecided
from compliance.report.words import listed

COLOURS = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
PLACES_SHOWN = 8
"""How many places one rule's failure lists on one host; JSON and CSV list them all."""

_HOSTS_NAMED = 3
_INDENT = 10
_WIDTH_OF_A_PIPE = 100
_NARROWEST = 40
_LONGEST_TEXT = 2000


def print_table(scan: Scan, rules: Mapping[str, Rule]) -> None:
    """Print the scan on standard output: never wider than the terminal, plain where it is none."""
    to_terminal = sys.stdout.isatty()
    console = Console(
        file=sys.stdout,
        highlight=False,
        markup=False,
        emoji=False,
        width=None if to_terminal else _WIDTH_OF_A_PIPE,
    )
    for line in _lines(scan, rules, max(console.width, _NARROWEST)):
        console.print(line, soft_wrap=True)


def _lines(scan: Scan, rules: Mapping[str, Rule], width: int) -> Iterator[Text]:
    claims = _claims(scan.assessments)
    failing = sorted(
        (r for r in scan.results if r.verdict is Verdict.FAIL),
        key=lambda r: (bool(r.waived_by), -r.severity.rank, r.host, r.rule, r.key),
    )
    for (host, rule), group in groupby(failing, key=lambda r: (r.host, r.rule)):
        if host not in (ESTATE, FLEET):
            yield from _failure(host, rules[rule], list(group), claims.get(rule, ""), width)
    for part in apart(scan):
        yield from _apart(part, undecided(scan, rules), width)
        for (host, rule), group in groupby(failing, key=lambda r: (r.host, r.rule)):
            if host == part.host:
                yield from _failure("", rules[rule], list(group), claims.get(rule, ""), width)
    yield from _not_seen(scan, width)
    yield from _waivers(scan, width)
    yield from (Text(line) for line in textwrap.wrap(_score(scan), width))
    yield from (Text(line, style="bold") for line in textwrap.wrap(_counts(scan), width))


def _failure(host: str, rule: Rule, results: list[Result], controls: str, width: int) -> Iterator[Text]:
    severity = results[0].severity
    where = results[0].key if len(results) == 1 else f"{len(results)} places"
    title = "  ".join(word for word in (clean(host), clean(where), rule.title) if word)
    for line in _wrapped(severity.upper(), title, width):
        line.stylize("bold", _INDENT)
        line.stylize(COLOURS[severity], 0, len(severity) if line.plain[0] != " " else 0)
        yield line
    for place, result in enumerate(results[:PLACES_SHOWN]):
        waived = f"  [waived by {result.waived_by}]" if result.waived_by else ""
        yield from _wrapped("" if place else "  saw", f"{result.message}{waived}", width)
    if len(results) > PLACES_SHOWN:
        yield from _wrapped(
            "", f"... and {len(results) - PLACES_SHOWN} more; --format json lists them all", width
        )
    yield from _wrapped("  fix", results[0].fix, width)
    for line in _wrapped("  rule", "  ".join(word for word in (rule.id, controls) if word), width):
        line.stylize("dim")
        yield line
    yield Text()


def _apart(part: Apart, rows: Sequence[OpenRow], width: int) -> Iterator[Text]:
    """What stands above the failures of no single host: the counts, and a line for each undecided rule."""
    checks = part.checks
    if not checks.total:
        return
    counts = f"{checks.failed} fail, {checks.passed} pass, {checks.not_seen} unknown"
    yield Text(f"{part.title.upper()}: {counts}", style="bold")
    for row in rows:
        if row.apart == part.host:
            yield from _wrapped("  open", f"{row.rule}, {row.where}: {row.why}", width)
    yield Text()


def _wrapped(label: str, text: str, width: int) -> Iterator[Text]:
    """The text in lines of the width, indented; the label stands before the first."""
    lead = f"{label:<{_INDENT}}"
    for paragraph in text.strip().splitlines():
        wrapped = textwrap.wrap(
            clean(paragraph, _LONGEST_TEXT), width, initial_indent=lead, subsequent_indent=" " * _INDENT
        )
        yield from map(Text, wrapped)
        lead = " " * _INDENT


def _not_seen(scan: Scan, width: int) -> Iterator[Text]:
    blanks = scan.blanks
    if not blanks:
        return
    for line in _wrapped("NOT SEEN", "what could not be looked at; it counts as neither good nor bad", width):
        line.stylize("bold magenta")
        yield line
    hosts: dict[str, list[str]] = {}
    for blank in blanks:
        hosts.setdefault(_told(blank), []).append(blank.host)
    for told, names in hosts.items():
        yield from _wrapped("", f"{listed(tuple(dict.fromkeys(names)), _HOSTS_NAMED)}  {told}", width)
    yield Text()


def _told(blank: Blank) -> str:
    part = f" {blank.path}" if blank.path else ""
    return f"{blank.scanner}{part}: {blank.reason}: {blank.detail}"


def _waivers(scan: Scan, width: int) -> Iterator[Text]:
    """What there is to say against waivers; those in good order stand beside what they cover."""
    remarked = [standing for standing in scan.waivers if standing.remarks]
    if not remarked:
        return
    yield Text("WAIVERS   that somebody should look at", style="bold magenta")
    for standing in remarked:
        for each in standing.remarks:
            waiver = standing.waiver
            yield from _wrapped("", f"{waiver.id}  {waiver.rule}: {each.remark}: {each.text}", width)
    yield Text()


def _counts(scan: Scan) -> str:
    counts = [
        (verdict.value, scan.count(verdict)) for verdict in (Verdict.FAIL, Verdict.UNKNOWN, Verdict.ERROR)
    ]
    words = [f"{scan.count(Verdict.PASS)} pass", *(f"{number} {word}" for word, number in counts)]
    if scan.waived:
        words[1] += f" ({scan.waived} waived)"
    words.append(f"{scan.count(Verdict.NOTAPPLICABLE)} notapplicable")
    if scan.count(Verdict.NOTSELECTED):
        words.append(f"{scan.count(Verdict.NOTSELECTED)} left out by the profile")
    hosts = "1 host" if len(scan.hosts) == 1 else f"{len(scan.hosts)} hosts"
    seconds = (scan.finished - scan.started).total_seconds()
    return f"{hosts}: {', '.join(words)}  (scan {scan.id}, {seconds:.1f} s)"


def _score(scan: Scan) -> str:
    """The score, never without its coverage."""
    found = score(scan.results)
    return (
        f"Rules: {found.passed} of {found.total} pass ({found.percent_passed} %); "
        f"{found.percent_decided} % could be decided"
    )


def _claims(assessments: Sequence[Assessment]) -> dict[str, str]:
    """What each rule bears on, as `PCI DSS 2.2.7, 4.2.1`."""
    named: dict[str, list[str]] = {}
    for assessment in assessments:
        ids: dict[str, list[str]] = {}
        for control in assessment.framework.controls:
            for claim in control.claims:
                ids.setdefault(claim.rule, []).append(control.id)
        for rule, controls in ids.items():
            named.setdefault(rule, []).append(f"{assessment.framework.title} {', '.join(controls)}")
    return {rule: "; ".join(controls) for rule, controls in named.items()}
