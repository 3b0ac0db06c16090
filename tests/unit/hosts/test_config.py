"""Parsers of the config scanner, on texts as Debian, Ubuntu, the RHEL family and Alpine write them."""

from datetime import UTC, datetime

import pytest

from scanners.config import parse_sudoers
from scanners.config.accounts import accounts, parse_shadow
from scanners.config.facts import Service
from scanners.config.lastlogin import last_logins
from scanners.config.passwords import lockout, parse_max_days, quality
from scanners.config.services import parse_openrc, parse_unit_files, parse_units, services, what_runs
from scanners.config.sshd import from_settings, parse_settings, sshd
from scanners.config.sshdfacts import Sshd
from scanners.config.surface import (
    parse_files,
    parse_mounts,
    parse_netstat,
    parse_proc_net,
    parse_ss,
    parse_sysctl,
)
from scanners.facts import UNKNOWN, PartialList, Reason, UnknownFact
from scanners.kit.collector import Gaps, Missing, dumps
from tests.unit.hosts.samples import dumped, said

SSHD_RHEL9 = """\
port 22
addressfamily any
listenaddress [::]:22
listenaddress 0.0.0.0:22
usepam yes
logingracetime 120
x11displayoffset 10
maxauthtries 6
maxsessions 10
clientaliveinterval 600
clientalivecountmax 0
permitrootlogin without-password
pubkeyauthentication yes
passwordauthentication yes
permitemptypasswords no
x11forwarding no
loglevel VERBOSE
ciphers aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr
macs hmac-sha2-256-etm@openssh.com,hmac-sha1
kexalgorithms curve25519-sha256,ecdh-sha2-nistp256
hostkeyalgorithms ecdsa-sha2-nistp256,ssh-ed25519
authorizedkeysfile .ssh/authorized_keys
acceptenv LANG
acceptenv LC_*
"""


def test_sshd_settings_are_read_with_their_types() -> None:
    facts = from_settings(parse_settings(SSHD_RHEL9), running=True)
    assert (facts.permit_root_login, facts.password_authentication) == ("without-password", True)
    assert (facts.max_auth_tries, facts.client_alive_interval, facts.client_alive_count_max) == (6, 600, 0)
    assert facts.ciphers[0] == "aes256-gcm@openssh.com"
    assert facts.macs[-1] == "hmac-sha1"
    assert facts.settings["acceptenv"] == "LANG LC_*"
    assert facts.log_level == "VERBOSE"


def test_sshd_tells_which_factors_it_asks_for_and_whom_alone_it_lets_in() -> None:
    methods = "authenticationmethods publickey,password keyboard-interactive"
    text = f"port 22\n{methods}\nallowgroups ops\nallowusers ann\n"
    facts = from_settings(parse_settings(text))
    assert facts.authentication_methods == ("publickey,password", "keyboard-interactive")
    assert facts.allowed == ("ann", "ops")
    silent = from_settings(parse_settings("port 22\n"))
    assert (silent.authentication_methods, silent.allowed) == (UNKNOWN, ())


def test_shadow_tells_who_must_change_a_password_and_whose_is_nobody_elses() -> None:
    found = parse_shadow(
        "ann:yescrypt:0:90:0:7:::1\nbob:yescrypt:20228:90:0:7:::0\nold:locked:20228:90:0:7::\n"
    )
    assert [found[name]["must_change"] for name in ("ann", "bob", "old")] == [True, False, False]
    assert [found[name]["password_single"] for name in ("ann", "bob", "old")] == [True, False, UNKNOWN]


def test_a_keyword_that_sshd_does_not_print_stays_unknown() -> None:
    assert from_settings(parse_settings("port 22\n")).x11_forwarding is UNKNOWN


def test_a_host_without_sshd_is_known_to_have_none() -> None:
    gaps = Gaps()
    facts = sshd(said(sshd=127), what_runs(said(processes="init\n")), (), gaps)
    assert (facts.installed, facts.running, facts.settings) == (False, False, UNKNOWN)
    assert gaps.found == []


