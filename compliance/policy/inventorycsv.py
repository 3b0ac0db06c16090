"""Hosts or terminals as a table: a CSV file whose first line names the fields (RFC 4180)."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from compliance.model.errors import BadAddress, BadPorts, BadRule
from compliance.model.estate import Terminal
from compliance.model.host import Address, parse_ports
from compliance.model.inventory import HostEntry
from compliance.policy.words import did_you_mean
from compliance.policy.yaml_source import LARGEST_FILE, Problem

_PORTS = frozenset({"expected_ports", "passed_ports"})
_LISTS = _PORTS | {"scopes", "expected_units", "critical_paths"}
_FLAGS = frozenset({"attended", "takes_terminals"})
_TRUTHS: Mapping[str, bool] = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What a table declares: hosts or terminals, never both."""

    hosts: tuple[HostEntry, ...] = ()
    terminals: tuple[Terminal, ...] = ()


def load_table(path: Path) -> Table:
    """The hosts of a table, or its terminals if it has a column `serial`; raises `BadRule` with all mistakes.

    An empty cell declares nothing. Lists are written with semicolons; an expected port as `tcp/443=why`.
    """
    rows = _rows(path)
    header = [name.strip() for name in rows[0]] if rows else []
    kind: type[Struct] = Terminal if "serial" in header else HostEntry
    key = "serial" if kind is Terminal else "name"
    reader = _Reader(path, header, kind, key)
    problems = [*reader.bad_header()]
    found: list[Struct | None] = []
    if not problems:
        found = [reader.entry(number, row) for number, row in enumerate(rows[1:], start=2) if any(row)]
        problems = reader.problems
    if problems:
        raise BadRule("\n".join(map(str, sorted(problems))))
    entries: tuple[Any, ...] = tuple(found)
    return Table(terminals=entries) if kind is Terminal else Table(hosts=entries)


def _rows(path: Path) -> list[list[str]]:
    try:
        raw = path.read_bytes()[: LARGEST_FILE + 1]
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise BadRule(f"{path}:1:1: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise BadRule(f"{path}:1:1: is not UTF-8 text") from error
    if len(raw) > LARGEST_FILE:
        raise BadRule(f"{path}:1:1: is larger than one MiB")
    try:
        return list(csv.reader(text.splitlines(), strict=True))
    except csv.Error as error:
        raise BadRule(f"{path}:1:1: is no table: {error}") from error


class _Reader:
    """Understands one line after the other, and remembers what is wrong."""

    def __init__(self, path: Path, header: Sequence[str], kind: type[Struct], key: str) -> None:
        self.path = path
        self.header = header
        self.kind = kind
        self.key = key
        self.problems: list[Problem] = []
        self.first: dict[str, int] = {}

    def bad_header(self) -> Iterator[Problem]:
        """What is wrong with the first line."""
        known = [name for name in self.kind.__struct_fields__ if name not in {"folders", "inspections"}]
        for number, name in enumerate(self.header, start=1):
            if name not in known:
                yield self._problem(1, number, f"there is no field {name!r}{did_you_mean(name, known)}")
            elif name in self.header[: number - 1]:
                yield self._problem(1, number, f"the column {name!r} stands twice")
        if self.key not in self.header:
            yield self._problem(1, 1, f"the first line names the fields, {self.key} among them")

    def entry(self, line: int, row: Sequence[str]) -> Struct | None:
        """The entry of one line; None where something is wrong with it."""
        if len(row) != len(self.header):
            text = f"it has {len(row)} cells, and the first line names {len(self.header)}"
            self.problems.append(self._problem(line, 1, text))
            return None
        given = {name: cell.strip() for name, cell in zip(self.header, row, strict=True) if cell.strip()}
        name = given.get(self.key, "")
        if self.first.setdefault(name, line) != line:
            text = f"{name!r} stands already in line {self.first[name]}"
            self.problems.append(self._problem(line, self._column(self.key), text))
        try:
            found = msgspec.convert(
                {name: _value(name, cell) for name, cell in given.items()}, self.kind, strict=False
            )
            if isinstance(found, HostEntry):
                Address(found.name)
                Address(found.address or found.name)
                parse_ports(found.ports or "1")
        except (msgspec.ValidationError, BadAddress, BadPorts) as error:
            field = str(error).rpartition("`$.")[2].partition("`")[0].partition("[")[0]
            text = str(error).rpartition(" - at ")[0].replace("`", "'") or str(error)
            self.problems.append(self._problem(line, self._column(field), text))
            return None
        return found

    def _column(self, name: str) -> int:
        return self.header.index(name) + 1 if name in self.header else 1

    def _problem(self, line: int, cell: int, text: str) -> Problem:
        """A problem at a cell, counted from 1, in place of a column of letters."""
        return Problem(str(self.path), line, cell, text)


def _value(name: str, cell: str) -> Any:
    if name in _LISTS:
        parts = [part.strip() for part in cell.split(";") if part.strip()]
        return [_port(part) for part in parts] if name in _PORTS else parts
    return _TRUTHS.get(cell.lower(), cell) if name in _FLAGS else cell


def _port(text: str) -> dict[str, str]:
    port, _, why = text.partition("=")
    return {"port": port.strip(), **({"why": why.strip()} if why.strip() else {})}
