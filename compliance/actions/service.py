"""The service: the parts that every action works with, chosen by the wiring."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from compliance.dispatch.observe import Watch
from compliance.model.framework import Framework
from compliance.model.host import Host
from compliance.model.observation import Observation
from compliance.model.profile import Profile
from compliance.model.rule import Rule
from compliance.model.vulnerability import DERIVED
from compliance.model.window import Window
from compliance.policy.rulebook import RuleBook
from compliance.policy.waiverfile import LoadedWaiver
from compliance.store.unit import Store
from scanners import Facts, Scanner


class Dispatcher(Protocol):
    """Whatever carries scanners to hosts and brings observations back."""

    def observe(
        self, hosts: Sequence[Host], scanners: Sequence[Scanner], watch: Watch
    ) -> Iterator[Observation]:
        """Every observation as it comes in."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """What is right: rules, the frameworks that claim them, the profiles that choose, and what is waived."""

    book: RuleBook
    frameworks: tuple[Framework, ...]
    profiles: Mapping[str, Profile]
    waivers: tuple[LoadedWaiver, ...] = ()
    fleet: RuleBook | None = None
    """Rules of what all hosts show together; None where there are none."""
    estate: RuleBook | None = None
    """Rules of what the inventory declares; None where there are none."""

    @property
    def rules(self) -> Mapping[str, Rule]:
        """The rules by their ids, those of the fleet and the estate too."""
        return {rule.id: rule for rule in (*self.book, *(self.fleet or ()), *(self.estate or ()))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Everything that actions use; made once by the wiring."""

    version: str
    organisation: str
    clock: Callable[[], datetime]
    scanners: Mapping[str, Scanner]
    """In the order in which their observations stand in a scan."""
    policies: Policies
    dispatcher: Dispatcher
    store: Store
    window: Window | None = None
    """The hours in which hosts may be looked at; None means all."""

    @property
    def fact_types(self) -> Mapping[str, type[Facts]]:
        """The facts that rules may read: those of each scanner, and those worked out from them."""
        return {**{name: scanner.facts for name, scanner in self.scanners.items()}, **DERIVED}
