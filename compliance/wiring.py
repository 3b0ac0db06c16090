"""Settings become a Service: the only room that knows all others."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from compliance import __version__
from compliance.actions.examine import Check
from compliance.actions.examine import examine as examine_installation
from compliance.actions.service import Policies, Service
from compliance.dispatch.errand import Estate, errand_of
from compliance.dispatch.local import Equip, LocalDispatcher
from compliance.dispatch.refuse import refuser
from compliance.log import configure
from compliance.model.errors import BadSettings, ComplianceError
from compliance.model.framework import customisable
from compliance.model.host import Address, Host, parse_ports
from compliance.model.vulnerability import DERIVED
from compliance.model.window import parse_window
from compliance.policy.flowfile import load_flows
from compliance.policy.frameworks import load_frameworks
from compliance.policy.load import load_books
from compliance.policy.profiles import load_profiles
from compliance.policy.waiverfile import load_waivers
from compliance.settings import (
    DiscoverySettings,
    HttpSettings,
    Settings,
    SshSettings,
    read_settings,
)
from compliance.store.unit import Store, open_store
from scanners import Destination, Facts, Means, Pace, Scanner
from scanners.discovery import DiscoveryScanner
from scanners.discovery.plan import ROOTS, Folder, Plan
from scanners.http.scan import HttpScanner
from scanners.kit.authorised import Baseline, read_baseline
from scanners.kit.budget import Budget
from scanners.kit.discover import discover
from scanners.kit.forward import SshKnocker
from scanners.kit.hostkeys import FirstContact, Trust, known_hosts_pins
from scanners.kit.knock import Answer, Bounds, Door
from scanners.kit.login import Door as LoginDoor
from scanners.kit.shell import LocalShell, Said
from scanners.kit.ssh import Access, SshShell, default_access
from scanners.tls.scan import TlsScanner

log = logging.getLogger(__name__)


def open_service(config: Path | None, *, as_daemon: bool = False) -> Service:
    """The service that the settings describe, with its database brought up to date."""
    settings = settings_in_force(config)
    configure(level="info" if as_daemon else settings.log_level, as_json=as_daemon)
    scanners = _scanners(settings)
    store = open_store(settings.database, fact_types())
    return Service(
        version=__version__,
        organisation=settings.organisation,
        clock=lambda: datetime.now(UTC),
        scanners=scanners,
        policies=_policies(settings),
        dispatcher=LocalDispatcher(
            hosts_at_once=settings.scan.hosts_at_once,
            equip=_equipment(settings, store),
            refuse=refuser(settings.scan.excluded),
        ),
        window=parse_window(settings.scan.window, settings.scan.timezone) if settings.scan.window else None,
        store=store,
    )


def open_policies(config: Path | None) -> Policies:
    """What is right, without a database: rules, frameworks, profiles."""
    return _policies(settings_in_force(config))


def fact_types() -> Mapping[str, type[Facts]]:
    """The type of facts that each scanner gives, by its name, and of those worked out from them."""
    return {**{name: scanner.facts for name, scanner in discover().items()}, **DERIVED}


def examine(config: Path | None) -> tuple[Check, ...]:
    """What this installation can do and what not."""
    settings = settings_in_force(config)
    return examine_installation(
        lambda: open_store(settings.database, fact_types()), lambda: _policies(settings)
    )


def settings_in_force(config: Path | None) -> Settings:
    """The settings of file and environment; raises `BadSettings` naming each key that is wrong."""
    try:
        return read_settings(config)
    except ValidationError as error:
        told = "\n".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise BadSettings(f"settings: {told}", hint="README.md lists the settings") from error
    except (ValueError, OSError) as error:
        raise BadSettings(f"{config or 'settings'}: {error}", hint="the settings file is TOML") from error


def _scanners(settings: Settings) -> Mapping[str, Scanner]:
    """Every scanner, with what the settings tell of authorities, payment pages and folders."""
    # A frozen value is a Scanner whose attributes cannot be set, which the protocol does not say.
    return {
        **discover(),
        "tls": cast("Scanner", TlsScanner(own_roots=settings.tls.own_roots)),
        "discovery": cast("Scanner", DiscoveryScanner(plan=_plan(settings.discovery))),
        "http": cast(
            "Scanner",
            HttpScanner(payment_pages=settings.http.payment_pages, authorised=_authorised(settings.http)),
        ),
    }


def _authorised(http: HttpSettings) -> Baseline:
    """The scripts and headers that may stand on payment pages."""
    if http.authorised is None:
        return Baseline()
    try:
        return read_baseline(http.authorised.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadSettings(
            f"{http.authorised}: {error}", hint="docs/payment-pages.md shows how the file is written"
        ) from error


def _plan(told: DiscoverySettings) -> Plan:
    """How far a search goes; a folder without days of its own has those of its purpose."""
    days = {folder: told.retention.get(folder.purpose) for folder in told.folders if folder.days is None}
    return Plan(
        roots=told.roots or ROOTS,
        megabytes=told.megabytes,
        files=told.files,
        seconds=told.seconds,
        canary=told.canary,
        folders=tuple(
            Folder(path=each.path, purpose=each.purpose, days=days.get(each, each.days))
            for each in told.folders
        ),
    )


def _policies(settings: Settings) -> Policies:
    shipped = files("policies")
    book, fleet, estate = load_books(
        [shipped / "packs", *settings.rule_folders], fact_types(), with_tests=False
    )
    frameworks = sorted(
        load_frameworks(
            [shipped / "frameworks"],
            [rule.id for rules in (book, fleet, estate) for rule in rules],
            declared=[rule.id for rule in estate],
            checks=shipped / "checks",
        ),
        key=lambda framework: (framework.scope, framework.id),
    )
    return Policies(
        book=book,
        fleet=fleet,
        estate=estate,
        frameworks=tuple(frameworks),
        profiles={
            profile.id: profile
            for profile in load_profiles([shipped / "profiles", *settings.profile_folders], book, frameworks)
        },
        waivers=load_waivers(
            settings.waiver_folders, book, fleet, estate, customisable=customisable(frameworks)
        ),
    )


class _Login:
    """A login over SSH whose keys and pins are read at its first use, so that their faults are the host's."""

    def __init__(self, host: Host, access: Callable[[], Access], ssh: SshSettings) -> None:
        self._host = host
        self._access = access
        self._ssh = ssh

    def run(self, script: bytes, *, timeout: float) -> Said:
        """Run the script on the host."""
        return self._shell().run(script, timeout=timeout)

    def knock(self, doors: Sequence[Door], bounds: Bounds) -> Sequence[Answer]:
        """Try connections from the host."""
        return SshKnocker(self._shell()).knock(doors, bounds)

    def _shell(self) -> SshShell:
        address = self._host.address
        name = "" if address.is_ip else str(address)
        return SshShell(
            str(address),
            self._host.login,
            access=self._access(),
            port=self._ssh.port,
            name=name,
            through=_way(self._host, self._ssh),
        )


