"""Words that a person typed become hosts, scanners and a profile, or an error that says what there is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TypeVar

from compliance.actions.service import Service
from compliance.model.errors import OutsideWindow, UnknownName
from compliance.model.host import Address, Host
from compliance.model.profile import Profile
from compliance.model.vulnerability import SEEN_BY
from scanners import Scanner

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody wants looked at, and how."""

    hosts: tuple[str, ...]
    scanners: tuple[str, ...] = ()
    """Names of scanners; empty means those that the profile's rules read."""
    profile: str = "default"
    ports: tuple[int, ...] | None = None
    login: str = ""
    outside_window: bool = False
    """Look even outside the hours in which hosts may be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """Which hosts of the inventory: all that match every word that is not empty."""

    site: str = ""
    zone: str = ""
    role: str = ""


def names_among(service: Service, among: Among) -> tuple[str, ...]:
    """The names of the inventory's hosts that match; raises `UnknownName` where none does."""
    with service.store.begin() as unit:
        known = tuple(unit.hosts.all())
    wanted = {side: word for side in ("site", "zone", "role") if (word := getattr(among, side))}
    found = tuple(host.name for host in known if all(getattr(host, side) == wanted[side] for side in wanted))
    if found:
        return found
    told = " and ".join(f"{side} {ascii(word)[:80]}" for side, word in wanted.items())
    raise UnknownName(
        f"no host of the inventory has {told}" if wanted and known else "the inventory has no hosts",
        hint="compliance hosts list shows them; compliance hosts import FILE reads many at once",
    )


def chosen_hosts(service: Service, order: Order) -> tuple[Host, ...]:
    """The hosts of an order, each once: those of the inventory by name, the others as they were typed."""
    with service.store.begin() as unit:
        known = {name: unit.hosts.named(name) for name in dict.fromkeys(order.hosts)}
    found = (host or _typed(name) for name, host in known.items())
    return tuple(_adjusted(host, order) for host in found)


def check_window(service: Service, order: Order) -> None:
    """Raise `OutsideWindow` where hosts may not be looked at now, and the order does not insist."""
    window = service.window
    if window is not None and not order.outside_window and not window.holds(service.clock()):
        raise OutsideWindow(
            f"it is outside of the hours for scans ({window})",
            hint="--outside-window looks all the same; scan.window in the settings says when",
        )


def chosen_profile(service: Service, name: str) -> Profile:
    """The profile of that name."""
    return named(service.policies.profiles, name, kind="profile")


def chosen_scanners(service: Service, order: Order) -> tuple[Scanner, ...]:
    """The scanners of an order; where none are named, all that the profile's rules read."""
    if order.scanners:
        asked = dict.fromkeys(SEEN_BY.get(name, name) for name in order.scanners)
        return tuple(named(service.scanners, name, kind="scanner") for name in asked)
    rules = service.policies.rules
    read = {name for rule in chosen_profile(service, order.profile).rules for name in rules[rule].scanners}
    read |= {SEEN_BY[name] for name in read & SEEN_BY.keys()}
    return tuple(scanner for name, scanner in service.scanners.items() if name in read)


def named(things: Mapping[str, Thing], name: str, *, kind: str) -> Thing:
    """The thing of that name; raises `UnknownName` with the nearest names, or all of them."""
    if name in things:
        return things[name]
    near = get_close_matches(name, things, n=3) or _some(things)
    hint = f"there is: {', '.join(near)}" if near else f"there is no {kind} at all"
    raise UnknownName(f"no {kind} is called {ascii(name)[:80]}", hint=hint)


def _some(names: Iterable[str], most: int = 12) -> Sequence[str]:
    listed = sorted(names)
    return listed if len(listed) <= most else [*listed[:most], "..."]


def _typed(name: str) -> Host:
    return Host(name=name, address=Address(name), declared=False)


def _adjusted(host: Host, order: Order) -> Host:
    return replace(host, ports=order.ports or host.ports, login=order.login or host.login)
