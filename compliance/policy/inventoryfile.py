"""Inventory files, `inventory/v1`: read whole, with every mistake in them at once."""

import ipaddress
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, get_type_hints

from msgspec import Struct

from compliance.model.declared import declared_hosts
from compliance.model.errors import BadAddress, BadPorts, BadRule
from compliance.model.estate import KINDS, Entry
from compliance.model.flow import INTERNET
from compliance.model.host import Address, parse_ports
from compliance.model.inventory import FlowEntry, HostInventory, Inventory
from compliance.policy.decode import decode
from compliance.policy.estatefacts import EstateFacts
from compliance.policy.schema import record_of
from compliance.policy.words import did_you_mean
from compliance.policy.yaml_source import BadYaml, Problem, Steps, YamlFile, load_yaml
from scanners import UNKNOWN

_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_PORT = re.compile(r"(tcp|udp)/([1-9][0-9]{0,4})\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_LAST_PORT = 65535
SECTIONS: Mapping[str, type[Struct]] = {
    name: hint.__args__[0].__args__[0]
    for name, hint in get_type_hints(Inventory, include_extras=True).items()
    if name not in {"format", "registers"}
}
"""The lists of the document, and what each holds."""


def load_inventory(path: Traversable | Path, controls: Collection[str] | None = None) -> Inventory:
    """The document of a file; raises `BadRule` with every mistake, each with file, line and column.

    `controls` are the controls that there are, as `pci-dss-4.0.1/1.1.1`; None leaves them unchecked.
    """
    file = load_yaml(path, name=str(path))
    problems = [*_shape(file)]
    if not problems:
        document = decode(file, Inventory)
        reader = _Reader(file, document, controls)
        problems += reader.mistakes()
        problems += [] if problems else reader.too_many()
    if problems:
        raise BadRule("\n".join(map(str, sorted(set(problems)))))
    return document


def _shape(file: YamlFile) -> Iterator[Problem]:
    """What fits no type, each part by itself, so that one mistake does not hide the others."""
    data = file.data
    if not isinstance(data, dict) or data.get("format") != "inventory/v1":
        yield file.problem(("format",), "an inventory begins with format: inventory/v1")
        return
    for name in data:
        if name not in Inventory.__struct_fields__:
            text = f"there is no field {name!r}{did_you_mean(name, Inventory.__struct_fields__)}"
            yield file.problem((name,), text, on_key=True)
    for name, kind in SECTIONS.items():
        yield from _list_shape(file, data, (name,), kind)
    registers = data.get("registers", {})
    if not isinstance(registers, dict):
        yield file.problem(("registers",), "expected a map from kinds of registers to their entries")
        return
    for name in registers:
        if name not in KINDS:
            text = f"there is no register {name!r}{did_you_mean(name, KINDS)}"
            yield file.problem(("registers", name), text, on_key=True)
        else:
            yield from _list_shape(file, registers, ("registers", name), Entry)


def _list_shape(file: YamlFile, data: Mapping[str, Any], at: Steps, kind: type[Struct]) -> Iterator[Problem]:
    if at[-1] not in data:
        return
    listed = data[str(at[-1])]
    if not isinstance(listed, list):
        yield file.problem(at, "expected a list; write [] where there is none")
        return
    for number in range(len(listed)):
        try:
            decode(file, kind, (*at, number))
        except BadYaml as error:
            yield error.problem


class _Reader:
    """Says everything that is wrong in a document whose shape is right."""

    def __init__(self, file: YamlFile, document: Inventory, controls: Collection[str] | None) -> None:
        self.file = file
        self.document = document
        self.controls = controls
        self.hosts = _names(document.hosts)
        self.sites = _names(document.sites)
        self.zones = _names(document.zones)

    def mistakes(self) -> Iterator[Problem]:
        """Every mistake, in no order."""
        for name in SECTIONS:
            listed = getattr(self.document, name)
            yield from self._listed(() if listed is UNKNOWN else listed, (name,))
        for name in KINDS:
            entries = getattr(self.document.registers, name)
            yield from self._listed(() if entries is UNKNOWN else entries, ("registers", name))

    def too_many(self) -> Iterator[Problem]:
        """Lists that hold more than rules may look through, as a whole or of one host."""
        for name, field in record_of(EstateFacts).fields.items():
            listed = getattr(self.document, name, UNKNOWN)
            if field.type.most and listed is not UNKNOWN and len(listed) > field.type.most:
                yield self.file.problem(
                    (name,), f"{len(listed)} {name}; at most {field.type.most} are allowed"
                )
        for number, host in enumerate(declared_hosts(self.document)):
            for name, most in _MOST.items():
                listed = getattr(host.inventory, name)
                if listed is not UNKNOWN and len(listed) > most:
                    text = f"{len(listed)} {name} are declared of one host; at most {most} are allowed"
                    yield self.file.problem(("hosts", number, "name"), text)

    def _listed(self, listed: tuple[Struct, ...], at: Steps) -> Iterator[Problem]:
        first: dict[str, int] = {}
        for number, one in enumerate(listed):
            spot: Steps = (*at, number)
            label = getattr(type(one), "LABEL", "")
            if label and at[0] not in {"accounts", "scripts"}:
                name = getattr(one, label)
                if first.setdefault(name, number) != number:
                    line = self.file.line((*at, first[name]))
                    yield self.file.problem((*spot, label), f"{name!r} stands already in line {line}")
            yield from self._fields(one, spot)
            if isinstance(one, FlowEntry):
                yield from self._flow(one, spot)

    def _flow(self, flow: FlowEntry, at: Steps) -> Iterator[Problem]:
        """What is wrong with a flow: its ends, its ports, its days, words that say nothing."""
        for field, zone, others in (("from", flow.source, ()), ("to", flow.to, (INTERNET,))):
            if self.zones is not None:
                yield from self._known((*at, field), zone, self.zones.union(others), "zone")
        if flow.source == flow.to:
            yield self.file.problem((*at, "to"), "a flow leads from one zone to another")
        yield from self._tried((*at, "ports"), parse_ports, flow.ports)
        if flow.until is not None and flow.until < flow.approved_on:
            yield self.file.problem((*at, "until"), "it ends before it was approved")
        for name in ("purpose", "approved_by"):
            if not getattr(flow, name).strip():
                yield self.file.problem((*at, name), f"{name} says nothing")

    def _fields(self, one: Struct, at: Steps) -> Iterator[Problem]:
        for name in one.__struct_fields__:
            value = getattr(one, name)
            if value is UNKNOWN or value is None:
                continue
            if value == "":
                if name == getattr(type(one), "LABEL", ""):
                    yield self.file.problem((*at, name), f"{name} says nothing")
                continue
            for number, inner in enumerate(value if isinstance(value, tuple) else ()):
                if isinstance(inner, Struct):
                    yield from self._fields(inner, (*at, name, number))
            yield from self._value(name, value, at)

    def _value(self, name: str, value: Any, at: Steps) -> Iterator[Problem]:
        is_host = at[0] == "hosts" and len(at) == _HOST_DEPTH
        spot: Steps = (*at, name)
        if is_host and name in {"name", "address"}:
            yield from self._tried(spot, Address, value)
        elif is_host and name == "ports":
            yield from self._tried(spot, parse_ports, value)
        elif name in _FORMS:
            fits, text = _FORMS[name]
            if not fits(value):
                yield self.file.problem(spot, f"{value!r} {text}")
        elif name == "networks":
            for number, text in enumerate(value):
                yield from self._tried((*spot, number), ipaddress.ip_network, text)
        elif name == "controls" and self.controls is not None:
            for number, control in enumerate(value):
                yield from self._known((*spot, number), control, self.controls, "control")
        else:
            yield from self._references(name, value, at)

    def _references(self, name: str, value: Any, at: Steps) -> Iterator[Problem]:
        """Names of hosts, sites and zones that the document does not have, where it lists them at all."""
        known = {
            "site": self.sites,
            "sites": self.sites,
            "zone": self.zones,
            "host": self.hosts,
            "hosts": self.hosts,
        }.get(name)
        if known is None or len(at) == 1:
            return
        for number, word in enumerate(value if isinstance(value, tuple) else (value,)):
            spot: Steps = (*at, name, number) if isinstance(value, tuple) else (*at, name)
            yield from self._known(spot, word, known, name.removesuffix("s"))

    def _known(self, spot: Steps, word: str, known: Collection[str], what: str) -> Iterator[Problem]:
        if word not in known:
            yield self.file.problem(spot, f"there is no {what} {word!r}{did_you_mean(word, known)}")

    def _tried(self, spot: Steps, parse: Callable[[str], object], text: str) -> Iterator[Problem]:
        try:
            parse(text)
        except (BadAddress, BadPorts, ValueError) as error:
            yield self.file.problem(spot, str(error))


_HOST_DEPTH = 2
_MOST: Mapping[str, int] = {
    name: field.type.most for name, field in record_of(HostInventory).fields.items() if field.type.most
}
"""How much may be declared of one host, so that no rule runs without bound."""


def _is_port(text: str) -> bool:
    found = _PORT.match(text)
    return found is not None and int(found[2]) <= _LAST_PORT


_DAYS = (lambda days: days >= 0, "is no number of days; write 0 or more")
_FORMS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "port": (_is_port, "is no port; write it as tcp/443 or udp/123"),
    "country": (lambda text: bool(_COUNTRY.match(text)), "is no country; write two capital letters, as LU"),
    "path": (
        lambda text: text.startswith("/") and text.isprintable(),
        "is no absolute path, as /srv/plates",
    ),
    "fingerprint": (
        lambda text: bool(_DIGEST.match(text)),
        "is no SHA-256: 64 digits from 0 to f, no colons",
    ),
    **dict.fromkeys(
        (
            *("days", "retention_days", "legal_days", "inspect_days", "password_days"),
            *("cryptoperiod_days", "strength_bits"),
        ),
        _DAYS,
    ),
}
"""What fields of these names must look like, wherever they stand."""


def _names(listed: tuple[Any, ...]) -> frozenset[str] | None:
    """What a list declares; None where it is not there, so that nothing is compared with it."""
    return None if listed is UNKNOWN else frozenset(one.name for one in listed)
