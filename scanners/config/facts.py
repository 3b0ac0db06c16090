"""How a host is set up, as seen from inside: sshd, kernel, accounts, audit, logs, time, firewall, sockets."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Struct

from scanners.config.identityfacts import (
    Administrator,
    AuthorizedKey,
    Desktop,
    Group,
    HostKey,
    Pam,
    PrivateKey,
    Sessions,
    Su,
    Sudo,
)
from scanners.config.networkfacts import Accepted, NetworkFacts
from scanners.config.recordfacts import Audit, Clock, Logs, RecordsCompared
from scanners.config.sshdfacts import Sshd
from scanners.config.systemfacts import Boot, Disks, KernelModule, Loose
from scanners.facts import UNKNOWN, about

PasswordKind = Literal["none", "locked", "sha512", "sha256", "yescrypt", "bcrypt", "md5", "des", "other"]
PolicyBackend = Literal["nftables", "iptables", "none"]
FrontEnd = Literal["firewalld", "ufw", "nftables", "iptables-persistent", "none"]
FilterPolicy = Literal["accept", "drop", "reject", "none"]


class Account(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One local account (passwd(5), shadow(5)); of its password only the kind, never the hash."""

    locus: Annotated[str, about("account/NAME")]
    name: Annotated[str, about("Login name.")]
    uid: Annotated[int, about("User number.")]
    shell: Annotated[str, about("Login shell.")] = UNKNOWN
    home: Annotated[str, about("Home directory.")] = UNKNOWN
    can_log_in: Annotated[bool, about("The shell is one that lets somebody in.")] = UNKNOWN
    password: Annotated[PasswordKind, about("How the password is kept; none means an empty one.")] = UNKNOWN
    max_age_days: Annotated[int, about("Days until the password must be changed; -1 for never.")] = UNKNOWN
    last_change: Annotated[datetime, about("When the password was last changed.")] = UNKNOWN
    authorized_keys: Annotated[int, about("How many keys stand in its authorized_keys.")] = UNKNOWN
    gid: Annotated[int, about("Number of its own group.")] = UNKNOWN
    is_single: Annotated[bool, about("No other account has its number or its name.")] = UNKNOWN
    min_age_days: Annotated[int, about("Days before the password may be changed again; -1 for none.")] = (
        UNKNOWN
    )
    inactive_days: Annotated[
        int, about("Days after the password's end until the account is closed; -1 for never.")
    ] = UNKNOWN
    expires: Annotated[datetime, about("When the account ends by itself.")] = UNKNOWN
    never_expires: Annotated[bool, about("The account has no end of its own.")] = UNKNOWN
    ever_logged_in: Annotated[bool, about("A login of it is recorded (lastlog(8)).")] = UNKNOWN
    last_login: Annotated[datetime, about("When it last logged in.")] = UNKNOWN
    home_exists: Annotated[bool, about("Its home directory is there.")] = UNKNOWN
    home_owner: Annotated[str, about("Who owns its home.")] = UNKNOWN
    home_mode: Annotated[int, about("Permission bits of its home, as a number.")] = UNKNOWN
    home_shared: Annotated[bool, about("The group or everybody may write in its home.")] = UNKNOWN
    must_change: Annotated[bool, about("The password must be changed at the next login.")] = UNKNOWN
    password_single: Annotated[bool, about("No other account has the same hash with the same salt.")] = (
        UNKNOWN
    )
    trust_files: Annotated[
        tuple[str, ...], about("Files .rhosts, .shosts and .netrc in its home.", max_items=3)
    ] = UNKNOWN