def test_an_sshd_whose_settings_need_root_leaves_one_gap() -> None:
    gaps = Gaps()
    facts = sshd(said(sshd=77), what_runs(said(processes="sshd\n")), (), gaps)
    assert (facts.installed, facts.running, facts.permit_root_login) == (True, True, UNKNOWN)
    assert [(gap.path, gap.reason) for gap in gaps.found] == [("sshd", Reason.NOT_PERMITTED)]


PASSWD = """\
root:shadow:0:0:/root:/bin/bash
daemon:shadow:1:1:/usr/sbin:/usr/sbin/nologin
kiosk:shadow:1000:1000:/home/kiosk:
old:des:1001:1001:/home/old:/bin/sh
sync:shadow:4:65534:/bin:/bin/sync
"""
SHADOW = (
    "root:yescrypt:20228:99999:0:7::\ndaemon:locked:20228:99999:0:7::\nkiosk:none::90:1:7:30:20600\n"
    "sync:locked:0:\n"
)
LASTLOG = """\
lastlog
Username         Port     From                                       Latest
root             pts/0    10.0.0.5                                  Tue May 20 10:11:12 +0200 2025
daemon                                                              **Never logged in**
kiosk            tty1                                               Mon Nov  3 08:00:00 +0000 2025
"""


def test_accounts_join_passwd_shadow_and_keys() -> None:
    keys = "F root /root/.ssh/authorized_keys\n|a\n|b\nA root y\nA daemon y\nA kiosk y\nA old ?\nA sync y\n"
    homes = (
        "700 root root /root\n! /root/.rhosts\n- /usr/sbin\n755 ann kiosk /home/kiosk\n- /home/old\n- /bin\n"
    )
    gaps = Gaps()
    found = {
        a.name: a
        for a in accounts(
            said(passwd=PASSWD, shadow=SHADOW, authorized_keys=keys, homes=homes, last_login=LASTLOG),
            Sshd(installed=False),
            gaps,
        )
    }
    root = found["root"]
    assert (root.password, root.max_age_days, root.authorized_keys, root.can_log_in) == (
        "yescrypt",
        99999,
        2,
        True,
    )
    assert root.last_change == datetime(2025, 5, 20, tzinfo=UTC)
    assert (found["kiosk"].password, found["kiosk"].shell, found["kiosk"].can_log_in) == (
        "none",
        "/bin/sh",
        True,
    )
    assert (found["old"].password, found["old"].authorized_keys) == ("des", UNKNOWN)
    assert (found["sync"].can_log_in, found["sync"].max_age_days, found["sync"].last_change) == (
        False,
        -1,
        UNKNOWN,
    )
    assert root.last_login == datetime(2025, 5, 20, 8, 11, 12, tzinfo=UTC)
    assert (root.home_owner, root.home_mode, root.trust_files) == ("root", 0o700, (".rhosts",))
    assert (found["daemon"].ever_logged_in, found["daemon"].last_login) == (False, UNKNOWN)
    kiosk = found["kiosk"]
    assert (kiosk.gid, kiosk.min_age_days, kiosk.inactive_days, kiosk.never_expires) == (1000, 1, 30, False)
    assert kiosk.expires == datetime(2026, 5, 27, tzinfo=UTC)
    assert (kiosk.home_owner, found["daemon"].home_exists) == ("ann", False)
    assert found["old"].ever_logged_in is UNKNOWN
    assert [(gap.path, gap.reason) for gap in gaps.found] == [
        ("accounts[].authorized_keys", Reason.NOT_PERMITTED)
    ]


def test_lslogins_tells_last_logins_where_lastlog_is_not_there() -> None:
    text = "lslogins\nUSER LAST-LOGIN\nroot 2025-11-03T08:00:00+00:00\ndaemon \n"
    assert last_logins(text) == {
        "root": {"ever_logged_in": True, "last_login": datetime(2025, 11, 3, 8, tzinfo=UTC)},
        "daemon": {"ever_logged_in": False},
    }


def test_a_record_of_logins_that_holds_none_says_nothing_of_anybody() -> None:
    with pytest.raises(Missing) as caught:
        last_logins("lastlog\nUsername Port From Latest\nroot   **Never logged in**\n")
    assert caught.value.reason is Reason.INCONCLUSIVE


