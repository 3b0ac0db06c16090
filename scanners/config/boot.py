"""How the host starts and what guards its kernel: Secure Boot, GRUB, AppArmor, SELinux, modules."""

from typing import Literal

from scanners.config.systemfacts import Boot, KernelModule
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Gaps, Missing, Sections, dumps

_UNUSED = (
    "cramfs", "freevxfs", "jffs2", "hfs", "hfsplus", "squashfs", "udf", "usb_storage", "uas", "dccp", "sctp",
    "rds", "tipc", "firewire_core", "firewire_ohci", "firewire_sbp2",
)  # fmt: skip
_NOTHING = ("/bin/true", "/bin/false", "/usr/bin/true", "/usr/bin/false", "/sbin/nologin")
_MODES: dict[str, Literal["enforcing", "permissive", "off"]] = {"1": "enforcing", "0": "permissive"}


def boot(sections: Sections, gaps: Gaps) -> Boot:
    """How the host starts; what it does not show is UNKNOWN, with a gap."""
    said = parse_boot(sections.text("boot"))
    efi = said.get("efi", ["no"])[0] == "yes"
    apparmor = said.get("apparmor", ["N"])[0] == "Y"
    selinux = _MODES.get(said["selinux"][0], "off") if "selinux" in said else "off"
    locked = gaps.fact("boot.loader_password", lambda: _loader(said.get("grub", [])))
    lockdown = next((word.strip("[]") for word in said.get("lockdown", []) if word.startswith("[")), UNKNOWN)
    if lockdown is UNKNOWN:
        gaps.add("boot.lockdown", Reason.UNSUPPORTED, "the kernel does not show its lockdown")
    return Boot(
        efi=efi,
        secure_boot=gaps.fact("boot.secure_boot", lambda: efi and _secure(said)),
        loader_password=locked,
        apparmor=apparmor,
        selinux=selinux,
        mandatory=apparmor or selinux == "enforcing",
        lockdown=lockdown,
        words=tuple(said.get("word", [])),
    )


def parse_boot(text: str) -> dict[str, list[str]]:
    """Lines of the section by their first word, the rest cut into words."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, *words = line.split() or [""]
        if words:
            found.setdefault(key, []).extend(words)
    return found


def modules(sections: Sections, gaps: Gaps) -> dict[str, KernelModule]:
    """Modules that a hardened host does without, by name with underscores (modprobe.d(5))."""
    marks = [line.split() for line in sections.text("modules").splitlines() if line.strip()]
    loaded = {_name(words[1]) for words in marks if words[0] == "L"}
    there = {_name(words[1]) for words in marks if words[0] == "A"}
    knows = ["D"] in marks
    if not knows:
        gaps.add(
            "modules[].available", Reason.NOT_COLLECTED, "the running kernel's list of modules is not there"
        )
    told = gaps.fact("modules[].disabled", lambda: _told(sections.optional("modprobe")))
    nothing: tuple[frozenset[str], frozenset[str]] = (UNKNOWN, UNKNOWN)
    off, black = nothing if told is UNKNOWN else told
    return {
        name: KernelModule(
            loaded=name in loaded,
            available=(name in there or name in loaded) if knows else UNKNOWN,
            disabled=_within(name, off),
            blacklisted=_within(name, black),
        )
        for name in _UNUSED
    }


def _told(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Names that `install` sends into nothing, and names that are on the blacklist."""
    off, black = set(), set()
    for dump in dumps(text):
        if not dump.readable:
            raise Missing(Reason.NOT_PERMITTED, f"{dump.path} is not readable")
        for words in (line.split() for line in dump.lines):
            if words[0] == "blacklist" and len(words) > 1:
                black.add(_name(words[1]))
            elif words[0] == "install" and words[2:3] and words[2] in _NOTHING:
                off.add(_name(words[1]))
    return frozenset(off), frozenset(black)


def _within(name: str, names: frozenset[str]) -> bool:
    unknown: bool = UNKNOWN
    return unknown if names is UNKNOWN else name in names


def _name(word: str) -> str:
    return word.replace("-", "_")


def _secure(said: dict[str, list[str]]) -> bool:
    if "secureboot" not in said:
        raise Missing(Reason.NOT_COLLECTED, "EFI's variable SecureBoot is not there to read")
    return said["secureboot"][0] == "1"


def _loader(words: list[str]) -> bool:
    """Whether a file of GRUB sets a password; one that sets it is enough."""
    if "locked" in words:
        return True
    if "?" in words:
        raise Missing(Reason.NOT_PERMITTED, "grub.cfg is not readable")
    if not words:
        raise Missing(Reason.UNSUPPORTED, "GRUB's files are not there; another loader is not understood")
    return False
