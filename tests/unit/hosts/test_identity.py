"""Groups, keys, sudo, su and sessions, on texts as Debian, Ubuntu, the RHEL family and Alpine write them."""

import base64
import struct
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from scanners.config.desktop import desktop
from scanners.config.facts import Account
from scanners.config.groups import groups, members_of
from scanners.config.identityfacts import Sudo, SudoGrant
from scanners.config.pam import pam
from scanners.config.powers import administrators
from scanners.config.sessions import idle, sessions, su, unasked
from scanners.config.sshdfacts import Sshd
from scanners.config.sshdmatch import sshd_matches
from scanners.config.sshkeys import (
    authorized_keys,
    host_keys,
    parse_key,
    parse_key_lines,
    private_keys,
    unseen_sources,
)
from scanners.config.sudo import defaults_of, read_files, sudo
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.collector import Gaps, Missing, dumps
from tests.unit.hosts.samples import dumped, said

PEOPLE = tuple(
    Account(locus=f"account/{name}", name=name, uid=uid, gid=gid)
    for name, uid, gid in (("root", 0, 0), ("ann", 1000, 1000), ("bob", 1001, 10), ("www-data", 33, 33))
)
NO_SSHD = Sshd(installed=False)
GROUP = (
    "root:shadow:0:\nwheel:shadow:10:ann\nsudo:shadow:27:ann\nann:shadow:1000:\n"
    "tape:sha512:26:\nwww-data:shadow:33:\n"
)


def test_a_group_has_those_it_names_and_those_whose_own_it_is() -> None:
    found = {
        g.name: g for g in groups(said(group=GROUP, gshadow="wheel:locked\ntape:none\n"), PEOPLE, Gaps())
    }
    assert found["wheel"].members == ("ann", "bob")
    assert found["root"].members == ("root",)
    assert (found["wheel"].password, found["tape"].password, found["sudo"].password) == (
        "locked",
        "sha512",
        "locked",
    )
    assert members_of(tuple(found.values()), "#27") == ("ann",)


def test_a_group_file_without_gshadow_leaves_passwords_locked_and_a_hidden_one_unknown() -> None:
    gaps = Gaps()
    assert groups(said(group=GROUP, gshadow=66), PEOPLE, gaps)[0].password == "locked"
    assert gaps.found == []
    assert groups(said(group=GROUP, gshadow=77), PEOPLE, gaps)[0].password is UNKNOWN
    assert [(gap.path, gap.reason) for gap in gaps.found] == [("groups[].password", Reason.NOT_PERMITTED)]


def test_without_accounts_nobody_knows_the_members_of_a_group() -> None:
    assert groups(said(group=GROUP, gshadow=66), UNKNOWN, Gaps())[0].members is UNKNOWN


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """Public lines and the fingerprints that ssh-keygen itself shows, by kind."""
    folder: Path = tmp_path_factory.mktemp("keys")
    found = {}
    for kind, bits in (("ed25519", "256"), ("rsa", "1024"), ("ecdsa", "384")):
        path = folder / kind
        command = ["ssh-keygen", "-q", "-t", kind, "-b", bits, "-N", "", "-C", "a b", "-f", str(path)]
        subprocess.run(command, check=True, timeout=60)
        shown = subprocess.run(
            ["ssh-keygen", "-lf", f"{path}.pub"], check=True, capture_output=True, text=True, timeout=10
        )
        found[kind] = (path.with_suffix(".pub").read_text().strip(), " ".join(shown.stdout.split()[:2]))
    return found


def test_fingerprints_and_sizes_are_those_that_ssh_keygen_shows(made: dict[str, tuple[str, str]]) -> None:
    for line, shown in made.values():
        key = parse_key("ann", line)
        assert key is not None
        assert f"{key.bits} {key.fingerprint}" == shown
        assert (key.comment, key.options, key.forced_command) == ("a b", (), False)


