"""Bounds: a content cut to so many rows, which says how many it left out."""

from collections.abc import Iterable
from dataclasses import replace

from compliance.report.cases import Case
from compliance.report.content import Content, LeftOut
from compliance.report.standards import GroupRow, Standard


def bounded(whole: Content, rows: int) -> Content:
    """The content with about `rows` rows at most, and in `left_out` how many each section lost.

    Half of them are for findings, a fifth for controls, a tenth for each list of what was not seen.
    Headline, numbers, what to do first, counts and chapters are never cut, nor what is undecided of no
    single host.
    """
    tenth = max(rows // 10, 1)
    failures, fewer_findings = _cut_cases(whole.failures, 5 * tenth)
    frameworks, fewer_controls = _cut_standards(whole.standards, 2 * tenth)
    seen = whole.coverage
    apart = tuple(row for row in whole.undecided if row.apart)
    of_hosts = [row for row in whole.undecided if not row.apart]
    return replace(
        whole,
        failures=failures,
        undecided=(*apart, *of_hosts[:tenth]),
        coverage=replace(seen, hosts=seen.hosts[:tenth], blanks=seen.blanks[:tenth]),
        standards=frameworks,
        left_out=LeftOut(
            findings=fewer_findings,
            undecided=max(len(of_hosts) - tenth, 0),
            controls=fewer_controls,
            hosts=max(len(seen.hosts) - tenth, 0),
            blanks=max(len(seen.blanks) - tenth, 0),
        ),
    )


def _cut_cases(cases: Iterable[Case], rows: int) -> tuple[tuple[Case, ...], int]:
    kept, left_out = [], 0
    for case in cases:
        shown = case.places[:rows]
        rows -= len(shown)
        left_out += len(case.places) - len(shown)
        if shown:
            kept.append(replace(case, places=shown))
    return tuple(kept), left_out


def _cut_standards(standards: Iterable[Standard], rows: int) -> tuple[tuple[Standard, ...], int]:
    kept, left_out = [], 0
    for standard in standards:
        groups: list[GroupRow] = []
        for group in standard.groups:
            shown = group.controls[:rows]
            rows -= len(shown)
            left_out += len(group.controls) - len(shown)
            groups.append(replace(group, shown=shown))
        kept.append(replace(standard, groups=tuple(groups)))
    return tuple(kept), left_out