def test_without_shadow_the_kind_of_password_is_unknown_with_a_gap() -> None:
    gaps = Gaps()
    found = accounts(
        said(passwd=PASSWD, shadow=77, authorized_keys="A root y\n"), Sshd(installed=False), gaps
    )
    assert found[0].password is UNKNOWN
    assert ("accounts[].password", Reason.NOT_PERMITTED) in [(gap.path, gap.reason) for gap in gaps.found]


DEBIAN12_PAM = {
    "/etc/pam.d/common-auth": "auth\t[success=1 default=ignore]\tpam_unix.so nullok\n"
    "auth\trequisite\tpam_deny.so",
    "/etc/pam.d/common-password": "password\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt\n"
    "password\trequisite\tpam_deny.so",
    "/etc/pam.d/passwd": "@include common-password",
    "/etc/pam.d/sshd": "@include common-auth\naccount required pam_nologin.so\n@include common-password",
    "/etc/pam.d/login": "auth optional pam_faildelay.so delay=3000000\n@include common-auth",
}
RHEL9_AUTH = """\
auth        required                                     pam_env.so
auth        required                                     pam_faillock.so preauth silent
auth        sufficient                                   pam_unix.so nullok
auth        required                                     pam_faillock.so authfail
auth        required                                     pam_deny.so
password    requisite                                    pam_pwquality.so local_users_only
password    [default=1 ignore=ignore success=ok]         pam_localuser.so
password    requisite                                    pam_pwhistory.so use_authtok
password    sufficient                                   pam_unix.so sha512 shadow nullok use_authtok
"""
RHEL9_PAM = {
    "/etc/pam.d/system-auth": RHEL9_AUTH,
    "/etc/pam.d/password-auth": RHEL9_AUTH,
    "/etc/pam.d/passwd": "auth include system-auth\npassword substack system-auth\n"
    "-password optional pam_gnome.so",
    "/etc/pam.d/sshd": "auth substack password-auth\npassword include password-auth",
    "/etc/pam.d/login": "auth substack system-auth\npassword include system-auth",
}


def _rules(pam: dict[str, str], files: dict[str, str] | None = None) -> dict[str, int | bool]:
    stacks = {d.path.rpartition("/")[2]: d for d in dumps(dumped(pam))}
    own = dumps(dumped(files or {}))
    return quality(stacks, own) | lockout(stacks, own)


def test_a_plain_debian_asks_six_characters_and_locks_nobody() -> None:
    assert _rules(DEBIAN12_PAM) == {
        "min_length": 6,
        "needs_digit": False,
        "needs_letter": False,
        "history": 0,
        "lockout_tries": 0,
    }


def test_a_rhel_stack_takes_its_values_from_the_files_in_etc_security() -> None:
    files = {
        "/etc/security/pwquality.conf": "minlen = 12\ndcredit = -1",
        "/etc/security/pwquality.conf.d/50-site.conf": "minlen = 20\nlcredit=-1",
        "/etc/security/faillock.conf": "deny = 5\nunlock_time = 1800\neven_deny_root\nsilent",
        "/etc/security/pwhistory.conf": "remember = 4",
    }
    assert _rules(RHEL9_PAM, files) == {
        "min_length": 12,
        "needs_digit": True,
        "needs_letter": True,
        "history": 4,
        "lockout_tries": 5,
        "lockout_seconds": 1800,
    }


def test_modules_that_say_nothing_have_their_documented_defaults() -> None:
    found = _rules(RHEL9_PAM)
    assert (found["min_length"], found["history"]) == (8, 10)
    assert (found["lockout_tries"], found["lockout_seconds"]) == (3, 600)


def test_arguments_stand_before_files_and_classes_count() -> None:
    pam = DEBIAN12_PAM | {
        "/etc/pam.d/common-password": "password requisite pam_pwquality.so retry=3 minlen=14 minclass=4\n"
        "password [success=1 default=ignore] pam_unix.so use_authtok remember=5"
    }
    found = _rules(pam, {"/etc/security/pwquality.conf": "minlen = 8"})
    assert (found["min_length"], found["needs_digit"], found["needs_letter"]) == (14, True, True)
    assert found["history"] == 5


def test_three_classes_demand_a_letter_but_no_digit() -> None:
    found = _rules(RHEL9_PAM, {"/etc/security/pwquality.conf": "minclass = 3"})
    assert (found["needs_digit"], found["needs_letter"]) == (False, True)