def _way(host: Host, ssh: SshSettings) -> LoginDoor | None:
    """The jump host that is the way to a host, the first that fits; None for the straight way."""
    for jump in ssh.jump:
        fits = (not jump.site or jump.site == host.site) and (not jump.zone or jump.zone == host.zone)
        if fits and (not jump.hosts or host.name in jump.hosts):
            via = Address(jump.via)
            return LoginDoor(
                address=str(via), login=jump.login, port=jump.port, name="" if via.is_ip else str(via)
            )
    return None


def _equipment(settings: Settings, store: Store) -> Equip:
    """Gives each host its means: a shell on this machine, one over SSH, or none."""
    access = cache(lambda: _access(settings.ssh))
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
            errand=lambda: errand_of(host, estate(), datetime.now(UTC).date()),
            earlier=lambda scanner: earlier(host, scanner),
        )
        if str(host.address) == "localhost":
            yield replace(means, shell=LocalShell())
        elif host.login:
            login = _Login(host, access, settings.ssh)
            yield replace(means, shell=login, knocker=login)
        else:
            yield means

    return equip


def _estate(settings: Settings, store: Store) -> Callable[[], Estate]:
    """Gives what errands are planned from; what the store knows is read anew after a minute."""
    reach, refuse = settings.reach, refuser(settings.scan.excluded)
    register = load_flows(reach.flows) if reach.flows else None
    probes = tuple(map(_probe, reach.egress_probes))
    spared = frozenset(parse_ports(settings.scan.spared_ports) if settings.scan.spared_ports else ())

    @lru_cache(maxsize=1)
    def read(_minute: int) -> Estate:
        with store.begin() as unit:
            hosts, open_ports = unit.hosts.all(), unit.scans.open_ports()
        return Estate(
            hosts=hosts,
            open_ports=open_ports,
            register=register,
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


def _access(ssh: SshSettings) -> Access:
    """Keys and pins, read once for all hosts."""
    file = ssh.known_hosts or Path.home() / ".ssh" / "known_hosts"
    trust = Trust(
        pins=known_hosts_pins(file), first_contact=_pinner(file) if ssh.host_keys == "tofu" else None
    )
    return replace(default_access(trust, key_files=ssh.keys), sudo=ssh.sudo)


def _pinner(file: Path) -> FirstContact:
    """Pins the key of a host that is met for the first time, by a line in the file (sshd(8))."""

    def pin(address: str, port: int, key: str) -> None:
        place = address if port == _SSH else f"[{address}]:{port}"
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as lines:
            lines.write(f"{place} {key}\n")
        log.warning("host key pinned at first contact", extra={"address": place, "key": key[:80]})

    return pin


_SSH = 22
