"""What a report costs: the sample in both formats, and the longest PDF there is."""

import sys
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from time import process_time

import pikepdf

from compliance.model.result import Verdict
from compliance.model.scan import Scan
from compliance.report.content import content
from compliance.report.formats import formats
from tests.samples import sample_rules, sample_scan

_FLEET = 80


def _fleet() -> Scan:
    """The sample so many times over: more failures than a PDF holds."""
    one = sample_scan()
    return replace(
        one,
        hosts=tuple(replace(h, name=f"{n}.{h.name}") for n in range(_FLEET) for h in one.hosts),
        observations=tuple(
            replace(o, task=replace(o.task, host=f"{n}.{o.task.host}"))
            for n in range(_FLEET)
            for o in one.observations
        ),
        results=tuple(replace(r, host=f"{n}.{r.host}") for n in range(_FLEET) for r in one.results),
    )


def _timed(work: Callable[[], bytes]) -> tuple[float, bytes]:
    began = process_time()
    made = work()
    return process_time() - began, made


def _bar(name: str, value: float, most: float) -> bool:
    fits = value <= most
    print(f"bar {name}: {value:.2f} (want <= {most:g}) {'ok' if fits else 'short'}")
    return fits


def _pages(pdf: bytes) -> int:
    with pikepdf.open(BytesIO(pdf)) as document:
        return len(document.pages)


def run() -> int:
    """Print one line for each bar; 1 if one falls short."""
    said = content(sample_scan(), sample_rules())
    html_seconds, html = _timed(lambda: formats()[".html"].render(said))
    pdf_seconds, pdf = _timed(lambda: formats()[".pdf"].render(said))
    fleet = _fleet()
    assert fleet.count(Verdict.FAIL) > 1000
    content_seconds, _ = _timed(lambda: repr(content(fleet, sample_rules()).headline).encode())
    whole = content(fleet, sample_rules())
    fleet_html_seconds, _ = _timed(lambda: formats()[".html"].render(whole))
    fleet_seconds, fleet_pdf = _timed(lambda: formats()[".pdf"].render(whole))
    bars = [
        _bar("sample html, CPU s", html_seconds, 1),
        _bar("sample html, KB", len(html) / 1024, 400),
        _bar("sample pdf, CPU s", pdf_seconds, 3),
        _bar("sample pdf, pages", _pages(pdf), 12),
        _bar("content of 480 hosts, CPU s", content_seconds, 1),
        _bar("html of 480 hosts, CPU s", fleet_html_seconds, 2),
        _bar("pdf of 480 hosts, CPU s", fleet_seconds, 30),
        _bar("pdf of 480 hosts, pages", _pages(fleet_pdf), 80),
    ]
    return 0 if all(bars) else 1


if __name__ == "__main__":
    sys.exit(run())
