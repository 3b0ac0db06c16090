"""The packages scanner's parsers, on texts of Debian, Ubuntu, the RHEL family and Alpine."""

import random
import shutil
import subprocess
from datetime import UTC, date, datetime

import pytest

from scanners.facts import UNKNOWN, PartialList, Reason, UnknownFact
from scanners.kit.collector import Gaps, Missing
from scanners.kit.versions import deb_key, rpm_key
from scanners.packages import package_facts
from scanners.packages.facts import Kernel
from scanners.packages.installed import inventory, parse_apk, parse_dpkg, parse_rpm
from scanners.packages.restart import kernel, kernel_releases, restart
from scanners.packages.system import lifetime, parse_os_release, support_on
from scanners.packages.updates import metadata_at, parse_apk_updates, updates
from tests.unit.hosts.samples import dumped, said

DPKG = "\n".join(
    "\t".join(row)
    for row in (
        ("ii ", "bash", "5.2.15-2+b2", "amd64", "bash", "5.2.15-2"),
        ("hi ", "openssl", "3.0.11-1~deb12u1", "amd64", "openssl", "3.0.11-1~deb12u1"),
        ("rc ", "linux-image-6.1.0-10-amd64", "6.1.37-1", "amd64", "linux-signed-amd64", "6.1.37+1"),
        ("ii ", "linux-image-6.1.0-18-amd64", "6.1.76-1", "amd64", "linux-signed-amd64", "6.1.76+1"),
        ("ii ", "linux-image-6.1.0-9-cloud-amd64", "6.1.27-1", "amd64", "linux-signed-amd64", "6.1.27+1"),
        ("ii ", "libc6", "2.36-9+deb12u3", "amd64", "glibc", "2.36-9+deb12u3"),
        ("ii ", "libc6", "2.36-9+deb12u3", "i386", "glibc", "2.36-9+deb12u3"),
        ("ii ", "docker-ce", "5:24.0.7-1~debian.12~bookworm", "amd64", "docker-ce", "5:24.0.7-1"),
        ("ii ", "golang", "2:1.21~3~bpo12+1", "all", "golang-defaults", "2:1.21~3~bpo12+1"),
        ("ii ", "vim", "2:9.0.1378-2", "amd64", "vim", "2:9.0.1378-2"),
    )
)
RELEASES = """\
R /var/lib/apt/lists/archive.example_debian_dists_bookworm_InRelease
Origin: Debian
Label: Debian
Suite: stable
Codename: bookworm
R /var/lib/apt/lists/archive.example_debian_dists_bookworm-backports_InRelease
Origin: Debian Backports
Suite: stable-backports
Codename: bookworm-backports
NotAutomatic: yes
ButAutomaticUpgrades: yes
R /var/lib/apt/lists/archive.example_debian-security_dists_bookworm-security_InRelease
Origin: Debian
Label: Debian-Security
Suite: stable-security
Codename: bookworm-security
R /var/lib/apt/lists/download.docker.com_linux_debian_dists_bookworm_InRelease
Origin: Docker
Label: Docker CE
Suite: bookworm
"""
LISTS = """\
F /var/lib/apt/lists/archive.example_debian_dists_bookworm_main_binary-amd64_Packages.lz4
C bash amd64 5.2.15-2+b7
C openssl amd64 3.0.15-1~deb12u1
C libc6 amd64 2.36-9+deb12u8
C golang all 2:1.19~1
C vim amd64 2:9.0.1378-2
F /var/lib/apt/lists/archive.example_debian-security_dists_bookworm-security_main_binary-amd64_Packages
C openssl amd64 3.0.14-1~deb12u2
F /var/lib/apt/lists/archive.example_debian_dists_bookworm-backports_main_binary-amd64_Packages
C golang all 2:1.22~3~bpo12+1
C vim amd64 2:9.1.0-1~bpo12+1
F /var/lib/apt/lists/download.docker.com_linux_debian_dists_bookworm_stable_binary-amd64_Packages
C docker-ce amd64 5:25.0.1-1~debian.12~bookworm
"""
RPM = "\n".join(
    "\t".join(row)
    for row in (
        ("bash", "(none)", "5.1.8", "9.el9", "x86_64", "bash-5.1.8-9.el9.src.rpm", "1700000000"),
        ("openssl-libs", "1", "3.0.7", "27.el9", "x86_64", "openssl-3.0.7-27.el9.src.rpm", "1800000000"),
        ("gpg-pubkey", "(none)", "8483c65d", "5ccc5b19", "(none)", "(none)", "1600000000"),
        (
            "kernel-core",
            "(none)",
            "5.14.0",
            "427.13.1.el9_4",
            "x86_64",
            "kernel-5.14.0-427.13.1.el9_4.src.rpm",
            "1",
        ),
        (
            "kernel-core",
            "(none)",
            "5.14.0",
            "503.11.1.el9_5",
            "x86_64",
            "kernel-5.14.0-503.11.1.el9_5.src.rpm",
            "1",
        ),
        (
            "kernel-rt-core",
            "(none)",
            "5.14.0",
            "600.1.el9.rt",
            "x86_64",
            "kernel-5.14.0-600.1.el9.src.rpm",
            "1",
        ),
    )
)
APK = (
    "musl\t1.2.4_git20230717-r4\tx86_64\tmusl\n"
    "linux-lts\t6.6.58-r0\tx86_64\tlinux-lts\n"
    "libcrypto3\t3.1.4-r5\tx86_64\topenssl\n"
)


