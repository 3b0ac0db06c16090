"""Settings become a Service: the only room that knows all others."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from compliance import __version__
from compliance.actions.examine import Check
from compliance.actions.examine import examine as examine_installation
from compliance.actions.service import Policies, Service
from compliance.dispatch.local import Equip, LocalDispatcher
from compliance.log import configure
from compliance.model.errors import BadSettings
from compliance.model.framework import customisable
from compliance.model.host import Host
from compliance.policy.frameworks import load_frameworks
from compliance.policy.load import load_books
from compliance.policy.profiles import load_profiles
from compliance.policy.waiverfile import load_waivers
from compliance.settings import Settings, SshSettings, read_settings
from compliance.store.unit import open_store
from scanners import Facts, Means, Scanner
from scanners.kit.discover import discover
from scanners.kit.hostkeys import FirstContact, Trust, known_hosts_pins
from scanners.kit.shell import LocalShell, Said
from scanners.kit.ssh import Access, SshShell, default_access
from scanners.tls.scan import TlsScanner

log = logging.getLogger(__name__)


def open_service(config: Path | None, *, as_daemon: bool = False) -> Service:
    """The service that the settings describe, with its database brought up to date."""
    settings = settings_in_force(config)
    configure(level="info" if as_daemon else settings.log_level, as_json=as_daemon)
    scanners = _scanners(settings)
    return Service(
        version=__version__,
        organisation=settings.organisation,
        clock=lambda: datetime.now(UTC),
        scanners=scanners,
        policies=_policies(settings, scanners),
        dispatcher=LocalDispatcher(hosts_at_once=settings.scan.hosts_at_once, equip=_equipment(settings)),
        store=open_store(settings.database, fact_types()),
    )


def open_policies(config: Path | None) -> Policies:
    """What is right, without a database: rules, frameworks, profiles."""
    return _policies(settings_in_force(config), discover())


def fact_types() -> Mapping[str, type[Facts]]:
    """The type of facts that each scanner gives, by its name."""
    return {name: scanner.facts for name, scanner in discover().items()}


def examine(config: Path | None) -> tuple[Check, ...]:
    """What this installation can do and what not."""
    settings = settings_in_force(config)
    return examine_installation(
        lambda: open_store(settings.database, fact_types()), lambda: _policies(settings, discover())
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
    """Every scanner; the one for TLS knows the owner's authorities."""
    # A frozen value is a Scanner whose attributes cannot be set, which the protocol does not say.
    return {**discover(), "tls": cast("Scanner", TlsScanner(own_roots=settings.tls.own_roots))}


def _policies(settings: Settings, scanners: Mapping[str, Scanner]) -> Policies:
    shipped = files("policies")
    book, fleet, estate = load_books(
        [shipped / "packs", *settings.rule_folders], {name: each.facts for name, each in scanners.items()}
    )
    frameworks = load_frameworks(
        [shipped / "frameworks"],
        [rule.id for rules in (book, fleet, estate) for rule in rules],
        declared=[rule.id for rule in estate],
        checks=shipped / "checks",
    )
    return Policies(
        book=book,
        fleet=fleet,
        estate=estate,
        frameworks=tuple(sorted(frameworks, key=lambda framework: (framework.scope, framework.id))),
        profiles={
            profile.id: profile
            for profile in load_profiles([shipped / "profiles", *settings.profile_folders], book)
        },
        waivers=load_waivers(
            settings.waiver_folders, book, fleet, estate, customisable=customisable(frameworks)
        ),
    )


class _LoginShell:
    """A shell over SSH whose keys and pins are read at its first use, so that their faults are the host's."""

    def __init__(self, host: Host, access: Callable[[], Access], port: int) -> None:
        self._host = host
        self._access = access
        self._port = port

    def run(self, script: bytes, *, timeout: float) -> Said:
        """Run the script on the host."""
        address = self._host.address
        name = "" if address.is_ip else str(address)
        shell = SshShell(str(address), self._host.login, access=self._access(), port=self._port, name=name)
        return shell.run(script, timeout=timeout)


def _equipment(settings: Settings) -> Equip:
    """Gives each host its means: a shell on this machine, one over SSH, or none."""
    access = cache(lambda: _access(settings.ssh))

    @contextmanager
    def equip(host: Host) -> Iterator[Means]:
        means = Means(
            timeout=settings.scan.timeout_seconds,
            deadline=settings.scan.deadline_seconds,
            pace=host.pace,
            resolvers=settings.scan.resolvers,
        )
        if str(host.address) == "localhost":
            yield replace(means, shell=LocalShell())
        elif host.login:
            yield replace(means, shell=_LoginShell(host, access, settings.ssh.port))
        else:
            yield means

    return equip


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
