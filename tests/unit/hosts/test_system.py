"""Modules, start, disks and loose files, as kernels and distributions show them."""

import pytest

from scanners.config.boot import boot, modules
from scanners.config.disks import core_limit, disks, encrypted_mounts, parse_devices
from scanners.config.loose import loose
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.collector import Gaps, Missing
from tests.unit.hosts.samples import dumped, said

MODULES = "L ext4\nL usb_storage\nL dccp\nD\nA cramfs\nA usb-storage\nA sctp\n"
MODPROBE = {
    "/usr/lib/modprobe.d/dist-blacklist.conf": "blacklist cramfs",
    "/etc/modprobe.d/cis.conf": "install cramfs /bin/false\ninstall dccp /bin/true\n"
    "install sctp /sbin/modprobe --ignore-install sctp\nblacklist usb-storage",
}


def test_modules_are_told_apart_by_what_is_loaded_there_and_forbidden() -> None:
    found = modules(said(modules=MODULES, modprobe=dumped(MODPROBE)), Gaps())
    cramfs, usb, sctp, tipc = (found[name] for name in ("cramfs", "usb_storage", "sctp", "tipc"))
    assert (cramfs.loaded, cramfs.available, cramfs.disabled, cramfs.blacklisted) == (False, True, True, True)
    assert (usb.loaded, usb.available, usb.disabled, usb.blacklisted) == (True, True, False, True)
    assert (sctp.disabled, found["dccp"].disabled, tipc.available) == (False, True, False)


def test_without_the_kernels_list_it_is_not_known_what_it_could_load() -> None:
    gaps = Gaps()
    found = modules(said(modules="L ext4\n", modprobe=66), gaps)
    assert (found["cramfs"].available, found["cramfs"].disabled) == (UNKNOWN, False)
    assert gaps.found[0].path == "modules[].available"
    hidden = modules(said(modules=MODULES, modprobe="N /etc/modprobe.d/x.conf"), gaps)
    assert hidden["cramfs"].disabled is UNKNOWN


def test_the_start_of_a_rhel_machine_with_secure_boot() -> None:
    text = (
        "efi yes\nsecureboot 1\nselinux 1\nlockdown none [integrity] confidentiality\n"
        "lsm lockdown,capability,selinux\nword audit=1\ngrub open\ngrub locked\n"
    )
    found = boot(said(boot=text), Gaps())
    assert (found.efi, found.secure_boot, found.selinux, found.mandatory) == (True, True, "enforcing", True)
    assert (found.lockdown, found.words, found.loader_password) == ("integrity", ("audit=1",), True)


def test_the_start_of_a_debian_machine_without_efi() -> None:
    found = boot(said(boot="efi no\napparmor Y\ngrub open\n"), Gaps())
    assert (found.efi, found.secure_boot, found.apparmor, found.selinux) == (False, False, True, "off")
    assert (found.mandatory, found.loader_password, found.lockdown) == (True, False, UNKNOWN)


def test_what_the_start_does_not_show_is_a_gap() -> None:
    gaps = Gaps()
    found = boot(said(boot="efi yes\nselinux 0\ngrub ?\n"), gaps)
    assert (found.secure_boot, found.loader_password, found.mandatory) == (UNKNOWN, UNKNOWN, False)
    assert {gap.path for gap in gaps.found} == {"boot.secure_boot", "boot.loader_password", "boot.lockdown"}
    other = boot(said(boot="efi no\n"), gaps)
    assert other.loader_password is UNKNOWN


LUKS = """\
KNAME="sda" TYPE="disk" PKNAME="" MOUNTPOINT=""
KNAME="sda1" TYPE="part" PKNAME="sda" MOUNTPOINT="/boot"
KNAME="sda2" TYPE="part" PKNAME="sda" MOUNTPOINT=""
KNAME="dm-0" TYPE="crypt" PKNAME="sda2" MOUNTPOINT=""
KNAME="dm-1" TYPE="lvm" PKNAME="dm-0" MOUNTPOINT="/"
KNAME="dm-2" TYPE="lvm" PKNAME="dm-0" MOUNTPOINT="[SWAP]"
KNAME="dm-3" TYPE="lvm" PKNAME="dm-0" MOUNTPOINT="/srv"
KNAME="dm-3" TYPE="lvm" PKNAME="sda1" MOUNTPOINT="/srv"
"""
SWAPS = "Filename\t\t\t\tType\t\tSize\n"


