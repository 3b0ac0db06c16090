"""Enrol hosts into the inventory, list them, retire them."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from compliance.actions.service import Service
from compliance.model.errors import UnknownName
from compliance.model.host import Address, Host, Scope
from compliance.model.lifecycle import Coverage, reconcile
from scanners import Pace

Word = TypeVar("Word", bound=StrEnum)


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
        pace=_member(Pace, pace, kind="pace") if pace else None,
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


def retire(service: Service, name: str) -> None:
    """Take the host out of the inventory; its open findings are retired with it."""
    covered = Coverage(retired_hosts=frozenset({name}))
    with service.store.begin() as unit:
        if unit.hosts.named(name) is None:
            raise UnknownName(
                f"no host of the inventory is called {ascii(name)[:80]}", hint="compliance hosts list"
            )
        unit.hosts.retire(name, service.clock())
        unit.findings.put(reconcile(unit.findings.known([name]), (), covered, service.clock()))


def _member(words: type[Word], word: str, *, kind: str) -> Word:
    try:
        return words(word)
    except ValueError as error:
        raise UnknownName(
            f"no {kind} is called {ascii(word)[:80]}", hint=f"there is: {', '.join(words)}"
        ) from error
