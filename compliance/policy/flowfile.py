"""Files of declared flows, `flows/v1`: read, and every mistake in them at once."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Struct

from compliance.model.errors import BadPorts, BadRule
from compliance.model.flow import INTERNET, Flow, FlowRegister, Zone, ZoneClass
from compliance.model.host import parse_ports
from compliance.policy.decode import decode
from compliance.policy.filewords import says
from compliance.policy.words import did_you_mean
from compliance.policy.yaml_source import Problem, YamlFile, load_yaml

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


class ZoneSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network zone as it is written."""

    name: Annotated[str, says("What hosts of the inventory call it.")]
    zone_class: Annotated[ZoneClass, says("What it has to do with card data.")]
    wireless: Annotated[bool | None, says("Whether it is a wireless network.")] = None


class FlowSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"source": "from"}):
    """A flow as it is written."""

    source: Annotated[str, says("The zone it comes from.")]
    to: Annotated[str, says("The zone it goes to, or internet.")]
    ports: Annotated[str, says("TCP ports, as 443,8000-8100.")]
    purpose: Annotated[str, says("What it is needed for.")]
    approved_by: Annotated[str, says("Who approved it.")]
    approved_on: Annotated[str, says("The day of its approval, as 2026-10-02.")]
    protocol: Annotated[Literal["tcp"], says("Transport protocol.")] = "tcp"
    until: Annotated[str, says("Its last day, as 2027-10-01; left out where it has none.")] = ""


class FlowFileSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of declared flows as it is written."""

    format: Literal["flows/v1"]
    zones: Annotated[tuple[ZoneSpec, ...], says("The network zones.")]
    flows: Annotated[tuple[FlowSpec, ...], says("All traffic that is wanted between them.")]


def load_flows(path: Path) -> FlowRegister:
    """The zones and flows of a file; raises `BadRule` with every mistake and its place."""
    file = load_yaml(path)
    spec = decode(file, FlowFileSpec)
    reader = _Reader(file, spec)
    flows = [reader.flow(number, written) for number, written in enumerate(spec.flows)]
    reader.check_zones()
    if reader.problems:
        raise BadRule("\n".join(map(str, sorted(reader.problems))))
    zones = tuple(
        Zone(name=zone.name, zone_class=zone.zone_class, is_wireless=zone.wireless) for zone in spec.zones
    )
    return FlowRegister(zones=zones, flows=tuple(flow for flow in flows if flow is not None))


class _Reader:
    """Understands one file, and says everything that is wrong with it."""

    def __init__(self, file: YamlFile, spec: FlowFileSpec) -> None:
        self.file = file
        self.spec = spec
        self.names = [zone.name for zone in spec.zones]
        self.problems: list[Problem] = []

    def check_zones(self) -> None:
        for number, name in enumerate(self.names):
            if not name.strip() or name == INTERNET:
                self.wrong(("zones", number, "name"), f"{name!r} is no name of a zone")
            elif name in self.names[:number]:
                self.wrong(("zones", number, "name"), f"the zone {name!r} stands here twice")

    def flow(self, number: int, spec: FlowSpec) -> Flow | None:
        before = len(self.problems)
        at = ("flows", number)
        self.check_ends(at, spec)
        for name in ("purpose", "approved_by"):
            if not getattr(spec, name).strip():
                self.wrong((*at, name), f"{name} says nothing")
        approved = self.day((*at, "approved_on"), spec.approved_on)
        until = self.day((*at, "until"), spec.until) if spec.until else None
        ports = self.ports((*at, "ports"), spec.ports)
        if approved and until and until < approved:
            self.wrong((*at, "until"), "it ends before it was approved")
        if len(self.problems) > before or approved is None:
            return None
        return Flow(
            source=spec.source,
            destination=spec.to,
            ports=ports,
            purpose=spec.purpose.strip(),
            approved_by=spec.approved_by.strip(),
            approved_on=approved,
            until=until,
        )

    def check_ends(self, at: tuple[str | int, ...], spec: FlowSpec) -> None:
        for field, zone, others in (("from", spec.source, ()), ("to", spec.to, (INTERNET,))):
            known = (*self.names, *others)
            if zone not in known:
                self.wrong((*at, field), f"there is no zone {zone!r}{did_you_mean(zone, known)}")
        if spec.source == spec.to:
            self.wrong((*at, "to"), "a flow leads from one zone to another")

    def ports(self, at: tuple[str | int, ...], text: str) -> frozenset[int]:
        try:
            return frozenset(parse_ports(text))
        except BadPorts as error:
            self.wrong(at, f"{error.message}; {error.hint}")
            return frozenset()

    def day(self, at: tuple[str | int, ...], text: str) -> date | None:
        try:
            if _DAY.match(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self.wrong(at, f"{text!r} is no day; write it as 2027-03-31")
        return None

    def wrong(self, at: tuple[str | int, ...], text: str) -> None:
        self.problems.append(self.file.problem(at, text))
