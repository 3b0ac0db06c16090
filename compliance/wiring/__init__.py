"""Settings become a Service: the only room that knows all others."""

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from compliance import __version__
from compliance.actions.examine import Check
from compliance.actions.examine import examine as examine_installation
from compliance.actions.service import Policies, Service
from compliance.dispatch.local import LocalDispatcher
from compliance.dispatch.refuse import refuser
from compliance.log import configure
from compliance.model.errors import BadSettings
from compliance.model.framework import customisable
from compliance.model.vulnerability import DERIVED
from compliance.model.window import parse_window
from compliance.policy.frameworks import load_frameworks
from compliance.policy.load import load_books
from compliance.policy.profiles import load_profiles
from compliance.policy.waiverfile import load_waivers
from compliance.settings import Settings, read_settings
from compliance.store.unit import open_store
from compliance.wiring.equipment import equipment
from compliance.wiring.looks import chosen_scanners
from scanners import Facts
from scanners.kit.discover import discover


def open_service(config: Path | None, *, as_daemon: bool = False) -> Service:
    """The service that the settings describe, with its database brought up to date."""
    settings = settings_in_force(config)
    configure(level="info" if as_daemon else settings.log_level, as_json=as_daemon)
    scanners = chosen_scanners(settings)
    store = open_store(settings.database, fact_types())
    return Service(
        version=__version__,
        organisation=settings.organisation,
        clock=lambda: datetime.now(UTC),
        scanners=scanners,
        policies=_policies(settings),
        dispatcher=LocalDispatcher(
            hosts_at_once=settings.scan.hosts_at_once,
            equip=equipment(settings, store),
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