def of_debian(**texts: str | int):
    return said(dpkg=DPKG, apt_lists=LISTS, apt_releases=RELEASES, apt_preferences=66, **texts)


def test_only_what_is_installed_or_held_counts() -> None:
    found = {p.locus: p for p in parse_dpkg(DPKG)}
    assert "package/linux-image-6.1.0-10-amd64" not in found
    assert found["package/openssl"].held is True
    assert (found["package/bash"].held, found["package/bash"].source_version) == (False, "5.2.15-2")
    assert {"package/libc6:amd64", "package/libc6:i386"} <= set(found)


def test_rpm_versions_carry_their_epoch_and_source() -> None:
    found = {p.locus: p for p in parse_rpm(RPM)}
    assert found["package/bash"].version == "5.1.8-9.el9"
    assert (found["package/openssl-libs"].version, found["package/openssl-libs"].source) == (
        "1:3.0.7-27.el9",
        "openssl",
    )
    assert "package/kernel-core:x86_64=5.14.0-427.13.1.el9_4" in found
    assert not any("gpg-pubkey" in locus for locus in found)


def test_rpm_tells_vendor_and_module_where_it_knows_them() -> None:
    row = "nodejs\t1\t18.20.4\t1.module_el8\tx86_64\tnodejs-18.20.4-1.src.rpm\t5"
    label = "nodejs:18:8100020240808073736:489197e6"
    (own,) = parse_rpm(f"{row}\tAlmaLinux\t{label}\n")
    assert (own.origin, own.module) == ("AlmaLinux", "nodejs:18")
    (strange,) = parse_rpm(f"{row}\t(none)\t(none)\n")
    assert (strange.origin, strange.module) == ("", "")
    (of_an_old_rpm,) = parse_rpm(f"{row}\tCentOS\n")
    assert (of_an_old_rpm.origin, of_an_old_rpm.module) == ("CentOS", UNKNOWN)
    (unasked,) = parse_rpm(row)
    assert unasked.origin is UNKNOWN
    times = inventory(said(dpkg=127, apk=127, rpm=f"{row}\tAlmaLinux\t{label}\n")).installed_at
    assert times == {"nodejs": 5}


def test_apk_origins_are_the_sources() -> None:
    found = {p.name: p for p in parse_apk(APK)}
    assert found["libcrypto3"].source == "openssl"
    assert found["musl"].held is UNKNOWN


def test_a_tool_without_packages_is_not_the_manager() -> None:
    assert inventory(said(dpkg=127, apk=127, rpm=RPM)).manager == "rpm"
    assert inventory(said(dpkg=DPKG, apk=127, rpm="")).manager == "dpkg"
    with pytest.raises(Missing, match="neither dpkg nor rpm nor apk"):
        inventory(said(dpkg=127, apk=127, rpm=""))


