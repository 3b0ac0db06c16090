"""Logins over SSH: keys, pins and jump hosts. Imported when the first host wants one: asyncssh takes long."""

import logging
from dataclasses import replace
from pathlib import Path

from compliance.model.host import Address, Host
from compliance.settings import SshSettings
from scanners.kit.forward import SshKnocker
from scanners.kit.hostkeys import FirstContact, Trust, known_hosts_pins
from scanners.kit.knock import Knocker
from scanners.kit.ssh import Access, Login, SshShell, default_access

log = logging.getLogger(__name__)

_SSH = 22


class Logins:
    """Shells on hosts over SSH, by keys and pins that are read once for all of them."""

    def __init__(self, ssh: SshSettings) -> None:
        """Raises `LoginRefused` or `HostKeyRefused` where a file of keys or pins cannot be used."""
        self._ssh = ssh
        self._access = _access(ssh)

    def shell(self, host: Host) -> SshShell:
        """A shell on the host, through the jump host that is its way."""
        address = host.address
        return SshShell(
            str(address),
            host.login,
            access=self._access,
            port=self._ssh.port,
            name="" if address.is_ip else str(address),
            through=way_to(host, self._ssh),
        )

    def knocker(self, host: Host) -> Knocker:
        """Connections from the host, made by its sshd."""
        return SshKnocker(self.shell(host))


def way_to(host: Host, ssh: SshSettings) -> Login | None:
    """The jump host that is the way to a host, the first that fits; None for the straight way."""
    for jump in ssh.jump:
        fits = (not jump.site or jump.site == host.site) and (not jump.zone or jump.zone == host.zone)
        if fits and (not jump.hosts or host.name in jump.hosts):
            via = Address(jump.via)
            return Login(
                address=str(via), account=jump.login, port=jump.port, name="" if via.is_ip else str(via)
            )
    return None


def _access(ssh: SshSettings) -> Access:
    """Keys and pins, read once for all hosts."""
    file = ssh.known_hosts or Path.home() / ".ssh" / "known_hosts"
    trust = Trust(
        pins=known_hosts_pins(file), first_contact=_pinner(file) if ssh.host_keys == "tofu" else None
    )
    return replace(default_access(trust, key_files=ssh.keys), sudo=ssh.sudo)


def _pinner(file: Path) -> FirstContact:
    """Pins the key of a host that is met for the first time, by a line in the file (sshd(8))."""

    def pin(address: str, port: int, key: str) -> None:
        place = address if port == _SSH else f"[{address}]:{port}"
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as lines:
            lines.write(f"{place} {key}\n")
        log.warning("host key pinned at first contact", extra={"address": place, "key": key[:80]})

    return pin
