"""The programs that guard, watch, forward or back up, as data: agents.toml."""

from importlib.resources import files
from typing import Literal

import msgspec

AgentKind = Literal["malware", "edr", "fim", "ids", "shipper", "backup"]


class Product(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One program and how it shows: by packages, units, processes, files and jobs."""

    name: str
    kind: AgentKind
    packages: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    """Units that do its work, without `.service`."""
    processes: tuple[str, ...] = ()
    updaters: tuple[str, ...] = ()
    """Units that renew its definitions."""
    on_access: tuple[str, ...] = ()
    """Units, or their processes, that look at each file as it is opened."""
    definitions: tuple[str, ...] = ()
    """Files, or patterns of them, that hold what it knows of the bad."""
    state: tuple[str, ...] = ()
    """Files, or patterns of them, that a good run leaves behind."""
    programs: tuple[str, ...] = ()
    """Words that name it in the command of a job."""
    continuous: bool = False
    """It works by itself while it runs, without a job."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    agent: tuple[Product, ...]


AGENTS: tuple[Product, ...] = msgspec.toml.decode(
    files("scanners.kit").joinpath("agents.toml").read_bytes(), type=_Table
).agent
