"""How makers name their releases, and what we call them: `debian:12`, `ubuntu:22.04`, `almalinux:9`."""

import re

from compliance.model.advisory import host_release

_CODENAMES = {
    "jessie": "debian:8", "stretch": "debian:9", "buster": "debian:10", "bullseye": "debian:11",
    "bookworm": "debian:12", "trixie": "debian:13", "forky": "debian:14", "duke": "debian:15",
    "trusty": "ubuntu:14.04", "xenial": "ubuntu:16.04", "bionic": "ubuntu:18.04", "focal": "ubuntu:20.04",
    "jammy": "ubuntu:22.04", "noble": "ubuntu:24.04", "oracular": "ubuntu:24.10", "plucky": "ubuntu:25.04",
    "questing": "ubuntu:25.10", "resolute": "ubuntu:26.04",
}  # fmt: skip
_FAMILIES = {
    "almalinux": "almalinux",
    "rocky linux": "rocky",
    "red hat": "rhel",
    "debian": "debian",
    "ubuntu": "ubuntu",
    "alpine": "alpine",
    "azure linux": "azurelinux",
    "opensuse": "opensuse",
    "suse": "sles",
    "amazon linux": "amzn",
    "wolfi": "wolfi",
    "chainguard": "chainguard",
}
_RHEL_CPE = re.compile(r"cpe:(?:/|2\.3:)[ao]:redhat:enterprise_linux:(\d+)(?:\.\d+)?(?::|\Z)")
_NUMBER = re.compile(r"v?(\d+(?:\.\d+)*)")


def release_of_codename(codename: str) -> str:
    """The release of a Debian or Ubuntu codename; empty for one that we do not know."""
    return _CODENAMES.get(codename, "")


def release_of_ecosystem(ecosystem: str) -> str:
    """The release of an OSV ecosystem as `Ubuntu:22.04:LTS`; empty for one that is no system's packages.

    What only a contract brings (`Ubuntu:Pro:16.04:LTS`) is a release of its own.
    """
    family, _, rest = ecosystem.partition(":")
    name = _FAMILIES.get(family.lower(), "")
    if not name:
        return ""
    if rest.startswith("Pro:"):
        name, rest = f"{name}-pro", rest.removeprefix("Pro:")
    if name == "rhel":
        return release_of_cpe(f"cpe:/o:redhat:{rest}")
    number = _NUMBER.match(rest)
    return host_release(name, number[1]) if number else name


def release_of_cpe(cpe: str) -> str:
    """The release of a Red Hat CPE, of the main stream alone; empty for all others."""
    found = _RHEL_CPE.match(cpe)
    return f"rhel:{found[1]}" if found else ""
