"""Import an inventory document, all or nothing; export what is declared; tell one host."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import msgspec
import yaml

from compliance.actions.service import Service
from compliance.model.declared import declared_hosts
from compliance.model.errors import UnknownName
from compliance.model.estate import KINDS
from compliance.model.host import Host, Scope
from compliance.model.inventory import FlowEntry, HostEntry, Inventory, Role
from compliance.model.lifecycle import Coverage, reconcile
from compliance.policy.inventorycsv import Table, load_table
from compliance.policy.inventoryfile import SECTIONS, load_inventory
from compliance.store.unit import Unit
from scanners import UNKNOWN

_MOST_TOLD = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What an import changes in one list of the inventory, by name."""

    section: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    retired: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.retired)


def import_inventory(service: Service, file: Path, *, is_dry: bool = False) -> tuple[Difference, ...]:
    """Put the document of a file in force, or a table of hosts or terminals into the one that is.

    All or nothing, in one transaction; raises `BadRule` with every mistake. Hosts that an earlier document
    brought and this one does not name are retired; those that were added by hand stay. A dry import changes
    nothing.
    """
    table = load_table(file) if file.suffix.lower() == ".csv" else None
    document = load_inventory(file, _controls(service)) if table is None else None
    with service.store.begin() as unit:
        before = unit.inventories.current() or Inventory(format="inventory/v1")
        after = document or _with_table(before, table or Table())
        found = _differences(before, after)
        if not is_dry:
            _put(service, unit, after)
    return found


def _controls(service: Service) -> frozenset[str]:
    return frozenset(
        f"{framework.id}/{control.id}"
        for framework in service.policies.frameworks
        for control in framework.controls
    )


def _with_table(before: Inventory, table: Table) -> Inventory:
    """The document with the rows of a table in place of those of the same name."""
    more: dict[str, Any] = {"hosts": table.hosts} if table.hosts else {"terminals": table.terminals}
    ((name, rows),) = more.items()
    known = getattr(before, name)
    label = "name" if table.hosts else "serial"
    taken = {getattr(row, label) for row in rows}
    kept = () if known is UNKNOWN else tuple(one for one in known if getattr(one, label) not in taken)
    return msgspec.structs.replace(before, **{name: (*kept, *rows)})


def _put(service: Service, unit: Unit, after: Inventory) -> None:
    now = service.clock()
    hosts = declared_hosts(after)
    if after.hosts is not UNKNOWN:
        for name in _gone(unit, hosts):
            unit.hosts.retire(name, now)
            covered = Coverage(retired_hosts=frozenset({name}))
            unit.findings.put(reconcile(unit.findings.known([name]), (), covered, now))
    for host in hosts:
        unit.hosts.put(host)
    unit.inventories.put(after, now)


def _gone(unit: Unit, hosts: Sequence[Host]) -> tuple[str, ...]:
    """The hosts that a document brought and that are not declared any more."""
    names = {host.name for host in hosts}
    return tuple(
        host.name for host in unit.hosts.all() if host.inventory is not None and host.name not in names
    )


def _differences(before: Inventory, after: Inventory) -> tuple[Difference, ...]:
    found = [
        _difference(name, _named(getattr(before, name)), _named(getattr(after, name))) for name in SECTIONS
    ]
    for name in KINDS:
        old, new = getattr(before.registers, name), getattr(after.registers, name)
        found.append(_difference(f"registers.{name}", _named(old), _named(new)))
    return tuple(each for each in found if each)


def _difference(section: str, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Difference:
    return Difference(
        section=section,
        added=tuple(name for name in new if name not in old),
        changed=tuple(name for name in new if name in old and old[name] != new[name]),
        retired=tuple(name for name in old if name not in new),
    )


def _named(listed: Any) -> dict[str, bytes]:
    """The entries of a list by name, as bytes that can be compared; two of one name are one."""
    found: dict[str, bytes] = {}
    for one in () if listed is UNKNOWN else listed:
        name = _name(one)
        found[name] = found.get(name, b"") + msgspec.json.encode(one)
    return found


def _name(one: Any) -> str:
    label = getattr(type(one), "LABEL", "")
    if label:
        return str(getattr(one, label))
    if isinstance(one, FlowEntry):
        return f"{one.source} to {one.to}"
    words = (getattr(one, field) for field in ("host", "port", "fingerprint"))
    return " ".join(word[:20] for word in words if word is not UNKNOWN)


def told_differences(differences: Sequence[Difference]) -> Iterator[str]:
    """What an import changes, a line for each entry: + added, ~ changed, - retired."""
    lines = [
        f"{sign} {each.section}: {name}"
        for each in differences
        for sign, names in (("+", each.added), ("~", each.changed), ("-", each.retired))
        for name in names
    ]
    yield from lines[:_MOST_TOLD]
    if len(lines) > _MOST_TOLD:
        yield f"and {len(lines) - _MOST_TOLD} more"


def exported(service: Service) -> str:
    """The inventory as YAML that can be imported: what was imported, and the hosts added by hand."""
    with service.store.begin() as unit:
        document = unit.inventories.current() or Inventory(format="inventory/v1")
        by_hand = [_entry(host) for host in unit.hosts.all() if host.inventory is None]
    if by_hand:
        known = () if document.hosts is UNKNOWN else document.hosts
        document = msgspec.structs.replace(document, hosts=(*known, *by_hand))
    return yaml.safe_dump(msgspec.to_builtins(document), sort_keys=False, allow_unicode=True, width=110)


def _entry(host: Host) -> HostEntry:
    declared = {
        "address": str(host.address),
        "site": host.site,
        "zone": host.zone,
        "owner": host.owner,
        "role": host.role if host.role is None or host.role in get_args(Role) else "other",
        "ports": ",".join(map(str, host.ports or ())),
        "login": host.login,
        "pace": host.pace,
    }
    scopes = None if host.scopes == frozenset(Scope) else sorted(host.scopes)
    given = {name: value for name, value in declared.items() if value}
    return msgspec.convert({"name": host.name, **given, **({"scopes": scopes} if scopes else {})}, HostEntry)


def told_host(service: Service, name: str) -> str:
    """Everything that is declared of one host, as YAML; raises `UnknownName`."""
    with service.store.begin() as unit:
        host = unit.hosts.named(name)
    if host is None:
        raise UnknownName(
            f"no host of the inventory is called {ascii(name)[:80]}", hint="compliance hosts list"
        )
    plain = msgspec.to_builtins(host)
    inventory = plain.pop("inventory") or {}
    given = {key: value for key, value in plain.items() if value not in (None, "") and key != "declared"}
    given["address"], given["scopes"] = str(host.address), sorted(map(str, host.scopes))
    return yaml.safe_dump({**given, **inventory}, sort_keys=False, allow_unicode=True, width=110)
