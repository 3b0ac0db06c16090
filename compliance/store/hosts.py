"""The inventory: hosts as they are declared."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlmodel import Session, col, select

from compliance.model.errors import StoreFailed, UnknownName
from compliance.model.host import Address, Host, Scope
from compliance.model.inventory import HostInventory
from compliance.store.tables import HostRow
from scanners import Pace


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts of the inventory, in one transaction."""

    session: Session

    def put(self, host: Host) -> None:
        """Enrol the host, or replace what is declared about it; a retired one is back.

        What an inventory document says beside that stays, unless the host brings it along anew.
        """
        row, before = _row(host), self.session.get(HostRow, host.name)
        if host.inventory is None and before is not None and before.retired is None:
            row.inventory = before.inventory
        self.session.merge(row)
        self.session.flush()

    def named(self, name: str) -> Host | None:
        """The host of that name; None if there is none or it is retired."""
        row = self.session.get(HostRow, name)
        return None if row is None or row.retired is not None else _host(row)

    def all(self) -> tuple[Host, ...]:
        """Every host that is not retired, by name."""
        rows = self.session.exec(select(HostRow).where(col(HostRow.retired).is_(None)).order_by(HostRow.name))
        return tuple(_host(row) for row in rows)

    def retire(self, name: str, at: datetime) -> None:
        """Take the host out of the inventory and remember when; raises `UnknownName`."""
        row = self.session.get(HostRow, name)
        if row is None or row.retired is not None:
            raise UnknownName(f"no host is called {ascii(name)[:80]}", hint="compliance hosts list")
        row.retired = at
        self.session.flush()

    def retired(self) -> frozenset[str]:
        """The names of the hosts that are retired."""
        return frozenset(self.session.exec(select(HostRow.name).where(col(HostRow.retired).is_not(None))))


def _row(host: Host) -> HostRow:
    return HostRow(
        name=host.name,
        address=host.address.value,
        site=host.site,
        zone=host.zone,
        role=host.role,
        owner=host.owner,
        scopes=",".join(sorted(host.scopes)),
        ports=None if host.ports is None else ",".join(map(str, host.ports)),
        pace=host.pace or "",
        login=host.login,
        inventory=None if host.inventory is None else msgspec.json.encode(host.inventory).decode(),
    )


def _host(row: HostRow) -> Host:
    return Host(
        name=row.name,
        address=Address(row.address),
        site=row.site,
        zone=row.zone,
        role=row.role,
        owner=row.owner,
        scopes=frozenset(Scope(scope) for scope in row.scopes.split(",") if scope),
        ports=None if row.ports is None else tuple(int(port) for port in row.ports.split(",") if port),
        pace=Pace(row.pace) if row.pace else None,
        login=row.login,
        inventory=_declared(row.inventory),
    )


def _declared(text: str | None) -> HostInventory | None:
    """What a document declares of a host; one that this version does not understand must be imported anew."""
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=HostInventory)
    except msgspec.MsgspecError as error:
        raise StoreFailed(
            f"what is kept of a host's inventory cannot be read: {error}", hint="compliance hosts import FILE"
        ) from error
