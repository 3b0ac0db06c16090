"""What is known of one host: its facts under one root, when they were seen, and why others were not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from compliance.model.host import Host
from compliance.model.inventory import HostInventory
from compliance.model.observation import NotSeen, Observation, Seen
from compliance.model.text import clean_line
from compliance.policy.cel.scope import element_label
from compliance.policy.schema import Schema
from scanners import Facts, Gap, PartialList, Reason

INVENTORY = "inventory"
"""Where a host's root holds what an inventory document declares of it."""
_MOST_NAMED = 3
_LONGEST_DETAIL = 160
_WORDS: Mapping[Reason, str] = {
    Reason.UNREACHABLE: "nothing answered",
    Reason.TIMED_OUT: "no answer came in time",
    Reason.NO_LOGIN: "it needs a login and none was given",
    Reason.REFUSED_LOGIN: "the host refused the login",
    Reason.HOST_KEY: "the host's key is not the pinned one",
    Reason.TOOL_MISSING: "a program that it needs is missing",
    Reason.NOT_PERMITTED: "the login may not read it",
    Reason.UNSUPPORTED: "this kind of host is not supported",
    Reason.INCONCLUSIVE: "what was seen allows no conclusion",
    Reason.PARTIAL: "only a part was seen",
    Reason.GARBLED: "what came back could not be understood",
    Reason.CRASHED: "the scanner failed",
    Reason.NOT_COLLECTED: "it was not collected",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A host and what was observed of it."""

    host: Host
    observations: Sequence[Observation]


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A host as rules see it."""

    host: str
    root: Struct
    seen_at: Mapping[str, datetime]
    """When each scanner looked, whether it saw anything or not."""
    unseen: Mapping[str, Gap]
    """The scanners that saw nothing, and why."""
    name: str = "host"
    """What rules call the root."""

    def moment(self, scanners: Iterable[str]) -> datetime | None:
        """When the facts of these scanners were seen; of all, for a rule that reads none; None if never."""
        times = [self.seen_at[name] for name in scanners if name in self.seen_at and name not in self.unseen]
        return max(times or self.seen_at.values(), default=None)

    def why(self, paths: Iterable[str]) -> str:
        """Which facts were not seen, and why, in words."""
        said = list(dict.fromkeys(self.reason(path) for path in sorted(paths)))
        more = f"; and {len(said) - _MOST_NAMED} more" if len(said) > _MOST_NAMED else ""
        return "; ".join(said[:_MOST_NAMED]) + more

    def reason(self, path: str) -> str:
        """Why one fact was not seen, in words."""
        if isinstance(self.root, Facts):
            whole = _longest(self.root.gaps, path.removeprefix(f"{self.name}."))
            return f"{path} is not whole: {_because(whole)}" if whole else f"{path} is not known"
        bare = path.removeprefix("host.")
        scanner, _, inner = bare.partition(".")
        if scanner not in type(self.root).__struct_fields__:
            return f"{bare} is not {'declared' if self.name == 'estate' else 'known'}"
        facts = getattr(self.root, scanner)
        gap = self.unseen.get(scanner)
        if gap is not None:
            return f"{scanner} was not seen: {_because(gap)}"
        if not isinstance(facts, Facts):
            is_declared = scanner in {INVENTORY, bare}
            return f"{bare} is not declared" if is_declared else f"{scanner} was not seen"
        found = _longest(facts.gaps, inner)
        if found and found.reason is Reason.PARTIAL and found.path == inner:
            return f"{bare} was seen only in part" + (f": {_because(found)}" if found.detail else "")
        return f"{bare} was not seen: {_because(found) if found else _WORDS[Reason.NOT_COLLECTED]}"


def witness_of(schema: Schema, subject: Subject) -> Witness:
    """What is known of a subject; the newest observation of each scanner counts."""
    host = subject.host
    values = declared(host)
    seen_at: dict[str, datetime] = {}
    unseen: dict[str, Gap] = {}
    for observation in sorted(subject.observations, key=lambda one: one.at):
        scanner = observation.task.scanner
        if scanner not in schema.scanners:
            continue
        seen_at[scanner] = observation.at
        match observation:
            case Seen():
                values[scanner] = observation.facts
                unseen.pop(scanner, None)
            case NotSeen():
                values.pop(scanner, None)
                unseen[scanner] = Gap(path="", reason=observation.reason, detail=observation.detail)
    for scanner in schema.scanners:
        if scanner not in seen_at:
            unseen[scanner] = Gap(path="", reason=Reason.NOT_COLLECTED, detail="no scan looked")
    known = {name: value for name, value in values.items() if value is not None}
    root = with_partial_lists(schema.root(**known), schema.scanners)
    return Witness(host=host.name, root=root, seen_at=seen_at, unseen=unseen)


def declared(host: Host) -> dict[str, Any]:
    """What the inventory says of a host, as rules read it; None where it says nothing."""
    return {
        "name": host.name,
        "address": str(host.address),
        "declared": host.declared,
        "scopes": tuple(sorted(host.scopes)),
        "inventory": host.inventory or HostInventory(),  # an exemption that nobody claimed is none
        **{name: getattr(host, name) for name in ("site", "zone", "role", "owner")},
    }


def with_partial_lists(root: Struct, scanners: Iterable[str]) -> Struct:
    """The root with each list that a gap calls partial as a `PartialList`."""
    if isinstance(root, Facts):
        for gap in root.gaps:
            if gap.reason is Reason.PARTIAL:
                root = _cut(root, gap.path)
    for scanner in scanners:
        facts = getattr(root, scanner)
        if isinstance(facts, Facts):
            for gap in facts.gaps:
                if gap.reason is Reason.PARTIAL:
                    facts = _cut(facts, gap.path)
            if facts is not getattr(root, scanner):
                root = msgspec.structs.replace(root, **{scanner: facts})
    return root


def _cut(value: Any, path: str) -> Any:
    """The value with the list at a path made partial; unchanged where there is no list at that path."""
    if not path:
        return PartialList(tuple.__iter__(value)) if isinstance(value, tuple) else value
    if isinstance(value, tuple):
        return _cut_element(value, path)
    if not isinstance(value, Struct):
        return value
    name = path.split(".", 1)[0].split("[", 1)[0]
    if name not in type(value).__struct_fields__:
        return value
    inner = getattr(value, name)
    cut = _cut(inner, path[len(name) :].removeprefix("."))
    return value if cut is inner else msgspec.structs.replace(value, **{name: cut})


def _cut_element(value: tuple[Any, ...], path: str) -> tuple[Any, ...]:
    for index, element in enumerate(tuple.__iter__(value)):
        label = element_label(index, element)
        if path.startswith(label):
            items = list(tuple.__iter__(value))
            items[index] = _cut(element, path[len(label) :].removeprefix("."))
            return type(value)(items)
    return value


def _longest(gaps: Sequence[Gap], path: str) -> Gap | None:
    """The gap that speaks of a path most closely: its own, or the nearest above it."""
    above = [
        gap
        for gap in gaps
        if not gap.path or path == gap.path or path.startswith((f"{gap.path}.", f"{gap.path}["))
    ]
    return max(above, key=lambda gap: len(gap.path), default=None)


def _because(gap: Gap) -> str:
    return clean_line(gap.detail, _LONGEST_DETAIL) if gap.detail else _WORDS[gap.reason]
