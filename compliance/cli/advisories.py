"""`compliance advisories`: what makers say of flaws, imported from bundles, never fetched."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from compliance.cli import shown, words

if TYPE_CHECKING:
    from compliance.model.advisory import KeptSource

app = typer.Typer(
    no_args_is_help=True,
    help="Import advisories from bundles, list their sources with their age, show one flaw.",
    rich_markup_mode=None,
)


@app.command("import")
def import_bundles(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...", help="Files, folders or zip files.", exists=True, show_default=False
        ),
    ],
    mirrored: Annotated[
        datetime | None,
        typer.Option(
            "--mirrored",
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="The day of files that bear no date of their own.",
            show_default="not known",
        ),
    ] = None,
    config: words.Config = None,
) -> None:
    """Import advisories; each source takes the place of what it said before.

    Formats are told by content: OSV, Debian's tracker and DSA/DLA lists, CSAF and VEX, OpenVEX, OVAL,
    Alpine's secdb, CISA KEV, EPSS, endoflife.date, distro-info. A manifest.json is checked if there is one.

    Exit code 3 if something in the bundles could not be read; what could was imported.
    """
    from compliance.actions.advisories import import_advisories
    from compliance.wiring import open_service

    service = open_service(config)
    day = mirrored.replace(tzinfo=UTC) if mirrored else None
    found = import_advisories(service, paths, mirrored=day)
    for line in _table(found.sources, service.clock()):
        shown.result(line)
    for line in (*found.troubles, *found.warnings):
        shown.line(f"compliance: {line}")
    if found.unknown:
        shown.line(f"compliance: {len(found.unknown)} documents of no known format, as {found.unknown[0]}")
    if found.hosts:
        shown.line(f"they speak of {found.exposed} of {found.hosts} hosts; compliance judge says more")
    raise typer.Exit(shown.Exit.NOT_SEEN if found.troubles else shown.Exit.FINE)


@app.command("list")
def list_sources(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False, config: words.Config = None
) -> None:
    """List the sources with date, age and size; exit code 3 if there is none, or one is older than a week."""
    from compliance.actions.advisories import kept_sources, sources_document
    from compliance.wiring import open_service

    service = open_service(config)
    sources, now = kept_sources(service), service.clock()
    if as_json:
        shown.result(sources_document(sources, now))
    for line in () if as_json else _table(sources, now):
        shown.result(line)
    if not sources:
        shown.line("no advisories are imported; compliance advisories import PATH brings them")
    is_old = not sources or any(source.is_stale(now) for source in sources)
    raise typer.Exit(shown.Exit.NOT_SEEN if is_old else shown.Exit.FINE)


@app.command("show")
def show(
    name: Annotated[
        str, typer.Argument(metavar="CVE", help="A CVE, or the name of an advisory.", show_default=False)
    ],
    config: words.Config = None,
) -> None:
    """Show what is known of a flaw, and which hosts had what it speaks of when they were last seen."""
    from compliance.actions.advisories import show_advisory
    from compliance.wiring import open_service

    found = show_advisory(open_service(config), name)
    outlook = found.outlook
    if outlook.exploited:
        shown.result(f"{found.name} is known to be exploited; to be mended by {outlook.exploited.due}")
    if outlook.score is not None:
        shown.result(f"CVSS {outlook.score}  {outlook.vector}")
    if outlook.likelihood is not None:
        shown.result(f"EPSS {outlook.likelihood:.3f}")
    for advisory, source, severity, hosts in found.entries:
        who = ", ".join(hosts) or "no host"
        shown.result(f"{advisory}  {source}  {severity or '-'}  {who}")


def _table(sources: "tuple[KeptSource, ...]", now: datetime) -> list[str]:
    width = max((len(source.name) for source in sources), default=0)
    return [
        f"{source.name:<{width}}  {_dated(source, now)}  {source.entries:>8,} entries" for source in sources
    ]


def _dated(source: "KeptSource", now: datetime) -> str:
    age = source.age_days(now)
    if source.dated is None or age is None:
        return "date not known        OLD"
    return f"{source.dated:%Y-%m-%d}  {age:>5} days  {'OLD' if source.is_stale(now) else '   '}"
