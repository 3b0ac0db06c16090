"""The collector and the parsers on real systems: two releases of Debian, and busybox alone."""

from datetime import date
from pathlib import Path

import pytest

from scanners.config import ConfigFacts, config_facts
from scanners.facts import UNKNOWN
from scanners.kit.collector import script, sections
from scanners.kit.shell import Said
from scanners.packages import PackageFacts, package_facts
from tests.servers.roots import NoRoot, busybox_root, debian_root, said_in

DAY = date(2026, 1, 1)
RELEASES = {"bookworm": ("12", "full"), "bullseye": ("11", "security-only")}

pytestmark = pytest.mark.timeout(400)  # the first run of all fetches a release


def looked_at(root: Path) -> tuple[PackageFacts, ConfigFacts]:
    try:
        cut = sections(Said(stdout=said_in(root, script("m"))), "m")
    except NoRoot as error:
        pytest.skip(str(error))
    return package_facts(cut, DAY), config_facts(cut)


@pytest.fixture(scope="module", params=RELEASES)
def debian(request: pytest.FixtureRequest) -> tuple[str, Path, PackageFacts, ConfigFacts]:
    try:
        root = debian_root(request.param)
    except NoRoot as error:
        pytest.skip(str(error))
    return request.param, root, *looked_at(root)


def test_a_debian_says_which_it_is_and_how_long_it_is_kept(debian) -> None:
    release, _, packages, _ = debian
    version, support = RELEASES[release]
    assert (packages.os.id, packages.os.version) == ("debian", version)
    assert packages.os.support == support
    assert packages.manager == "dpkg"


def test_a_debians_packages_are_those_of_its_own_status_file(debian) -> None:
    _, root, packages, _ = debian
    stanzas = (root / "var/lib/dpkg/status").read_text().split("\n\n")
    status = {}
    for stanza in stanzas:
        fields = dict(line.split(": ", 1) for line in stanza.splitlines() if ": " in line and line[0] != " ")
        if fields.get("Status") == "install ok installed":
            status[fields["Package"]] = fields["Version"]
    assert {package.name: package.version for package in packages.installed} == status
    assert len(status) > 50
    libc = next(package for package in packages.installed if package.name == "libc6")
    assert libc.source == "glibc"


def test_a_debians_accounts_are_those_of_its_passwd(debian) -> None:
    _, root, _, config = debian
    names = [line.split(":")[0] for line in (root / "etc/passwd").read_text().splitlines()]
    assert [account.name for account in config.accounts] == names
    assert next(account for account in config.accounts if account.name == "root").uid == 0


def test_a_debian_without_sshd_has_none(debian) -> None:
    *_, config = debian
    assert config.sshd.installed is False
    assert config.sshd.settings is UNKNOWN


def test_busybox_alone_is_seen_and_what_it_lacks_is_unknown(tmp_path: Path) -> None:
    try:
        root = busybox_root(tmp_path / "root")
    except NoRoot as error:
        pytest.skip(str(error))
    packages, config = looked_at(root)
    assert (packages.os.id, packages.os.version) == ("buildroot", "2023.02")
    assert packages.installed is UNKNOWN
    assert "installed" in {gap.path for gap in packages.gaps}
    assert [account.name for account in config.accounts] == ["root", "kiosk"]
    assert config.firewall is not UNKNOWN or "firewall" in {gap.path for gap in config.gaps}
