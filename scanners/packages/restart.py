"""Whether the host must restart: its running kernel beside those on the disk, and other signs."""

import re
from collections.abc import Callable

from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.collector import Gaps, Missing, Sections
from scanners.kit.versions import deb_key, rpm_key
from scanners.packages.facts import Kernel, Package
from scanners.packages.installed import Inventory

_DPKG_KERNEL = re.compile(r"linux-image-(?:unsigned-)?(\d.*)")
_RPM_KERNEL = re.compile(r"kernel(?:-rt|-uek|-64k)?(?:-core)?")
_APK_KERNEL = re.compile(r"linux-(lts|virt|edge|rpi\d?|openpax)")
_FLAVOUR = re.compile(r"-([a-z][a-z0-9-]*)$")
_RPM_FLAVOUR = re.compile(r"[+.](rt|debug|64k|uek)\b")
_RESTARTED_FOR = ("kernel-core", "kernel", "glibc", "systemd", "openssl-libs", "dbus-broker", "dbus-daemon")
_NAMED = 20


def kernel(sections: Sections, inventory: Inventory) -> Kernel:
    """The running kernel beside the newest installed one of its flavour; raises `Missing`."""
    running = sections.text("uname").split("\n")[1]
    releases = kernel_releases(inventory)
    flavour = flavour_of(running, inventory.manager)
    same = [release for release in releases if flavour_of(release, inventory.manager) == flavour]
    signs = sections.text("container").split()
    return Kernel(
        running=running,
        newest_installed=max(same, key=_key(inventory.manager), default=""),
        contained=bool(signs) or (running not in releases and not same),
    )


def kernel_releases(inventory: Inventory) -> tuple[str, ...]:
    """The releases, as `uname -r` names them, of the kernels that packages brought."""
    found = (kernel_release_of(package, inventory.manager) for package in inventory.packages)
    return tuple(dict.fromkeys(release for release in found if release))


def kernel_release_of(package: Package, manager: str) -> str:
    """The release, as `uname -r` names it, of the kernel that a package brought; empty if it brought none."""
    version = package.version.rpartition(":")[2]
    match manager:
        case "dpkg":
            named = _DPKG_KERNEL.fullmatch(package.name)
            is_symbols = package.name.endswith(("-dbg", "-dbgsym"))
            return named[1] if named and not is_symbols and package.source != "linux-meta" else ""
        case "rpm":
            return f"{version}.{package.architecture}" if _RPM_KERNEL.fullmatch(package.name) else ""
        case _:
            named = _APK_KERNEL.fullmatch(package.name)
            return f"{version.replace('-r', '-')}-{named[1]}" if named else ""


def flavour_of(release: str, manager: str) -> str:
    """A kernel release's flavour: `amd64`, `cloud-amd64`, `generic`, `lts`; for rpm `rt`, `uek` or none."""
    match = (_RPM_FLAVOUR if manager == "rpm" else _FLAVOUR).search(release)
    return match[1] if match else ""


def restart(
    sections: Sections, inventory: Inventory, kernel: Kernel, gaps: Gaps
) -> tuple[bool, tuple[str, ...]]:
    """Whether the host must restart, and the signs; a sign that could not be looked for leaves it open."""
    looks: tuple[Callable[[], list[str]], ...] = (
        lambda: _asked_for(sections),
        lambda: _newer_kernel(kernel, inventory.manager),
        lambda: _replaced_libraries(sections),
        lambda: _installed_since(sections, inventory, kernel),
    )
    signs = [gaps.fact("reboot_reasons", look) for look in looks]
    reasons = [reason for sign in signs if sign is not UNKNOWN for reason in sign]
    if not any(sign is UNKNOWN for sign in signs):
        return bool(reasons), tuple(reasons)
    needed: bool = True if reasons else UNKNOWN
    return needed, PartialList(reasons)


def _asked_for(sections: Sections) -> list[str]:
    if not sections.has("reboot-required"):
        return []
    packages = sections.text("reboot-required").split()[:_NAMED]
    return ["the system asks for it" + (f", for {', '.join(packages)}" if packages else "")]


def _newer_kernel(kernel: Kernel, manager: str) -> list[str]:
    if kernel is UNKNOWN:
        raise Missing(Reason.NOT_COLLECTED, "the kernels are not known")
    if kernel.contained or not kernel.newest_installed:
        return []
    key = _key(manager)
    if key(kernel.newest_installed) <= key(kernel.running):
        return []
    return [f"kernel {kernel.newest_installed} is installed, {kernel.running} runs"]


def _replaced_libraries(sections: Sections) -> list[str]:
    """Programs that still use libraries whose files were replaced."""
    users: dict[str, list[str]] = {}
    for line in sections.text("deleted-libraries").splitlines():
        program, _, library = line.rpartition(" ")
        if library:
            users.setdefault(program, []).append(library.rpartition("/")[2])
    return [f"{name} still uses replaced libraries: {', '.join(used[:3])}" for name, used in users.items()][
        :_NAMED
    ]


def _installed_since(sections: Sections, inventory: Inventory, kernel: Kernel) -> list[str]:
    """Packages that wait for a restart, by the times of installation, which rpm alone keeps."""
    if inventory.manager != "rpm" or (kernel is not UNKNOWN and kernel.contained):
        return []
    booted = int(sections.text("boot-time").split()[1])
    newer = [name for name in _RESTARTED_FOR if inventory.installed_at.get(name, 0) > booted]
    return [f"installed since the last start: {', '.join(newer)}"] if newer else []


def _key(manager: str) -> Callable[[str], bytes]:
    return rpm_key if manager == "rpm" else deb_key