def test_updates_are_those_that_apt_would_take() -> None:
    sections, gaps = of_debian(), Gaps()
    found = {u.locus: u for u in updates(sections, inventory(sections), gaps)}
    assert set(found) == {
        "package/bash",
        "package/openssl",
        "package/libc6:amd64",
        "package/docker-ce",
        "package/golang",
    }
    assert gaps.found == []


def test_an_update_is_of_security_if_one_on_its_way_is() -> None:
    sections = of_debian()
    found = {u.name: u for u in updates(sections, inventory(sections), Gaps())}
    assert (found["openssl"].available, found["openssl"].security) == ("3.0.15-1~deb12u1", True)
    assert (found["bash"].security, found["bash"].origin) == (False, "Debian bookworm")
    assert (found["docker-ce"].security, found["docker-ce"].origin) == (UNKNOWN, "Docker bookworm")


def test_backports_are_followed_only_by_what_came_from_there() -> None:
    sections = of_debian()
    found = {u.name: u for u in updates(sections, inventory(sections), Gaps())}
    assert found["golang"].available == "2:1.22~3~bpo12+1"
    assert "vim" not in found


def test_ubuntus_security_pocket_is_known_by_its_suite() -> None:
    releases = (
        "R /l/archive.ubuntu.com_ubuntu_dists_jammy-security_InRelease\n"
        "Origin: Ubuntu\nLabel: Ubuntu\nSuite: jammy-security\nCodename: jammy\n"
    )
    path = "/l/archive.ubuntu.com_ubuntu_dists_jammy-security_main_binary-amd64_Packages"
    lists = f"F {path}\nC bash amd64 5.2.16-1ubuntu9\n"
    sections = said(dpkg=DPKG, apt_lists=lists, apt_releases=releases, apt_preferences=66)
    [update] = updates(sections, inventory(sections), Gaps())
    assert (update.security, update.origin) == (True, "Ubuntu jammy-security")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"apt_lists": LISTS + "X /var/lib/apt/lists/x_Packages.lz4\n"}, "x_Packages.lz4 could not be read"),
        (
            {"apt_releases": RELEASES.replace("Debian-Security", "Debian").replace("-security", "")},
            "no list comes",
        ),
        (
            {"apt_preferences": dumped({"/p": "Package: bash\nPin: release a=stable\nPin-Priority: 900"})},
            "bash",
        ),
    ],
)
def test_what_apt_would_do_but_cannot_be_told_makes_the_list_partial(
    changed: dict[str, str], words: str
) -> None:
    texts = {"dpkg": DPKG, "apt_lists": LISTS, "apt_releases": RELEASES, "apt_preferences": 66}
    sections, gaps = said(**texts | changed), Gaps()
    found = updates(sections, inventory(sections), gaps)
    assert isinstance(found, PartialList)
    with pytest.raises(UnknownFact):
        len(found)
    assert words in gaps.found[0].detail


def test_a_pin_to_an_archive_that_has_no_list_does_nothing() -> None:
    pins = dumped({"/p": 'Package: bash\nPin: origin "gone.example"\nPin-Priority: 900'})
    sections = said(dpkg=DPKG, apt_lists=LISTS, apt_releases=RELEASES, apt_preferences=pins)
    assert len(updates(sections, inventory(sections), Gaps())) == 5


def test_a_host_without_lists_is_not_up_to_date() -> None:
    sections = said(dpkg=DPKG, apt_lists=66, apt_releases=66, os_release='ID=debian\nVERSION_ID="12"\n')
    facts = package_facts(sections, date(2026, 1, 1))
    assert facts.updates is UNKNOWN
    assert ("updates", Reason.NOT_COLLECTED) in [(gap.path, gap.reason) for gap in facts.gaps]
    assert facts.metadata_at is UNKNOWN


def test_what_rpm_is_behind_is_a_gap_and_not_nothing() -> None:
    sections = said(dpkg=127, apk=127, rpm=RPM)
    with pytest.raises(Missing) as caught:
        updates(sections, inventory(sections), Gaps())
    assert caught.value.reason is Reason.UNSUPPORTED


