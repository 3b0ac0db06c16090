"""A service with a real store, small rules and a dispatcher that brings what it is given."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources.abc import Traversable
from pathlib import Path

from compliance.actions.service import Policies, Service
from compliance.dispatch.observe import Watch
from compliance.model.host import Address, Host
from compliance.model.observation import Observation
from compliance.policy.load import load_books
from compliance.policy.profiles import load_profiles
from compliance.store.unit import open_store
from scanners import Facts, Means, Need, Scanner, Target
from scanners.tls.facts import Endpoint, TlsFacts

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
KIOSK = Host(name="kiosk-7", address=Address("127.0.0.1"), zone="cde", role="pay-station", site="north")
PACKS = """
format: rules/v1
pack: lamps
version: 1.0.0
rules:
  - id: lamp-bright
    title: Lamps are bright
    severity: high
    tags: [light]
    rationale: One sees more.
    remediation: Turn it up.
    params:
      least: {type: int, default: 100, at_least: 1, at_most: 9999, doc: how bright}
    for_each: {e: host.tls.endpoints}
    require: e.port >= params.least
    message: "{e.locus} is at {e.port}"
  - id: lamp-clean
    title: Lamps are clean
    severity: low
    tags: [care]
    rationale: One sees more.
    remediation: Wipe it.
    require: host.tls.endpoints.all(e, e.server_name != 'dust')
"""
PROFILES = {
    "default": "format: profile/v1\nid: default\ntitle: All\nselect: [{pack: lamps}]\n",
    "bright": "format: profile/v1\nid: bright\ntitle: Bright\nselect: [{rule: lamp-bright}]\n",
    "dim": """
format: profile/v1
id: dim
title: Dim
select: [{pack: lamps}]
unselect: [{rule: lamp-clean, reason: nobody sees the dust}]
set: {lamp-bright.least: 10}
""",
}


@dataclass
class Eyes:
    """A scanner of TLS that is never asked: the dispatcher brings observations itself."""

    name: str = "tls"
    facts: type[Facts] = TlsFacts
    need: Need = Need.NETWORK

    def scan(self, target: Target, means: Means) -> Facts:
        raise NotImplementedError


@dataclass
class Bringer:
    """Brings the observations that it was given, whatever it is asked."""

    brought: tuple[Observation, ...] = ()

    def observe(
        self, hosts: Sequence[Host], scanners: Sequence[Scanner], watch: Watch
    ) -> Iterator[Observation]:
        yield from self.brought


def service_in(
    folder: Path,
    *,
    rules: str = PACKS,
    profiles: Mapping[str, str] = PROFILES,
    fleet_packs: Sequence[Traversable] = (),
) -> Service:
    """A service whose state, rules and profiles stand in this folder, with one host in its inventory."""
    (folder / "packs").mkdir(exist_ok=True)
    (folder / "packs" / "lamps.yaml").write_text(rules)
    (folder / "profiles").mkdir(exist_ok=True)
    for name, text in profiles.items():
        (folder / "profiles" / f"{name}.yaml").write_text(text)
    book, fleet, estate = load_books([folder / "packs", *fleet_packs], {"tls": TlsFacts})
    loaded = load_profiles([folder / "profiles"], book)
    service = Service(
        version="1.2.3",
        organisation="",
        clock=lambda: AT,
        scanners={"tls": Eyes()},
        policies=Policies(
            book=book, frameworks=(), profiles={each.id: each for each in loaded}, fleet=fleet, estate=estate
        ),
        dispatcher=Bringer(),
        store=open_store(f"sqlite:///{folder / 'state.db'}", {"tls": TlsFacts}),
    )
    with service.store.begin() as unit:
        unit.hosts.put(KIOSK)
    return service


def endpoint(port: int, server_name: str = "") -> Endpoint:
    return Endpoint(locus=f"tcp/{port}", port=port, reached="answered", server_name=server_name)
