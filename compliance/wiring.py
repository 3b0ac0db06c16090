"""Settings become a Service: the only room that knows all others."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from compliance import __version__
from compliance.actions.examine import Check
from compliance.actions.examine import examine as examine_installation
from compliance.actions.service import Policies, Service
from compliance.dispatch.local import LocalDispatcher
from compliance.log import configure
from compliance.model.errors import BadSettings
from compliance.model.host import Host
from compliance.policy.frameworks import load_frameworks
from compliance.policy.load import load_rules
from compliance.policy.profiles import load_profiles
from compliance.settings import Settings, read_settings
from compliance.store.unit import open_store
from scanners import Facts, Means, Scanner
from scanners.kit.discover import discover
from scanners.kit.shell import LocalShell, SshShell

log = logging.getLogger(__name__)


def open_service(config: Path | None, *, as_daemon: bool = False) -> Service:
    """The service that the settings describe, with its database brought up to date."""
    settings = settings_in_force(config)
    configure(level="info" if as_daemon else settings.log_level, as_json=as_daemon)
    scanners = discover()
    return Service(
        version=__version__,
        organisation=settings.organisation,
        clock=lambda: datetime.now(UTC),
        scanners=scanners,
        policies=_policies(settings, scanners),
        dispatcher=LocalDispatcher(
            hosts_at_once=settings.scan.hosts_at_once, equip=lambda host: _equipped(settings, host)
        ),
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


def _policies(settings: Settings, scanners: Mapping[str, Scanner]) -> Policies:
    shipped = files("policies")
    book = load_rules(
        [shipped / "packs", *settings.rule_folders], {name: each.facts for name, each in scanners.items()}
    )
    return Policies(
        book=book,
        frameworks=load_frameworks([shipped / "frameworks"], [rule.id for rule in book]),
        profiles={profile.id: profile for profile in load_profiles([shipped / "profiles"], book)},
    )


@contextmanager
def _equipped(settings: Settings, host: Host) -> Iterator[Means]:
    """What scanners may use on this host: a shell on this machine, one over SSH, or none."""
    means = Means(timeout=settings.scan.timeout_seconds, deadline=settings.scan.deadline_seconds, pace=host.pace)
    if str(host.address) == "localhost":
        yield replace(means, shell=LocalShell())
    elif host.login:
        with ssh_shell(_login(settings, host)) as shell:
            yield replace(means, shell=shell)
    else:
        yield means