@pytest.mark.parametrize(
    ("swap", "guarded"),
    [("", True), ("/dev/dm-2", True), ("/dev/sda1", False), ("/swapfile", True), ("/boot/swap", False),
     ("/dev/zram0", True)],
)  # fmt: skip
def test_swap_is_guarded_where_all_it_stands_on_is(swap: str, guarded: bool) -> None:  # noqa: FBT001 (a case)
    texts = said(
        disks=LUKS, swaps=f"{SWAPS}{swap}\tpartition\t1\n" if swap else SWAPS, core_dumps=66, unlocks=""
    )
    found = disks(texts, Gaps())
    assert found.swap_encrypted is guarded
    assert found.swap == ((swap,) if swap else ())


def test_what_lies_on_an_encrypted_device_is_encrypted_and_half_of_it_is_not() -> None:
    assert encrypted_mounts(parse_devices(LUKS)) == ("/",)
    with pytest.raises(Missing):
        parse_devices("")


def test_without_block_devices_nobody_knows_whether_swap_is_guarded() -> None:
    gaps = Gaps()
    found = disks(said(disks=127, swaps=f"{SWAPS}/dev/sda2 x\n", core_dumps=66, unlocks=""), gaps)
    assert (found.encrypted_mounts, found.swap_encrypted) == (UNKNOWN, UNKNOWN)
    assert {gap.path for gap in gaps.found} == {"disks.encrypted_mounts", "disks.swap_encrypted"}


def test_core_dumps_are_limited_by_limits_conf_and_stored_by_systemd() -> None:
    files = {
        "/etc/security/limits.conf": "*\tsoft\tcore\t0\n*\thard\tcore\tunlimited",
        "/etc/security/limits.d/50-core.conf": "*  hard core 0",
        "/etc/systemd/coredump.conf": "Storage=none\nProcessSizeMax=0",
    }
    found = disks(said(disks=LUKS, swaps=SWAPS, core_dumps=dumped(files), unlocks=""), Gaps())
    assert (found.core_limit, found.core_storage) == (True, "none")
    assert core_limit(dumped({"/etc/security/limits.conf": "root hard core 0"})) is False


def test_loose_files_are_listed_with_digests_of_programs() -> None:
    texts = said(
        loose_files="666 root root /etc/a b\n777 root root /srv/share\n",
        unowned_files="/opt/x\n",
        suid_files=f"S 4755 root root /usr/bin/su\nS 4711 root root /opt/x y\n{'a' * 64}  /usr/bin/su\n",
    )
    gaps = Gaps()
    found = loose(texts, gaps)
    assert [gap.path for gap in gaps.found] == ["loose.suid[].sha256"]
    assert found.world_writable == ("/etc/a b", "/srv/share")
    assert found.unowned == ("/opt/x",)
    su, hidden = found.suid
    assert (su.path, su.mode, su.sha256) == ("/usr/bin/su", 0o4755, "a" * 64)
    assert (hidden.path, hidden.sha256) == ("/opt/x y", UNKNOWN)


def test_a_folder_left_out_makes_the_list_partial() -> None:
    gaps = Gaps()
    found = loose(said(loose_files="? /srv\n", unowned_files=69, suid_files="? /opt\n"), gaps)
    assert isinstance(found.world_writable, PartialList)
    assert isinstance(found.suid, PartialList)
    assert found.unowned is UNKNOWN
    assert {(gap.path, gap.reason) for gap in gaps.found} == {
        ("loose.world_writable", Reason.PARTIAL),
        ("loose.unowned", Reason.UNSUPPORTED),
        ("loose.suid", Reason.PARTIAL),
    }


UNLOCKS = """\
U swap
U data 400 root /etc/keys/data key
U gone ? ? /media/x.key
U odd ? ? ?
U open 644 ann /boot/k
"""


def test_how_disks_are_opened_is_told_without_their_keys() -> None:
    found = disks(said(disks=LUKS, swaps=SWAPS, core_dumps=66, unlocks=UNLOCKS), Gaps())
    swap, data, gone, odd, left = found.unlocks
    assert (swap.name, swap.key_file, swap.owner) == ("swap", "", UNKNOWN)
    assert (data.key_file, data.owner, data.mode) == ("/etc/keys/data key", "root", 0o400)
    assert (gone.key_file, gone.mode, odd.key_file, odd.key_encrypted) == (
        "/media/x.key",
        UNKNOWN,
        "?",
        UNKNOWN,
    )
    assert (data.key_encrypted, left.key_encrypted) == (True, False)
    assert found.login_unlocks is False


def test_a_login_that_opens_disks_and_a_hidden_table_are_told() -> None:
    gaps = Gaps()
    found = disks(
        said(disks=127, swaps=SWAPS, core_dumps=66, unlocks="pam_mount login\nN /etc/crypttab\n"), gaps
    )
    assert (found.login_unlocks, found.unlocks) == (True, UNKNOWN)
    blind = disks(said(disks=127, swaps=SWAPS, core_dumps=66, unlocks="U d 400 root /k\n"), Gaps())
    assert blind.unlocks[0].key_encrypted is UNKNOWN
