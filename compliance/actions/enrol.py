"""Enrol hosts into the inventory, list them, retire them."""

from collections.abc import Mapping, Sequence

from compliance.actions.service import Service
from compliance.model.errors import BadAddress, UnknownName
from compliance.model.host import Address, Host, Scope
from compliance.model.lifecycle import retire as retired
from scanners import Pace


def parsed_host(  # noqa: PLR0913 (a host has that many sides)
    *,
    name: str,
    address: str,
    declared: Mapping[str, str],
    scopes: Sequence[str],
    ports: tuple[int, ...] | None,
    login: str,
    pace: str,
) -> Host:
    """The host that these words declare; raises `BadAddress` or `UnknownName` for a word that is none."""
    Address(name)
    return Host(
        name=name,
        address=Address(address),
        site=declared.get("site") or None,
        zone=declared.get("zone") or None,
        role=declared.get("role") or None,
        owner=declared.get("owner") or None,
        scopes=frozenset(_member(Scope, scope, kind="scope") for scope in scopes) or frozenset(Scope),
        ports=ports,
        pace=_member(Pace, pace, kind="pace"),
        login=login,
    )


def enrol(service: Service, host: Host) -> None:
    """Put the host into the inventory, or replace what is declared about it."""
    with service.store.begin() as unit:
        unit.hosts.put(host)


def enrolled(service: Service) -> tuple[Host, ...]:
    """The hosts of the inventory, by name."""
    with service.store.begin() as unit:
        return tuple(unit.hosts.all())
