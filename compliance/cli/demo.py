"""`compliance demo`: a small parking operator on loopback, scanned, judged and reported from end to end."""

from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Annotated

import typer

from compliance.cli import shown, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compliance.actions.service import Service
    from compliance.model.result import Result
    from compliance.model.rule import Rule
    from compliance.model.scan import Scan

_NAP = 3600.0


def demo(
    folder: Annotated[
        Path, typer.Option("--into", help="Folder for the estate, its database and its reports.")
    ] = Path("compliance-demo"),
    hold: Annotated[
        bool, typer.Option("--hold", help="Keep the servers running afterwards, until Ctrl-C.")
    ] = False,
    quiet: words.Quiet = False,
) -> None:
    """Run a parking operator of a dozen hosts on loopback, scan it, and show what is found.

    Real servers, several of them wrong in ways that matter: old TLS, a key shared by two car parks, a barrier
    that anybody may open, card numbers and plates left lying about. Nothing but this machine is touched.
    Exit code 0 if the estate was scanned, 4 if it could not be made.
    """
    from compliance.actions.advisories import import_advisories
    from compliance.actions.inventory import import_inventory
    from compliance.demo.estate import estate
    from compliance.wiring import open_service

    home = folder.absolute()
    with estate(home) as standing:
        for host, package in standing.left_out.items():
            shown.line(f"{host} stays dark: install {package} to see it")
        service = open_service(standing.papers.settings)
        import_inventory(service, standing.papers.inventory)
        import_advisories(service, [standing.papers.advisories])
        done = _scanned(service, home, quiet=quiet)
        shown.result("\n".join(_told(done, service)))
        for text in _to_try(folder):
            shown.line(text)
        while hold:
            sleep(_NAP)


def _scanned(service: "Service", home: Path, *, quiet: bool) -> "Scan":
    """The scan of every host by every scanner, with its report written."""
    from compliance.actions.choose import Among, Order, names_among
    from compliance.actions.report import write_reports
    from compliance.actions.scan import scan
    from compliance.cli.progress import watching

    order = Order(hosts=names_among(service, Among()), scanners=tuple(service.scanners), profile="everything")
    with watching(order.hosts, quiet=quiet) as watch:
        done = scan(service, order, watch)
    write_reports(service, done, (home / "report.html",))
    return done


def _told(done: "Scan", service: "Service") -> "Iterator[str]":
    """One family of findings a line: how many fail, and the worst of them."""
    from compliance.model.result import Verdict

    rules = service.policies.rules
    families: dict[str, list[Result]] = {}
    for result in done.results:
        families.setdefault(rules[result.rule].pack, []).append(result)
    yield f"{len(done.hosts)} hosts, {len(done.results)} results"
    yield f"  {'family':<16} {'fail':>5} {'not known':>10}  worst"
    for family, results in sorted(families.items()):
        failing = sorted(
            (each for each in results if each.verdict is Verdict.FAIL), key=lambda each: -each.severity.rank
        )
        unknown = sum(each.verdict is Verdict.UNKNOWN for each in results)
        yield f"  {family:<16} {len(failing):>5} {unknown:>10}{_worst(failing, rules)}"
    yield from _waived(done)


def _worst(failing: "list[Result]", rules: "Mapping[str, Rule]") -> str:
    if not failing:
        return ""
    worst = failing[0]
    return f"  {worst.severity}, wanted of {worst.host}: {rules[worst.rule].title}"


def _waived(done: "Scan") -> "Iterator[str]":
    """One waiver a line: its kind, its end, and how much it covers."""
    for standing in done.waivers:
        waiver, covered = standing.waiver, len(standing.covered)
        yield f"waiver {waiver.id}, {waiver.kind}, until {waiver.until}: {waiver.rule}, {covered} covered"


def _to_try(folder: Path) -> tuple[str, ...]:
    config = f"--config {folder / 'compliance.toml'}"
    return (
        f"report written: {folder / 'report.html'}",
        f"what was declared: {folder / 'inventory.yaml'}",
        f"try: compliance hosts list {config}",
        f"     compliance report write {folder / 'report.pdf'} {config}",
        f"     compliance judge --profile saq-b-ip {config}",
        f"     compliance report pack -o {folder / 'evidence.zip'} {config}",
        f"     compliance demo --into {folder} --hold, and in another terminal:",
        f"     compliance scan kiosk-north-2 {config}",
        f"     compliance scan terminal-north-1 --profile saq-b-ip --report {folder / 'saq.html'} {config}",
    )