def test_options_before_a_key_are_read_and_quotes_hide_no_key(made: dict[str, tuple[str, str]]) -> None:
    public = made["ed25519"][0]
    trap = made["rsa"][0].replace('"', "")
    line = f'from="10.0.0.0/8,!10.0.0.1",command="echo \\"x\\" {trap}",no-pty,restrict {public}'
    key = parse_key("ann", line)
    assert key is not None
    assert key.kind == "ssh-ed25519"
    assert key.options == ("from", "command", "no-pty", "restrict")
    assert key.sources == ("10.0.0.0/8", "!10.0.0.1")
    assert key.forced_command
    assert parse_key("ann", "ssh-ed25519 nonsense") is None
    authority = parse_key("ann", f"cert-authority {public}")
    assert authority is not None
    assert authority.is_authority


def test_keys_are_listed_and_what_is_hidden_makes_the_list_partial(made: dict[str, tuple[str, str]]) -> None:
    text = (
        f"F root /root/.ssh/authorized_keys\n|{made['rsa'][0]}\nA root y\n"
        "A ann ?\nP open bob /home/b/.ssh/id_x y\n"
    )
    gaps = Gaps()
    found = authorized_keys(said(authorized_keys=text), NO_SSHD, gaps)
    assert isinstance(found, PartialList)
    assert "ann" in gaps.found[0].detail
    whole = authorized_keys(said(authorized_keys=text.replace("A ann ?", "A ann y")), NO_SSHD, gaps)
    assert [(key.account, key.bits) for key in whole] == [("root", 1024)]
    assert parse_key_lines(text).lines == {"root": (made["rsa"][0],)}
    (private,) = private_keys(said(authorized_keys=text.replace("A ann ?", "")), gaps)
    assert (private.account, private.path, private.has_passphrase) == ("bob", "/home/b/.ssh/id_x y", False)


@pytest.mark.parametrize(
    ("server", "why"),
    [
        (UNKNOWN, "whether there is an sshd"),
        (Sshd(installed=True), "where sshd looks"),
        (Sshd(installed=True, settings={"authorizedkeyscommand": "/usr/bin/sss_ssh"}), "/usr/bin/sss_ssh"),
        (Sshd(installed=True, settings={"trustedusercakeys": "/etc/ssh/ca.pub"}), "/etc/ssh/ca.pub"),
    ],
)
def test_keys_that_may_come_from_elsewhere_are_not_taken_for_none(server: Sshd, why: str) -> None:
    gaps = Gaps()
    assert isinstance(authorized_keys(said(authorized_keys="A root y\n"), server, gaps), PartialList)
    assert why in gaps.found[0].detail
    assert unseen_sources(Sshd(installed=True, settings={"authorizedkeyscommand": "none"})) == ""
    assert unseen_sources(NO_SSHD) == ""


def test_a_line_that_is_no_key_is_not_overlooked() -> None:
    gaps = Gaps()
    text = "F root /root/.ssh/authorized_keys\n|what is this\nA root y\n"
    assert isinstance(authorized_keys(said(authorized_keys=text), NO_SSHD, gaps), PartialList)
    assert gaps.found[0].reason is Reason.PARTIAL


def test_host_keys_are_listed_by_kind_once(made: dict[str, tuple[str, str]]) -> None:
    text = "".join(f"F /etc/ssh/{n}.pub\n|{made[n][0]}\n" for n in ("rsa", "ed25519", "rsa"))
    assert [(key.kind, key.bits) for key in host_keys(said(ssh_host_keys=text))] == [
        ("ssh-ed25519", 256),
        ("ssh-rsa", 1024),
    ]


def test_a_key_with_broken_fields_has_no_size() -> None:
    blob = base64.b64encode(struct.pack(">I", 7) + b"ssh-rsa").decode()
    key = parse_key("ann", f"ssh-rsa {blob}")
    assert key is not None
    assert key.bits is UNKNOWN


