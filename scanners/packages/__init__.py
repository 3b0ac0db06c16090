"""What is installed, what is behind, whether the host must restart, and how old its system is."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from msgspec.structs import replace

from scanners import Means, Need, NoLogin, Target
from scanners.facts import UNKNOWN
from scanners.kit.collector import Gaps, Sections, collect
from scanners.packages.facts import Kernel, OperatingSystem, Package, PackageFacts, Update
from scanners.packages.installed import inventory
from scanners.packages.restart import kernel, restart
from scanners.packages.runtimes import runtimes
from scanners.packages.system import lifetime, parse_os_release, support_on
from scanners.packages.updates import metadata_at, updates, with_origins

__all__ = [
    "SCANNER",
    "Kernel",
    "OperatingSystem",
    "Package",
    "PackageFacts",
    "PackageScanner",
    "Update",
    "package_facts",
]


def _today() -> date:
    return datetime.now(UTC).date()


class PackageScanner:
    """Reads the package database and its metadata over a shell; support is judged on the day of the look."""

    name = "packages"
    facts = PackageFacts
    need = Need.SHELL

    def __init__(self, today: Callable[[], date] = _today) -> None:
        self._today = today

    def scan(self, target: Target, means: Means) -> PackageFacts:  # noqa: ARG002 (the shell knows the target)
        """What is installed and how current it is; raises `NoLogin`, or what the shell raises."""
        if means.shell is None:
            raise NoLogin("no login was given; use --login NAME, or scan localhost")
        means.progress("reading the host from inside", 0.0)
        return package_facts(collect(means.shell, means.deadline), self._today())


SCANNER = PackageScanner()


def package_facts(sections: Sections, today: date) -> PackageFacts:
    """The facts in the collector's sections; a section that is missing leaves UNKNOWN and a gap."""
    gaps = Gaps()
    system = gaps.fact("os", lambda: _system(sections, today, gaps))
    stock = gaps.fact("installed", lambda: inventory(sections))
    refreshed = gaps.fact("metadata_at", lambda: metadata_at(sections.text("metadata-times")))
    if stock is UNKNOWN:
        return PackageFacts(os=system, metadata_at=refreshed, gaps=tuple(gaps.found))
    kernels = gaps.fact("kernel", lambda: kernel(sections, stock))
    packages = with_origins(sections, stock.packages)
    needed, reasons = restart(sections, stock, kernels, gaps)
    return PackageFacts(
        manager=stock.manager,
        os=system,
        installed=packages,
        updates=gaps.fact("updates", lambda: updates(sections, stock, gaps)),
        metadata_at=refreshed,
        kernel=kernels,
        runtimes=runtimes(packages, system, today, gaps),
        reboot_needed=needed,
        reboot_reasons=reasons,
        gaps=tuple(gaps.found),
    )


def _system(sections: Sections, today: date, gaps: Gaps) -> OperatingSystem:
    system = parse_os_release(sections.text("os-release"))
    life = gaps.fact("os.support", lambda: lifetime(system))
    if life is UNKNOWN:
        return system
    return replace(system, support=support_on(today, life), support_ends=life.security)