def test_apks_own_comparison_is_read_and_its_complaints_kept() -> None:
    text = (
        "WARNING: opening from cache https://x/main: No such file or directory\n"
        "Installed:                                Available:\n"
        "libcrypto3-3.1.4-r5                     < 3.1.8-r1 \n"
    )
    [update], unread = parse_apk_updates(text, parse_apk(APK))
    assert (update.name, update.installed, update.available, update.security) == (
        "libcrypto3",
        "3.1.4-r5",
        "3.1.8-r1",
        UNKNOWN,
    )
    assert len(unread) == 1


def test_metadata_is_as_old_as_its_newest_time() -> None:
    assert metadata_at("1783764997 /a\n1795397025 /b\n") == datetime(2026, 11, 23, 1, 23, 45, tzinfo=UTC)
    with pytest.raises(Missing):
        metadata_at("\n")


def _kernel(running: str, container: str = "", **texts: str | int) -> Kernel:
    sections = said(uname=f"Linux\n{running}\nx86_64\n", container=container, **texts)
    return kernel(sections, inventory(sections))


def test_the_newest_kernel_is_the_newest_of_the_same_flavour() -> None:
    found = _kernel("6.1.0-9-amd64", dpkg=DPKG)
    assert (found.newest_installed, found.contained) == ("6.1.0-18-amd64", False)
    assert _kernel("6.1.0-9-cloud-amd64", dpkg=DPKG).newest_installed == "6.1.0-9-cloud-amd64"


def test_kernels_of_the_rhel_family_and_of_alpine() -> None:
    found = _kernel("5.14.0-427.13.1.el9_4.x86_64", dpkg=127, apk=127, rpm=RPM)
    assert (found.newest_installed, found.contained) == ("5.14.0-503.11.1.el9_5.x86_64", False)
    found = _kernel("6.6.41-0-lts", dpkg=127, apk=APK)
    assert (found.newest_installed, found.contained) == ("6.6.58-0-lts", False)


def test_a_kernel_that_no_package_owns_is_not_the_hosts() -> None:
    found = _kernel("6.18.44-fc", dpkg=DPKG.split("\n")[0])
    assert (found.newest_installed, found.contained) == ("", True)
    assert _kernel("6.1.0-18-amd64", container="/.dockerenv\n", dpkg=DPKG).contained is True


def _restart(running: str, **texts: str | int):
    sections = said(**{"dpkg": DPKG, "reboot_required": 66, "deleted_libraries": ""} | texts)
    gaps = Gaps()
    seen = Kernel(running=running, newest_installed="6.1.0-18-amd64", contained=False)
    return *restart(sections, inventory(sections), seen, gaps), gaps.found


def test_each_sign_is_a_reason_to_restart() -> None:
    needed, reasons, _ = _restart(
        "6.1.0-9-amd64", reboot_required="libc6\n", deleted_libraries="sshd /usr/lib/libc.so.6\n"
    )
    assert needed is True
    assert reasons == (
        "the system asks for it, for libc6",
        "kernel 6.1.0-18-amd64 is installed, 6.1.0-9-amd64 runs",
        "sshd still uses replaced libraries: libc.so.6",
    )


def test_no_sign_is_an_answer_only_if_all_could_be_looked_for() -> None:
    assert _restart("6.1.0-18-amd64") == (False, (), [])
    needed, reasons, gaps = _restart("6.1.0-18-amd64", deleted_libraries=77)
    assert needed is UNKNOWN
    assert isinstance(reasons, PartialList)
    assert [(gap.path, gap.reason) for gap in gaps] == [("reboot_reasons", Reason.NOT_PERMITTED)]


def test_rpm_knows_what_came_after_the_last_start() -> None:
    sections = said(
        dpkg=127, apk=127, rpm=RPM, reboot_required=66, deleted_libraries="", boot_time="btime 1750000000\n"
    )
    stock = inventory(sections)
    assert len(kernel_releases(stock)) == 3
    seen = Kernel(running="5.14.0-503.11.1.el9_5.x86_64", newest_installed="", contained=False)
    assert restart(sections, stock, seen, Gaps()) == (True, ("installed since the last start: openssl-libs",))