DEBIAN12_SUDOERS = """\
Defaults	env_reset
Defaults	mail_badpass
Defaults	secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
Defaults	use_pty
root	ALL=(ALL:ALL) ALL
%sudo	ALL=(ALL:ALL) ALL
@includedir /etc/sudoers.d
"""
RHEL9_SUDOERS = """\
Defaults   !visiblepw
Defaults    always_set_home
Defaults    env_reset
Defaults    env_keep =  "COLORS DISPLAY HOSTNAME HISTSIZE KDEDIR LS_COLORS"
Defaults    env_keep += "MAIL QTDIR USERNAME LANG LC_ADDRESS LC_CTYPE"
root	ALL=(ALL) 	ALL
%wheel	ALL=(ALL)	ALL
#includedir /etc/sudoers.d
"""
GROUPS = groups(said(group=GROUP, gshadow=66), PEOPLE, Gaps())


def _sudo(main: str, gaps: Gaps | None = None, **more: str):
    files = {"/etc/sudoers": main} | {f"/etc/sudoers.d/{name}": text for name, text in more.items()}
    text = "".join(
        f"F {path}\n" + "".join(f"|{x}\n" for x in body.splitlines()) for path, body in files.items()
    )
    return sudo(said(sudo_files=text), PEOPLE, GROUPS, gaps or Gaps())


def test_what_debian_and_rhel_grant_is_resolved_to_people() -> None:
    debian, rhel = _sudo(DEBIAN12_SUDOERS), _sudo(RHEL9_SUDOERS)
    assert [(g.who, g.accounts, g.all_commands, g.asks_password) for g in debian.grants] == [
        ("root", ("root",), True, True),
        ("%sudo", ("ann",), True, True),
    ]
    assert rhel.grants[1].accounts == ("ann", "bob")
    assert (debian.uses_pty, rhel.uses_pty, debian.logs_events, debian.logs_sessions) == (
        True,
        False,
        True,
        False,
    )
    assert debian.timeout_minutes == 5


def test_aliases_tags_and_folders_are_resolved() -> None:
    site = """\
User_Alias OPS = ann, bob : GUESTS = nobody
Cmnd_Alias WEB = /usr/bin/systemctl restart nginx, /usr/bin/tail /var/log/*
OPS ALL = (root) NOPASSWD: WEB, \\
    PASSWD: /usr/bin/less
#1001 ALL=(www-data) /bin/true
Defaults logfile="/var/log/sudo.log", !syslog, log_output, timestamp_timeout=0
"""
    found = _sudo(DEBIAN12_SUDOERS, site=site)
    ann = [g for g in found.grants if g.who == "ann"]
    assert [(g.asks_password, g.wildcards, g.commands) for g in ann] == [
        (False, True, ("/usr/bin/systemctl restart nginx", "/usr/bin/tail /var/log/*")),
        (True, False, ("/usr/bin/less",)),
    ]
    assert [g.locus for g in ann] == ["sudo/site/ann/1", "sudo/site/ann/2"]
    number = next(g for g in found.grants if g.who == "#1001")
    assert (number.accounts, number.run_as) == (("bob",), "www-data")
    assert (found.logs_events, found.logs_sessions, found.timeout_minutes) == (True, True, 0)


def test_a_line_for_several_hosts_grants_what_stands_behind_each() -> None:
    found = _sudo("ann web = /bin/a : db = (ALL : ALL) NOPASSWD: ALL\n").grants
    assert [(g.commands, g.asks_password, g.all_commands) for g in found] == [
        (("/bin/a",), True, False),
        (("ALL",), False, True),
    ]
    assert found[1].run_as == "ALL : ALL"


def test_nobody_is_asked_where_a_default_says_so() -> None:
    assert not _sudo("Defaults !authenticate\nroot ALL=(ALL) ALL\n").grants[0].asks_password
    assert not _sudo("Defaults:ann !authenticate\nann ALL=(ALL) ALL\n").grants[0].asks_password