class PasswordRules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What PAM and login.defs ask of passwords and do about guessing, resolved with their defaults."""

    min_length: Annotated[
        int, about("Shortest password accepted (pwquality, else pam_unix, else its default 6).")
    ] = UNKNOWN
    needs_digit: Annotated[bool, about("A digit is demanded (pwquality dcredit < 0, or minclass = 4).")] = (
        UNKNOWN
    )
    needs_letter: Annotated[
        bool, about("A letter is demanded (pwquality lcredit or ucredit < 0, or minclass >= 3).")
    ] = UNKNOWN
    history: Annotated[
        int, about("Old passwords that may not come back (pam_pwhistory or pam_unix remember); 0 for none.")
    ] = UNKNOWN
    lockout_tries: Annotated[
        int, about("Failures that lock an account (pam_faillock deny); 0 where nothing locks.")
    ] = UNKNOWN
    lockout_seconds: Annotated[
        int, about("How long it stays locked (unlock_time); 0 means until an administrator acts.")
    ] = UNKNOWN
    max_days: Annotated[int, about("login.defs PASS_MAX_DAYS, for new accounts.")] = UNKNOWN


class Firewall(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The packet filter that is loaded now, and the front end that loads it at boot."""

    backend: Annotated[PolicyBackend, about("What holds the rules; none if the rule set is empty.")] = UNKNOWN
    front_end: Annotated[
        FrontEnd,
        about("What loads them at boot."),
    ] = UNKNOWN
    loads_at_boot: Annotated[bool, about("The front end is enabled.")] = UNKNOWN
    rules: Annotated[int, about("How many rules are loaded.")] = UNKNOWN
    output_policy: Annotated[FilterPolicy, about("What happens to outbound packets no rule names.")] = UNKNOWN
    accept_all: Annotated[
        tuple[str, ...],
        about("Rules at the start of inbound and forwarded packets that let everything in.", max_items=100),
    ] = UNKNOWN
    accepted: Annotated[tuple[Accepted, ...], about("Ports that rules accept.", max_items=1000)] = UNKNOWN
    stateful: Annotated[bool, about("Replies to own connections are told from new ones.")] = UNKNOWN
    digest: Annotated[
        str, about("SHA-256 of the loaded rules without counters: the same as long as they are.")
    ] = UNKNOWN
    input_policy: Annotated[FilterPolicy, about("What happens to inbound packets no rule names.")] = UNKNOWN
    forward_policy: Annotated[FilterPolicy, about("What happens to forwarded packets no rule names.")] = (
        UNKNOWN
    )