def test_quality_that_is_not_enforced_does_not_count() -> None:
    assert (
        _rules(RHEL9_PAM, {"/etc/security/pwquality.conf": "minlen = 15\nenforcing = 0"})["min_length"] == 6
    )


def test_one_entrance_without_a_lock_is_no_lock() -> None:
    pam = RHEL9_PAM | {"/etc/pam.d/password-auth": "auth sufficient pam_unix.so"}
    found = _rules(pam)
    assert found["lockout_tries"] == 0
    assert "lockout_seconds" not in found


def test_locked_until_an_administrator_acts_is_zero_seconds() -> None:
    found = _rules(RHEL9_PAM, {"/etc/security/faillock.conf": "unlock_time = never"})
    assert (found["lockout_tries"], found["lockout_seconds"]) == (3, 0)


def test_pam_that_includes_what_is_not_there_is_not_guessed_at() -> None:
    with pytest.raises(Missing):
        _rules({"/etc/pam.d/passwd": "@include common-password"})


def test_an_include_that_goes_in_circles_ends() -> None:
    with pytest.raises(Missing):
        _rules({"/etc/pam.d/passwd": "@include passwd"})


def test_the_longest_age_is_read_and_its_default_known() -> None:
    assert parse_max_days(dumped({"/etc/login.defs": "MAIL_DIR /var/mail\nPASS_MAX_DAYS\t90"})) == 90
    assert parse_max_days(dumped({"/etc/login.defs": "MAIL_DIR /var/mail"})) == -1


def test_sudoers_lines_are_folded() -> None:
    assert parse_sudoers("%sudo  ALL=(ALL)\tNOPASSWD: ALL\n\n") == ("%sudo ALL=(ALL) NOPASSWD: ALL",)


def test_systemd_units_join_enabled_and_active() -> None:
    files = "ssh.service enabled enabled\nauditd.service disabled enabled\ndbus.service static -\n"
    units = (
        "dbus.service loaded active running D-Bus\nssh.service loaded active running OpenBSD\n"
        "\u25cf nope.service not-found inactive dead nope\n"
    )
    found = services(said(unit_files=files, units=units), Gaps())
    assert found["ssh"] == Service(enabled=True, active=True)
    assert found["auditd"] == Service(enabled=False, active=False)
    assert found["dbus"].enabled is UNKNOWN
    assert "nope" not in found
    assert (
        what_runs(said(units=units, processes="chronyd\n")).runs(units=("chrony",), processes=("chronyd",))
        is False
    )


def test_without_systemd_as_init_what_is_active_is_a_gap() -> None:
    gaps = Gaps()
    found = services(said(unit_files="ssh.service enabled enabled\n", units=69), gaps)
    assert (found["ssh"].enabled, found["ssh"].active) == (True, UNKNOWN)
    assert [gap.path for gap in gaps.found] == ["services[].active"]


def test_openrc_knows_what_is_there_enabled_and_started() -> None:
    text = "present sshd\npresent chronyd\nenabled sshd\nactive sshd\n"
    found = services(said(openrc=text, unit_files=127, units=127), Gaps())
    assert found == parse_openrc(text)
    assert found["sshd"] == Service(enabled=True, active=True)
    assert found["chronyd"] == Service(enabled=False, active=False)


def test_a_host_without_a_known_init_has_unknown_services() -> None:
    with pytest.raises(Missing, match="neither systemd nor OpenRC"):
        services(said(openrc=127, unit_files=127, units=127), Gaps())


def test_unit_states_are_read() -> None:
    assert parse_unit_files("a.service masked enabled\nb.service enabled-runtime -\n") == {
        "a": False,
        "b": True,
    }
    assert parse_units("x.service loaded failed failed X\n") == {"x": False}


SS = """\
Netid State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
udp   UNCONN 0      0      127.0.0.53%lo:53        0.0.0.0:*    users:(("systemd-resolve",pid=512,fd=13))
udp   UNCONN 0      0      [fe80::1]%eth0:546         [::]:*    users:(("dhclient",pid=9,fd=3))
tcp   LISTEN 0      128          0.0.0.0:22        0.0.0.0:*    users:(("sshd",pid=712,fd=3))
tcp   LISTEN 0      511                *:80              *:*    users:(("nginx",pid=8,fd=6),("x",pid=7,fd=6))
tcp   LISTEN 0      5               [::1]:631         [::]:*
tcp   LISTEN 0      5   [::ffff:127.0.0.1]:8005          *:*
"""


