"""Service units: systemd's or OpenRC's, and which programs run."""

from dataclasses import dataclass

from scanners.config.facts import Service
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Gaps, Missing, Sections

_ENABLED = {"enabled": True, "enabled-runtime": True, "alias": True, "disabled": False, "masked": False}
_ON = ("enabled", "enabled-runtime")
"""Another name of a unit (alias) is left out: the unit stands in the list itself."""
_ACTIVE = ("active", "reloading", "activating")


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What runs now: by the units where an init system knows them, else by the names of processes."""

    active: frozenset[str] | None
    """Names of active units; None where no init system tells."""
    processes: frozenset[str] | None
    """Names of processes as the kernel cuts them, 15 characters; None if they could not be listed."""

    def runs(self, *, units: tuple[str, ...], processes: tuple[str, ...]) -> bool:
        """Whether one of the units is active, or one of the programs runs; raises `Missing` if nobody knows.

        Units go first: on a host of containers the processes of those are seen too.
        """
        if self.active is not None:
            return not self.active.isdisjoint(units)
        if self.processes is not None:
            return not self.processes.isdisjoint(name[:15] for name in processes)
        raise Missing(Reason.NOT_COLLECTED, "neither units nor processes could be listed")


def what_runs(sections: Sections) -> Running:
    """What runs now."""
    active: frozenset[str] | None = None
    if sections.code("units") == 0:
        active = frozenset(name for name, up in parse_units(sections.text("units")).items() if up)
    elif sections.code("openrc") == 0:
        services = parse_openrc(sections.text("openrc"))
        active = frozenset(name for name, service in services.items() if service.active)
    processes = None
    if sections.code("processes") == 0:
        processes = frozenset(sections.text("processes").split("\n"))
    return Running(active=active, processes=processes)


def services(sections: Sections, gaps: Gaps) -> dict[str, Service]:
    """Service units by name; raises `Missing` where no init system that we know can tell."""
    if sections.code("openrc") == 0 and sections.code("units") != 0:
        return parse_openrc(sections.text("openrc"))
    if not sections.has("unit-files"):
        raise Missing(Reason.UNSUPPORTED, "neither systemd nor OpenRC is there")
    enabled = parse_unit_files(sections.text("unit-files"))
    active = gaps.fact("services[].active", lambda: parse_units(sections.text("units")))
    if active is UNKNOWN:
        return {name: Service(enabled=on) for name, on in enabled.items()}
    return {
        name: Service(enabled=enabled.get(name, UNKNOWN), active=active.get(name, False))
        for name in sorted({*enabled, *active})
    }


def enabled(sections: Sections) -> tuple[str, ...]:
    """Names of units that start with the system; sockets and timers keep their ending."""
    if sections.code("openrc") == 0 and sections.code("unit-files") != 0:
        found = parse_openrc(sections.text("openrc"))
        return tuple(name for name, service in found.items() if service.enabled)
    rows = (line.split()[:2] for line in sections.text("unit-files").splitlines())
    on = {row[0].removesuffix(".service") for row in rows if row[1:] and row[1] in _ON}
    return tuple(sorted(on))


def parse_unit_files(text: str) -> dict[str, bool]:
    """Units of `systemctl list-unit-files` and whether they start at boot; UNKNOWN for static ones."""
    pairs = (line.split()[:2] for line in text.splitlines() if len(line.split()) > 1)
    return {name.removesuffix(".service"): _ENABLED.get(state, UNKNOWN) for name, state in pairs}


def parse_units(text: str) -> dict[str, bool]:
    """Loaded units of `systemctl list-units --all --plain` and whether they are active."""
    found: dict[str, bool] = {}
    for line in text.splitlines():
        words = line.lstrip("\u25cf* ").split()
        if len(words) > 3 and words[1] != "not-found":  # noqa: PLR2004 (unit, load, active, sub)
            found[words[0].removesuffix(".service")] = words[2] in _ACTIVE
    return found


def parse_openrc(text: str) -> dict[str, Service]:
    """Services of OpenRC: `present`, `enabled` and `active`, each with a name."""
    said: dict[str, set[str]] = {}
    for line in text.splitlines():
        state, _, name = line.partition(" ")
        if name:
            said.setdefault(name, set()).add(state)
    return {
        name: Service(present="present" in states, enabled="enabled" in states, active="active" in states)
        for name, states in sorted(said.items())
    }
