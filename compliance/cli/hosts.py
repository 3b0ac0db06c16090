"""`compliance hosts`: the machines we answer for."""

from pathlib import Path
from typing import Annotated

import typer

from compliance.cli import shown, words

app = typer.Typer(
    no_args_is_help=True, help="Add, list and retire the hosts of the inventory.", rich_markup_mode=None
)


@app.command("add")
def add_host(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What the host is called in reports.", show_default=False)
    ],
    address: Annotated[
        str,
        typer.Option(
            "--address", help="IP address or DNS name; the name itself if not given.", show_default=False
        ),
    ] = "",
    site: Annotated[str, typer.Option("--site", help="Where it stands.", show_default=False)] = "",
    zone: Annotated[
        str, typer.Option("--zone", help="Network zone, as cde, connected, guest.", show_default=False)
    ] = "",
    role: Annotated[
        str, typer.Option("--role", help="What it does, as pay-station, database.", show_default=False)
    ] = "",
    owner: Annotated[str, typer.Option("--owner", help="Who answers for it.", show_default=False)] = "",
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope", help="cardholder-data or personal-data; may be repeated.", show_default="both"
        ),
    ] = None,
    ports: words.Ports = None,
    login: words.Login = "",
    pace: Annotated[
        str,
        typer.Option(
            "--pace",
            help="How gently it is met: gentle, normal, brisk.",
            show_default="by its role, else normal",
        ),
    ] = "",
    config: words.Config = None,
) -> None:
    """Add a host to the inventory, or replace what is declared about it."""
    from compliance.actions.enrol import enrol, parsed_host
    from compliance.wiring import open_service

    host = parsed_host(
        name=name,
        address=address or name,
        declared={"site": site, "zone": zone, "role": role, "owner": owner},
        scopes=tuple(scope or ()),
        ports=words.ports_typed(ports),
        login=login,
        pace=pace,
    )
    enrol(open_service(config), host)
    shown.line(f"{host.name} is in the inventory; compliance scan {host.name} looks at it")


@app.command("import")
def import_hosts(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Inventory (YAML), or a table of hosts or terminals (CSV).",
            exists=True,
            dir_okay=False,
            show_default=False,
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    config: words.Config = None,
) -> None:
    """Import an inventory: all of FILE or nothing. Hosts that it no longer names are retired.

    A table adds and replaces hosts or terminals, and retires none.
    """
    from compliance.actions.inventory import import_inventory, told_differences
    from compliance.wiring import open_service

    differences = import_inventory(open_service(config), file, is_dry=dry_run)
    for text in told_differences(differences):
        shown.result(text)
    counts = [
        (sum(len(each.added) for each in differences), "added"),
        (sum(len(each.changed) for each in differences), "changed"),
        (sum(len(each.retired) for each in differences), "retired"),
    ]
    said = ", ".join(f"{count} {word}" for count, word in counts)
    shown.line(f"{said}; nothing was kept: it was a dry run" if dry_run else f"{said}")


@app.command("export")
def export_hosts(config: words.Config = None) -> None:
    """Print the whole inventory as a document that can be imported."""
    from compliance.actions.inventory import exported
    from compliance.wiring import open_service

    shown.result(exported(open_service(config)))


@app.command("show")
def show_host(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the host.", show_default=False)],
    config: words.Config = None,
) -> None:
    """Show everything that is declared of a host."""
    from compliance.actions.inventory import told_host
    from compliance.wiring import open_service

    shown.result(told_host(open_service(config), name))


@app.command("list")
def list_hosts(config: words.Config = None) -> None:
    """List the hosts of the inventory."""
    from compliance.actions.enrol import enrolled
    from compliance.wiring import open_service

    hosts = enrolled(open_service(config))
    if not hosts:
        shown.line(
            "the inventory is empty; compliance hosts add NAME puts a host into it, "
            "compliance hosts import FILE a whole estate"
        )
    for host in hosts:
        scopes = ",".join(sorted(host.scopes))
        words_said = [host.name, str(host.address), host.site, host.zone, host.role, host.owner, scopes]
        shown.result("  ".join(word or "-" for word in words_said))


@app.command("retire")
def retire_host(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the host.", show_default=False)],
    config: words.Config = None,
) -> None:
    """Retire a host: it is not scanned any more, and its open findings are retired with it."""
    from compliance.actions.enrol import retire
    from compliance.wiring import open_service

    retire(open_service(config), name)
    shown.line(f"{name} is retired")