def test_an_include_that_was_not_read_makes_the_grants_partial() -> None:
    gaps = Gaps()
    found = _sudo("@include /etc/other\nroot ALL=(ALL) ALL\n", gaps)
    assert isinstance(found.grants, PartialList)
    assert gaps.found[0].detail == "not read: /etc/other"
    assert read_files(dumps("F /etc/sudoers\n|@include /etc/sudoers\n")).missing


def test_a_host_without_sudo_grants_nothing_and_a_hidden_file_is_no_such_host() -> None:
    assert sudo(said(sudo_files=66), PEOPLE, GROUPS, Gaps()).grants == ()
    gaps = Gaps()
    assert gaps.fact("sudo", lambda: sudo(said(sudo_files=77), PEOPLE, GROUPS, gaps)) is UNKNOWN


def test_netgroups_are_not_resolved_and_that_is_said() -> None:
    gaps = Gaps()
    assert _sudo("+admins ALL=(ALL) ALL\n", gaps).grants[0].accounts is UNKNOWN
    assert gaps.found[0].path == "sudo.grants[].accounts"


def test_defaults_with_commas_in_quotes_stay_whole() -> None:
    assert defaults_of('secure_path="/a,b", !lecture, use_pty') == {
        "secure_path": "/a,b",
        "lecture": "no",
        "use_pty": "yes",
    }


DEBIAN12_SU = {
    "/etc/pam.d/su": "auth       sufficient pam_rootok.so\nsession       required   pam_env.so readenv=1\n"
    "@include common-auth\n",
    "/etc/pam.d/common-auth": "auth\t[success=1 default=ignore]\tpam_unix.so nullok\n"
    "auth\trequisite\tpam_deny.so",
    "/etc/pam.d/sshd": "@include common-auth\n",
}
RHEL9_SU = {
    "/etc/pam.d/su": "auth\t\trequired\tpam_env.so\nauth            sufficient      pam_rootok.so\n"
    "auth\t\trequired\tpam_wheel.so use_uid\nauth            substack        system-auth\n",
    "/etc/pam.d/system-auth": "auth required pam_faillock.so preauth\nauth sufficient pam_unix.so\n",
    "/etc/pam.d/sshd": "auth required pam_google_authenticator.so nullok\nauth substack system-auth\n",
}


def test_su_is_open_on_debian_and_for_a_group_where_wheel_is_asked_for() -> None:
    assert su(said(pam=dumped(DEBIAN12_SU)), GROUPS, Gaps()).restricted is False
    asked = su(said(pam=dumped(RHEL9_SU)), GROUPS, Gaps())
    assert (asked.restricted, asked.group, asked.members) == (True, "wheel", ("ann", "bob"))
    own = {"/etc/pam.d/su": "auth requisite pam_wheel.so group=ops\n"}
    assert su(said(pam=dumped(own)), GROUPS, Gaps()).members == ()
    trusted = {"/etc/pam.d/su": "auth sufficient pam_wheel.so trust\n"}
    assert su(said(pam=dumped(trusted)), GROUPS, Gaps()).restricted is False
    assert su(said(pam=dumped({"/etc/pam.d/login": ""})), GROUPS, Gaps()).installed is False


def test_the_doors_of_debian_take_empty_passwords_and_those_of_rhel_may_skip_the_second_factor() -> None:
    debian = pam(said(pam=dumped(DEBIAN12_SU), password_files=66, useradd=66, login_defs=66), Gaps())
    assert (debian.accepts_empty, debian.locks_root, debian.second_factors) == (True, False, ())
    assert (debian.inactive_days, debian.encrypt_method) == (-1, UNKNOWN)
    texts = said(
        pam=dumped(RHEL9_SU),
        password_files=dumped({"/etc/security/faillock.conf": "deny = 5\neven_deny_root"}),
        useradd=dumped({"/etc/default/useradd": "GROUP=100\nINACTIVE=30"}),
        login_defs=dumped({"/etc/login.defs": "UMASK\t027\nENCRYPT_METHOD yescrypt"}),
    )
    rhel = pam(texts, Gaps())
    assert (rhel.accepts_empty, rhel.locks_root, rhel.inactive_days) == (False, True, 30)
    assert (rhel.second_factors, rhel.second_factor_skippable) == (("pam_google_authenticator.so",), True)
    assert rhel.encrypt_method == "YESCRYPT"