def test_sockets_of_ss() -> None:
    found = {s.locus: s for s in parse_ss(SS)}
    assert set(found) == {
        "listener/udp/127.0.0.53/53",
        "listener/udp/fe80::1/546",
        "listener/tcp/0.0.0.0/22",
        "listener/tcp/::/80",
        "listener/tcp/::1/631",
        "listener/tcp/127.0.0.1/8005",
    }
    assert found["listener/tcp/::/80"].process == "nginx"
    assert [s.port for s in found.values() if s.loopback] == [631, 8005, 53]
    assert found["listener/tcp/::1/631"].process is UNKNOWN


def test_sockets_of_busybox_netstat() -> None:
    text = (
        "Active Internet connections (only servers)\n"
        "Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name\n"
        "tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      2114/sshd [x]\n"
        "tcp        0      0 :::22                   :::*                    LISTEN      2114/sshd\n"
        "udp        0      0 127.0.0.1:323           0.0.0.0:*                           2290/chronyd\n"
    )
    assert [(s.protocol, s.address, s.port, s.loopback) for s in parse_netstat(text)] == [
        ("tcp", "0.0.0.0", 22, False),
        ("tcp", "::", 22, False),
        ("udp", "127.0.0.1", 323, True),
    ]
    assert parse_netstat(text)[2].process == "chronyd"


def test_sockets_of_the_kernel_itself() -> None:
    text = (
        "tcp   sl  local_address rem_address   st tx_queue rx_queue\n"
        "tcp    0: 0100007F:0277 00000000:0000 0A 00000000:00000000\n"
        "tcp    1: 0F02000A:0016 0202000A:C001 01 00000000:00000000\n"
        "tcp6   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0\n"
        "udp6   0: 00000000000000000000000001000000:007B 00000000000000000000000000000000:0000 07 0:0\n"
    )
    assert [s.locus for s in parse_proc_net(text)] == [
        "listener/tcp/::/80",
        "listener/tcp/127.0.0.1/631",
        "listener/udp/::1/123",
    ]


def test_mounts_are_decoded_and_the_upper_one_counts() -> None:
    text = (
        "/dev/sda1 / ext4 rw,relatime 0 0\nnas:/x /srv/my\\040files nfs4 rw,hard 0 0\n"
        "tmpfs /tmp tmpfs rw 0 0\n/dev/sdb /tmp ext4 rw,nosuid,nodev,noexec 0 0\n"
    )
    found = {m.path: m for m in parse_mounts(text)}
    assert found["/srv/my files"].kind == "nfs4"
    assert found["/tmp"].options == ("rw", "nosuid", "nodev", "noexec")
    assert len(found) == 3


def test_file_modes_are_numbers_and_hidden_files_make_the_list_partial() -> None:
    gaps = Gaps()
    shown = "640 root shadow /etc/shadow\n1777 root root /tmp\n"
    shadow, tmp = parse_files(shown, gaps)
    assert (shadow.mode, shadow.world_readable, shadow.world_writable) == (0o640, False, False)
    assert (tmp.mode, tmp.world_writable) == (0o1777, True)
    partial = parse_files(shown + "? /var/log/audit/audit.log\n", gaps)
    assert isinstance(partial, PartialList)
    with pytest.raises(UnknownFact):
        len(partial)
    assert gaps.found[0].reason is Reason.PARTIAL


def test_sysctl_joins_lines_of_one_name() -> None:
    rmem = "net.ipv4.tcp_rmem = 4096\t131072\t6291456\n"
    text = f"net.ipv4.ip_forward = 0\n{rmem}dev.cdrom.info = \ndev.cdrom.info = x\n"
    assert parse_sysctl(text) == {
        "net.ipv4.ip_forward": "0",
        "net.ipv4.tcp_rmem": "4096 131072 6291456",
        "dev.cdrom.info": "x",
    }