class Socket(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One listening socket, as the host itself sees it."""

    locus: Annotated[str, about("listener/tcp/ADDRESS/PORT")]
    protocol: Annotated[Literal["tcp", "udp"], about("Transport.")]
    address: Annotated[str, about("Address it listens on; 0.0.0.0 and :: are every address.")]
    port: Annotated[int, about("Port.")]
    loopback: Annotated[bool, about("Only this machine can reach it.")]
    place: Annotated[str, about("Transport and port, as tcp/22.")] = UNKNOWN
    process: Annotated[str, about("Name of the program that holds it.")] = UNKNOWN
    program: Annotated[str, about("The file that it runs from.")] = UNKNOWN
    unit: Annotated[str, about("The service unit that it belongs to; empty for none.")] = UNKNOWN
    user: Annotated[int, about("The number of the user that it runs as.")] = UNKNOWN
    boxed: Annotated[bool, about("It runs in a container.")] = UNKNOWN


class Mount(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One mounted file system, from /proc/mounts."""

    locus: Annotated[str, about("mount/PATH")]
    path: Annotated[str, about("Where it is mounted.")]
    kind: Annotated[str, about("File system type.")]
    options: Annotated[tuple[str, ...], about("Mount options.", max_items=64)]


class FileMode(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Owner and mode of one file that matters."""

    locus: Annotated[str, about("file/PATH")]
    path: Annotated[str, about("Path.")]
    owner: Annotated[str, about("Owner.")]
    group: Annotated[str, about("Group.")]
    mode: Annotated[int, about("Permission bits, as a number: 0o640 is 416.")]
    world_readable: Annotated[bool, about("Others may read it.")]
    world_writable: Annotated[bool, about("Others may write it.")]
    group_writable: Annotated[bool, about("Its group may write it.")] = UNKNOWN


class Service(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One service unit."""

    present: Annotated[bool, about("The unit is there.")] = True
    enabled: Annotated[bool, about("It starts with the system.")] = UNKNOWN
    active: Annotated[bool, about("It runs now.")] = UNKNOWN


class ConfigFacts(NetworkFacts, frozen=True, kw_only=True, omit_defaults=True):
    """How a host is set up."""

    collected_as: Annotated[str, about("The user that the collector ran as.")] = UNKNOWN
    hostname: Annotated[str, about("The host's own name.")] = UNKNOWN
    sshd: Annotated[Sshd, about("The ssh server.")] = UNKNOWN
    sysctl: Annotated[dict[str, str], about("Kernel parameters by dotted name.", absent=UNKNOWN)] = UNKNOWN
    accounts: Annotated[tuple[Account, ...], about("Local accounts.", max_items=3000)] = UNKNOWN
    passwords: Annotated[PasswordRules, about("Password and lock-out rules.")] = UNKNOWN
    sudo_nopasswd: Annotated[
        tuple[str, ...], about("sudoers lines that need no password.", max_items=500)
    ] = UNKNOWN
    audit: Annotated[Audit, about("Audit trail.")] = UNKNOWN
    logs: Annotated[Logs, about("System log.")] = UNKNOWN
    records_compared: Annotated[
        RecordsCompared, about("What of logs and the audit trail is compared with a known state.")
    ] = UNKNOWN
    clock: Annotated[Clock, about("Time keeping.")] = UNKNOWN
    firewall: Annotated[Firewall, about("Packet filter.")] = UNKNOWN
    sockets: Annotated[tuple[Socket, ...], about("Listening sockets.", max_items=1500)] = UNKNOWN
    mounts: Annotated[tuple[Mount, ...], about("Mounted file systems.", max_items=2000)] = UNKNOWN
    files: Annotated[
        tuple[FileMode, ...],
        about("Files that matter: shadow, sshd_config, host keys, logs ...", max_items=500),
    ] = UNKNOWN
    services: Annotated[
        dict[str, Service],
        about(
            "Service units by name without .service.",
            absent={"present": False, "enabled": False, "active": False},
        ),
    ] = UNKNOWN
    groups: Annotated[tuple[Group, ...], about("Local groups.", max_items=5000)] = UNKNOWN
    root_group: Annotated[tuple[str, ...], about("Members of the group with number 0.", max_items=1000)] = (
        UNKNOWN
    )
    ssh_keys: Annotated[
        tuple[AuthorizedKey, ...], about("Every key in an authorized_keys file.", max_items=5000)
    ] = UNKNOWN
    ssh_host_keys: Annotated[
        tuple[HostKey, ...], about("Public keys that the ssh server shows.", max_items=20)
    ] = UNKNOWN
    private_keys: Annotated[tuple[PrivateKey, ...], about("Private ssh keys in homes.", max_items=1000)] = (
        UNKNOWN
    )
    sudo: Annotated[Sudo, about("What sudo grants.")] = UNKNOWN
    administrators: Annotated[
        tuple[Administrator, ...],
        about("Accounts beside root that may become it: by group, sudo, number 0.", max_items=1000),
    ] = UNKNOWN
    su: Annotated[Su, about("Who may use su.")] = UNKNOWN
    pam: Annotated[Pam, about("What PAM asks at the doors.")] = UNKNOWN
    sessions: Annotated[Sessions, about("What shells are told at login.")] = UNKNOWN
    desktop: Annotated[Desktop, about("Desktop sessions, and when they lock.")] = UNKNOWN
    modules: Annotated[
        dict[str, KernelModule],
        about("Kernel modules that a hardened host does without, by name with underscores.", absent=UNKNOWN),
    ] = UNKNOWN
    boot: Annotated[Boot, about("How the host starts.")] = UNKNOWN
    disks: Annotated[Disks, about("What of the disks is encrypted.")] = UNKNOWN
    loose: Annotated[Loose, about("Files that nobody guards.")] = UNKNOWN
