"""Method and provenance: which scan this was, how it came about, and how to read what it says."""

from collections import Counter
from dataclasses import dataclass

from compliance.model.result import Verdict
from compliance.model.scan import Scan
from compliance.model.text import clean_line
from compliance.report.coverage import Coverage
from compliance.report.words import listed, plural, utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Which scan the report tells of, and what made it."""

    scan: str
    started: str
    finished: str
    duration: str
    version: str
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A term and what it means, or a fact about the scan."""

    term: str
    text: str


READING = (
    Note(
        term="Checks pass",
        text="Every check that bears on the control was decided on every host, and passes. It says nothing "
        "of the parts that no check covers. Whether the control is met, the assessor concludes.",
    ),
    Note(term="Checks fail", text="At least one check that bears on the control fails on at least one host."),
    Note(
        term="Not all seen",
        text="No check fails, but at least one could not be decided because something was not seen. "
        "It never counts as passing and stays in every denominator.",
    ),
    Note(
        term="Not tested by a machine",
        text="People decide this control: by a document, an interview or a walk through the building. "
        "This report neither confirms nor denies it.",
    ),
    Note(term="Not tested", text="A machine could decide some of it, but no check of this scan bears on it."),
    Note(
        term="Does not apply",
        text="Every check of it found nothing to look at, as a rule for a service that is not there. "
        "Such checks stand apart and are in no denominator.",
    ),
    Note(
        term="Bars",
        text="Each bar is the distinct checks of a chapter: passing, failing and not decided, in that order, "
        "with their numbers. A check that bears on several controls is counted once in its chapter.",
    ),
)


def provenance(scan: Scan) -> Provenance:
    """Where the report comes from; times are UTC."""
    seconds = max(int((scan.finished - scan.started).total_seconds()), 0)
    minutes, rest = divmod(seconds, 60)
    return Provenance(
        scan=clean_line(scan.id, 80),
        started=utc(scan.started),
        finished=utc(scan.finished),
        duration=f"{minutes} min {rest} s" if minutes else f"{rest} s",
        version=clean_line(scan.version, 40),
        profile=clean_line(scan.profile, 80) or "none",
    )


def method(scan: Scan, seen: Coverage) -> tuple[Note, ...]:
    """How the scan came about and what its counts are made of."""
    counts = Counter(result.verdict for result in scan.results)
    verdicts = ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in Verdict if counts[verdict])
    typed = tuple(clean_line(host.name, 253) for host in scan.hosts if not host.declared)
    notes = [
        Note(
            term="Way of working",
            text="Scanners asked each host and kept the raw facts; rules judged the facts. Nothing was "
            "changed on any host. The same facts and rules give the same results again.",
        ),
        Note(term="Scanners", text=listed(tuple(row.name for row in seen.scanners), 20) or "none was run"),
        Note(term="Results", text=f"{plural(len(scan.results), 'result')}: {verdicts or 'none'}"),
    ]
    notes += _judged_from(scan) + _left_out(scan)
    if typed:
        notes.append(Note(term="Not in the inventory", text=f"{listed(typed)}: nothing is declared of them."))
    return tuple(notes)


def _left_out(scan: Scan) -> list[Note]:
    """The rules that the profile leaves out, each with its reason."""
    reasons = {
        clean_line(result.rule, 120): clean_line(result.message, 500)
        for result in scan.results
        if result.verdict is Verdict.NOTSELECTED
    }
    return [Note(term=f"Left out: {rule}", text=reason) for rule, reason in sorted(reasons.items())]


def _judged_from(scan: Scan) -> list[Note]:
    """What the results were made from, by digest; nothing for scans that did not write it down."""
    judgement = scan.judgement
    if judgement is None:
        return []
    text = (
        f"compliance {clean_line(judgement.engine, 40)}, the profile {judgement.profile[:16]}, "
        f"{plural(len(judgement.rules), 'rule')} "
        f"and what was seen of {plural(len(judgement.hosts), 'host')}, each by its SHA-256 in results.json: "
        "the same digests give the same results."
    )
    return [Note(term="Judged from", text=text)]