def test_shells_are_told_when_to_end_and_which_mask_to_use() -> None:
    profile = {
        "/etc/profile": "umask 022",
        "/etc/profile.d/tmout.sh": "TMOUT=900\nreadonly TMOUT\nexport TMOUT\numask 027 # site",
        "/etc/bashrc": "TMOUT=1",
    }
    texts = said(shell_files=dumped(profile), login_defs=66, autologin="/etc/x.conf:autologin-user=kiosk\n")
    found = sessions(texts, Gaps())
    assert (found.idle_seconds, found.idle_fixed, found.umask) == (900, True, 0o027)
    assert found.umask_excludes_others is True
    assert found.autologin == ("/etc/x.conf:autologin-user=kiosk",)
    plain = said(shell_files=66, login_defs=dumped({"/etc/login.defs": "UMASK\t077"}), autologin="")
    told = sessions(plain, Gaps())
    assert (told.idle_seconds, told.idle_fixed, told.umask, told.autologin) == (0, False, 0o077, ())
    assert idle(dumps(dumped({"/etc/profile": "declare -xr TMOUT=600"}))) == (600, True)
    hidden = sessions(said(shell_files="N /etc/profile", login_defs=66, autologin=""), Gaps())
    assert (hidden.idle_seconds, hidden.umask) == (UNKNOWN, UNKNOWN)


def test_match_blocks_are_read_with_what_they_set() -> None:
    files = {
        "/etc/ssh/sshd_config": "PermitRootLogin no\nMatch Address 10.0.0.0/8\n  PermitRootLogin=yes\n"
        "  PermitRootLogin no\nMatch User sftp\n\tForceCommand internal-sftp\nMatch all\n",
        "/etc/ssh/sshd_config.d/50-x.conf": 'match group "ops"\nPermitEmptyPasswords yes',
    }
    first, second, third = sshd_matches(dumped(files))
    assert (first.criteria, first.root_login, first.settings) == (
        "Address 10.0.0.0/8",
        True,
        {"permitrootlogin": "yes"},
    )
    assert second.settings == {"forcecommand": "internal-sftp"}
    assert (third.locus, third.empty_passwords) == ("sshd-match/etc/ssh/sshd_config.d/50-x.conf/1", True)
    with pytest.raises(Missing):
        sshd_matches("N /etc/ssh/sshd_config")


def test_who_is_logged_in_unasked_is_named_by_each_way_to_set_it() -> None:
    lines = (
        "/etc/gdm3/daemon.conf:AutomaticLoginEnable=true",
        "/etc/gdm3/daemon.conf:AutomaticLogin = pos",
        "/etc/gdm3/daemon.conf:TimedLoginDelay=5",
        "/etc/lightdm/lightdm.conf:autologin-user=kiosk",
        "/etc/lightdm/lightdm.conf:autologin-user-timeout=0",
        "/etc/lightdm/lightdm.conf:autologin-guest=false",
        "/etc/sddm.conf:[Autologin]",
        "/etc/sddm.conf:User=wall",
        "/etc/systemd/system/getty@tty1.service.d/a.conf:ExecStart=-/sbin/agetty --autologin root %I",
        "/etc/inittab:tty1::respawn:/bin/login -f ops",
    )
    assert unasked(lines) == ("pos", "kiosk", "wall", "root", "ops")
    assert unasked(("/etc/lightdm/lightdm.conf:autologin-guest=true",)) == ("guest",)
    assert unasked(("/etc/gdm3/daemon.conf:AutomaticLogin=",)) == ()
    strange = sessions(
        said(shell_files=66, login_defs=66, autologin="/etc/inittab:autologin by magic"), Gaps()
    )
    assert (strange.autologin, strange.autologin_users) == (("/etc/inittab:autologin by magic",), UNKNOWN)


