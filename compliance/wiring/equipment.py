"""What scanners are given on each host: patience, pace, a login, and errands planned from the inventory."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from compliance.dispatch.errand import Estate, errand_of
from compliance.dispatch.local import Equip
from compliance.dispatch.refuse import refuser
from compliance.model.declared import declared_flows
from compliance.model.errors import BadSettings, ComplianceError
from compliance.model.host import Address, Host, parse_ports
from compliance.policy.flowfile import load_flows
from compliance.settings import Purpose, Settings, SshSettings
from compliance.store.unit import Store
from scanners import UNKNOWN, Destination, Facts, Folder, Means, Pace
from scanners.kit.budget import Budget
from scanners.kit.knock import Answer, Bounds, Door
from scanners.kit.shell import LocalShell, Said

if TYPE_CHECKING:
    from compliance.wiring.logins import Logins


def equipment(settings: Settings, store: Store) -> Equip:
    """Gives each host its means: a shell on this machine, one over SSH, or none."""
    logins = cache(lambda: _logins(settings.ssh))
    spared = settings.scan.spared_ports
    spared_ports = frozenset(parse_ports(spared) if spared else ())
    budget = Budget(settings.scan.rate)
    estate = _estate(settings, store)

    def earlier(host: Host, scanner: str) -> Facts | None:
        with store.begin() as unit:
            return unit.scans.newest_facts(host.name, scanner)

    @contextmanager
    def equip(host: Host) -> Iterator[Means]:
        means = Means(
            timeout=settings.scan.timeout_seconds,
            deadline=settings.scan.deadline_seconds,
            pace=host.pace or Pace(settings.scan.pace_by_role.get(host.role or "", Pace.NORMAL)),
            spared_ports=spared_ports,
            host_rate=settings.scan.host_rate,
            budget=budget,
            resolvers=settings.scan.resolvers,
            folders=_folders(host, settings.discovery.retention),
            errand=lambda: errand_of(host, estate(), datetime.now(UTC).date()),
            earlier=lambda scanner: earlier(host, scanner),
        )
        if str(host.address) == "localhost":
            yield replace(means, shell=LocalShell())
        elif host.login:
            login = _HostLogin(host, logins)
            yield replace(means, shell=login, knocker=login)
        else:
            yield means

    return equip


def _folders(host: Host, retention: Mapping[Purpose, int]) -> tuple[Folder, ...]:
    """What the inventory declares of the host's folders; one without days has those of its purpose."""
    declared = host.inventory.folders if host.inventory else UNKNOWN
    days: Mapping[str, int] = dict(retention.items())
    return tuple(
        Folder(
            path=each.path,
            purpose=(purpose := "" if each.purpose is UNKNOWN else each.purpose.replace(" ", "-")),
            days=days.get(purpose) if each.days is UNKNOWN else each.days,
        )
        for each in (() if declared is UNKNOWN else declared)
    )


class _HostLogin:
    """A login over SSH whose keys and pins are read at its first use, so that their faults are the host's."""

    def __init__(self, host: Host, logins: "Callable[[], Logins]") -> None:
        self._host = host
        self._logins = logins

    def run(self, script: bytes, *, timeout: float) -> Said:
        """Run the script on the host."""
        return self._logins().shell(self._host).run(script, timeout=timeout)

    def knock(self, doors: Sequence[Door], bounds: Bounds) -> Sequence[Answer]:
        """Try connections from the host."""
        return self._logins().knocker(self._host).knock(doors, bounds)


def _logins(ssh: SshSettings) -> "Logins":
    """The logins by these settings; asyncssh is loaded here, and takes 0.16 s."""
    from compliance.wiring.logins import Logins  # noqa: PLC0415 (most commands log in nowhere)

    return Logins(ssh)


def _estate(settings: Settings, store: Store) -> Callable[[], Estate]:
    """Gives what errands are planned from; what the store knows is read anew after a minute."""
    reach, refuse = settings.reach, refuser(settings.scan.excluded)
    own = load_flows(reach.flows) if reach.flows else None
    probes = tuple(map(_probe, reach.egress_probes))
    spared = frozenset(parse_ports(settings.scan.spared_ports) if settings.scan.spared_ports else ())

    @lru_cache(maxsize=1)
    def read(_minute: int) -> Estate:
        with store.begin() as unit:
            hosts, open_ports = unit.hosts.all(), unit.scans.open_ports()
            document = unit.inventories.current()
        return Estate(
            hosts=hosts,
            open_ports=open_ports,
            register=own or (declared_flows(document) if document else None),
            excluded=frozenset(reach.excluded).union(host.name for host in hosts if refuse(host)),
            spared_ports=spared,
            probes=probes,
            most_paths=reach.most_paths,
        )

    return lambda: read(int(time.monotonic() // 60))


def _probe(text: str) -> Destination:
    """The address outside that these words name; raises `BadSettings`."""
    place, _, port = text.rpartition(":")
    try:
        address, ports = Address(place.removeprefix("[").removesuffix("]")), parse_ports(port)
    except ComplianceError as error:
        hint = "reach.egress_probes are addresses with a port, as 192.0.2.9:443 or [2001:db8::9]:443"
        raise BadSettings(f"settings: reach.egress_probes: {error.message}", hint=hint) from error
    return Destination(name=str(address), address=str(address), ports=ports)
