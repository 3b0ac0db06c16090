"""Options that several commands share, and what is typed turned into an order."""

from pathlib import Path
from typing import Annotated

import typer

from compliance.model.errors import BadAddress, BadPorts

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="Settings file (TOML); /etc/compliance.toml if it is there.",
        dir_okay=False,
        exists=True,
    ),
]
Hosts = Annotated[
    list[str],
    typer.Argument(
        metavar="HOST...",
        help="Host names, IP addresses, names of the inventory, or localhost for this machine.",
        show_default=False,
    ),
]
AnyHosts = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="HOST",
        help="Host names, IP addresses, names of the inventory, or localhost for this machine.",
        show_default=False,
    ),
]
All = Annotated[bool, typer.Option("--all", help="Every host of the inventory.")]
Site = Annotated[str, typer.Option("--site", help="Its hosts at this site.", show_default=False)]
Zone = Annotated[str, typer.Option("--zone", help="Its hosts in this network zone.", show_default=False)]
Role = Annotated[str, typer.Option("--role", help="Its hosts of this role.", show_default=False)]
Ports = Annotated[
    str | None,
    typer.Option(
        "--ports", help="TCP ports to look at, as 22,443,8000-8100.", show_default="the host's usual ones"
    ),
]
Scanners = Annotated[
    str | None,
    typer.Option("--scanners", help="Scanners to use, as ports,tls.", show_default="those the rules read"),
]
Profile = Annotated[str, typer.Option("--profile", help="Which rules to judge by.")]
Login = Annotated[
    str,
    typer.Option(
        "--login",
        metavar="NAME",
        help="Account to log in with by SSH, to see the host from inside.",
        show_default=False,
    ),
]
Waivers = Annotated[
    list[Path] | None,
    typer.Option(
        "--waivers",
        metavar="FILE",
        help="Waivers beside those of the settings; may be given several times.",
        exists=True,
        show_default=False,
    ),
]
OutsideWindow = Annotated[
    bool, typer.Option("--outside-window", help="Look even outside of the hours that scan.window allows.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]


def ports_typed(text: str | None) -> tuple[int, ...] | None:
    """The ports that were typed; a mistake is a mistake of the command line."""
    from compliance.model.host import parse_ports

    if text is None:
        return None
    try:
        return parse_ports(text)
    except BadPorts as error:
        raise typer.BadParameter(f"{error.message}; {error.hint}", param_hint="--ports") from error


def names_typed(text: str | None) -> tuple[str, ...]:
    """The names in a list with commas."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def hosts_typed(names: list[str]) -> tuple[str, ...]:
    """The hosts that were typed; a word that names no host is a mistake of the command line."""
    from compliance.model.host import Address

    for name in names:
        try:
            Address(name)
        except BadAddress as error:
            raise typer.BadParameter(f"{error.message}; {error.hint}", param_hint="HOST") from error
    return tuple(names)
