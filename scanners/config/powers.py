"""Which accounts may become root, and by what: the number 0, a group, a line of sudoers."""

from collections.abc import Iterator

from scanners.config.facts import Account
from scanners.config.identityfacts import Administrator, Group, Sudo
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.collector import Gaps, Missing

_GROUPS = frozenset(("sudo", "wheel", "admin", "docker", "lxd", "incus-admin", "libvirt", "disk", "shadow"))
"""Groups that sudo, polkit or a device lets become root, or read every file."""


def administrators(
    accounts: tuple[Account, ...], groups: tuple[Group, ...], sudo: Sudo, gaps: Gaps
) -> tuple[Administrator, ...]:
    """Accounts beside root that may become it; raises `Missing` where what it rests on is not known."""
    if accounts is UNKNOWN or groups is UNKNOWN or sudo is UNKNOWN:
        raise Missing(Reason.NOT_COLLECTED, "accounts, groups or sudo are not known")
    if sudo.installed is UNKNOWN or (sudo.installed and sudo.grants is UNKNOWN):
        raise Missing(Reason.NOT_COLLECTED, "what sudo grants is not known")
    found: dict[str, list[str]] = {}
    if sudo.installed and isinstance(sudo.grants, PartialList):
        gaps.add("administrators", Reason.PARTIAL, "what sudo grants is not known whole")
    for by, people in _ways(accounts, groups, sudo):
        if people is UNKNOWN or isinstance(people, PartialList):
            gaps.add("administrators", Reason.PARTIAL, f"whom {by[:80]} means is not known")
        for name in () if people is UNKNOWN else tuple.__iter__(people):
            found.setdefault(name, []).append(by)
    return tuple(
        Administrator(locus=f"administrator/{name}", name=name, by=tuple(found[name]))
        for name in sorted(found)
        if name != "root"
    )


def _ways(
    accounts: tuple[Account, ...], groups: tuple[Group, ...], sudo: Sudo
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each way to become root, and whom it is open to."""
    yield "number 0", tuple(account.name for account in accounts if account.uid == 0)
    for group in groups:
        if group.name in _GROUPS:
            yield group.locus, group.members
    for grant in tuple.__iter__(sudo.grants) if sudo.installed else ():
        if grant.all_commands:  # as another user than root too: who is everybody else is near to root
            yield grant.locus, grant.accounts