@pytest.mark.parametrize(
    ("text", "day", "support", "ends"),
    [
        ('ID=debian\nVERSION_ID="12"\n', date(2026, 7, 11), "full", date(2028, 6, 30)),
        ('ID=debian\nVERSION_ID="12"\n', date(2026, 11, 23), "security-only", date(2028, 6, 30)),
        ('ID=debian\nVERSION_ID="11"\n', date(2026, 11, 23), "paid", date(2026, 8, 31)),
        ('ID=debian\nVERSION_ID="10"\n', date(2030, 1, 1), "ended", date(2024, 6, 30)),
        ('ID=ubuntu\nVERSION_ID="22.04"\n', date(2026, 11, 23), "full", date(2027, 6, 1)),
        ('ID=ubuntu\nVERSION_ID="24.04"\n', date(2030, 1, 1), "paid", date(2029, 5, 31)),
        ('ID="rhel"\nVERSION_ID="9.4"\n', date(2026, 11, 23), "full", date(2032, 5, 31)),
        ('ID="almalinux"\nVERSION_ID="8.10"\n', date(2026, 11, 23), "security-only", date(2029, 5, 31)),
        ("ID=alpine\nVERSION_ID=3.19.1\n", date(2026, 11, 23), "ended", date(2025, 11, 1)),
        (
            'ID="centos"\nVERSION_ID="8"\nPRETTY_NAME="CentOS Stream 8"\n',
            date(2024, 1, 1),
            "full",
            date(2024, 5, 31),
        ),
        (
            'ID="centos"\nVERSION_ID="8"\nPRETTY_NAME="CentOS Linux 8"\n',
            date(2024, 1, 1),
            "ended",
            date(2021, 12, 31),
        ),
    ],
)
def test_support_has_four_states_judged_on_the_day(text: str, day: date, support: str, ends: date) -> None:
    life = lifetime(parse_os_release(text))
    assert (support_on(day, life), life.security) == (support, ends)


def test_a_release_that_we_do_not_know_is_unknown_and_not_supported() -> None:
    facts = package_facts(said(os_release='ID=plan9\nVERSION_ID="4"\n', dpkg=DPKG), date(2026, 1, 1))
    assert (facts.os.id, facts.os.support, facts.os.support_ends) == ("plan9", UNKNOWN, UNKNOWN)
    assert ("os.support", Reason.UNSUPPORTED) in [(gap.path, gap.reason) for gap in facts.gaps]


_DEB_ORDER = (
    "0~~",
    "0~",
    "0",
    "0+a",
    "0.0",
    "1.0~beta1",
    "1.0~beta10",
    "1.0",
    "1.0-1",
    "1.0-1+b1",
    "1.0a",
    "1.0+dfsg",
    "1.0.1",
    "1.9",
    "1.10",
    "1:0.1",
)
_RPM_ORDER = (
    "1.0~rc1-1",
    "1.0-1",
    "1.0-1.el9",
    "1.0^git1-1",
    "1.0.a-1",
    "1.0.1-1",
    "1.9-1",
    "1.10-1",
    "2-1",
    "1:0.1-1",
)


@pytest.mark.parametrize(("order", "key"), [(_DEB_ORDER, deb_key), (_RPM_ORDER, rpm_key)])
def test_versions_sort_as_their_tools_sort_them(order: tuple[str, ...], key) -> None:
    shuffled = random.Random(1).sample(order, len(order))
    assert tuple(sorted(shuffled, key=key)) == order


def test_debian_versions_compare_as_dpkg_says() -> None:
    dpkg = shutil.which("dpkg")
    if dpkg is None:
        pytest.skip("dpkg is not here to compare with")
    chance = random.Random(7)
    for _ in range(60):
        one, two = ("".join(chance.choices("0019.+~ab-", k=6)) for _ in range(2))
        one, two = f"1{one}1", f"1{two}1"
        older = (
            subprocess.run([dpkg, "--compare-versions", one, "lt", two], check=False, timeout=10).returncode
            == 0
        )
        assert (deb_key(one) < deb_key(two)) is older, (one, two)