DCONF = {
    "/etc/dconf/profile/user": "user-db:user\nsystem-db:local",
    "/etc/dconf/db/local.d/00-screen": "[org/gnome/desktop/session]\nidle-delay=uint32 600\n"
    "[org/gnome/desktop/screensaver]\nlock-enabled=true\nlock-delay=uint32 60\n",
    "/etc/dconf/db/local.d/locks/screen": "/org/gnome/desktop/session/idle-delay\n"
    "/org/gnome/desktop/screensaver/lock-enabled\n/org/gnome/desktop/screensaver/lock-delay",
    "/etc/dconf/db/other.d/00-x": "[org/gnome/desktop/session]\nidle-delay=uint32 0",
}


def test_a_desktop_locks_as_the_databases_of_its_profile_say() -> None:
    found = desktop(said(desktop_sessions="ubuntu.desktop\ngnome.desktop\n", dconf=dumped(DCONF)), Gaps())
    assert found.sessions == ("gnome.desktop", "ubuntu.desktop")
    assert (found.idle_seconds, found.locks, found.lock_seconds, found.fixed) == (600, True, 60, True)
    plain = desktop(said(desktop_sessions="gnome.desktop\n", dconf=66), Gaps())
    assert (plain.idle_seconds, plain.locks, plain.lock_seconds, plain.fixed) == (300, True, 0, False)
    unread = {path: text for path, text in DCONF.items() if "profile" not in path}
    assert desktop(said(desktop_sessions="gnome.desktop\n", dconf=dumped(unread)), Gaps()).fixed is False


def test_a_desktop_that_is_not_understood_or_not_readable_is_not_known_and_none_is_none() -> None:
    gaps = Gaps()
    found = desktop(said(desktop_sessions="gnome.desktop\nplasma.desktop\n", dconf=66), gaps)
    assert (found.idle_seconds, found.fixed) == (UNKNOWN, UNKNOWN)
    hidden = desktop(said(desktop_sessions="gnome.desktop\n", dconf="N /etc/dconf/db/local.d/x"), gaps)
    assert hidden.locks is UNKNOWN
    assert [gap.reason for gap in gaps.found] == [Reason.UNSUPPORTED, Reason.NOT_PERMITTED]
    assert desktop(said(desktop_sessions="", dconf=66), gaps).sessions == ()


def test_who_may_become_root_is_named_with_the_way() -> None:
    toor = Account(locus="account/toor", name="toor", uid=0)
    grant = SudoGrant(
        locus="sudo/sudoers/%wheel/1",
        who="%wheel",
        accounts=("ann", "root"),
        run_as="root",
        commands=("ALL",),
        all_commands=True,
        wildcards=False,
        asks_password=True,
    )
    few = replace(grant, accounts=("bob",), commands=("/bin/ls",), all_commands=False)
    gaps = Gaps()
    found = administrators((toor,), GROUPS, Sudo(installed=True, grants=(grant, few)), gaps)
    assert {each.name: each.by for each in found} == {
        "toor": ("number 0",),
        "bob": ("group/wheel",),
        "ann": ("group/wheel", "group/sudo", "sudo/sudoers/%wheel/1"),
    }
    assert gaps.found == []
    net = replace(grant, who="+ops", accounts=UNKNOWN)
    administrators((), (), Sudo(installed=True, grants=(net,)), gaps)
    assert [(gap.path, gap.reason) for gap in gaps.found] == [("administrators", Reason.PARTIAL)]
    cut = administrators((), (), Sudo(installed=True, grants=PartialList((grant,))), gaps)
    assert [each.name for each in cut] == ["ann"]
    assert [gap.reason for gap in gaps.found] == [Reason.PARTIAL] * 2
    with pytest.raises(Missing):
        administrators((), (), Sudo(installed=True), gaps)
    assert administrators((), (), Sudo(installed=False), gaps) == ()
