"""Who may come in and become whom: groups, ssh keys, sudo, su, sessions."""

from typing import Annotated, Literal

from msgspec import Struct

from scanners.facts import UNKNOWN, about

GroupPassword = Literal["none", "locked", "sha512", "sha256", "yescrypt", "bcrypt", "md5", "des", "other"]


class Group(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One local group (group(5), gshadow(5))."""

    locus: Annotated[str, about("group/NAME")]
    name: Annotated[str, about("Group name.")]
    gid: Annotated[int, about("Group number.")]
    is_single: Annotated[bool, about("No other group has its number or its name.")] = UNKNOWN
    members: Annotated[
        tuple[str, ...],
        about("Accounts in it: those named in the group, and those whose own group it is.", max_items=5000),
    ] = UNKNOWN
    password: Annotated[
        GroupPassword, about("How a group password is kept; locked and none mean that nobody joins by one.")
    ] = UNKNOWN


class AuthorizedKey(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of an authorized_keys file (sshd(8)); of its options only what restricts."""

    locus: Annotated[str, about("ssh-key/ACCOUNT/ and the first 16 characters of the fingerprint")]
    account: Annotated[str, about("Whom it lets in.")]
    kind: Annotated[str, about("Key type, as ssh-ed25519.")]
    bits: Annotated[int, about("Size of the key in bits.")] = UNKNOWN
    fingerprint: Annotated[str, about("SHA256:..., as ssh-keygen -l shows it.")]
    comment: Annotated[str, about("What stands behind the key.")] = ""
    also_opens: Annotated[
        tuple[str, ...], about("Other accounts of this host that it lets in.", max_items=100)
    ] = UNKNOWN
    options: Annotated[tuple[str, ...], about("Names of the options before the key.", max_items=50)] = ()
    sources: Annotated[tuple[str, ...], about("Where from= lets it come from.", max_items=100)] = ()
    forced_command: Annotated[bool, about("It runs one command only (command=).")] = False
    is_authority: Annotated[bool, about("It signs certificates (cert-authority).")] = False


class HostKey(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A public key that the ssh server shows."""

    locus: Annotated[str, about("ssh-host-key/TYPE")]
    kind: Annotated[str, about("Key type.")]
    bits: Annotated[int, about("Size of the key in bits.")] = UNKNOWN
    fingerprint: Annotated[str, about("SHA256:..., as ssh-keygen -l shows it.")]


class PrivateKey(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A private ssh key in somebody's home."""

    locus: Annotated[str, about("private-key/PATH")]
    account: Annotated[str, about("Whose home it lies in.")]
    path: Annotated[str, about("Path.")]
    has_passphrase: Annotated[bool, about("A passphrase guards it.")] = UNKNOWN


class SudoGrant(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one line of sudoers(5) lets one user, group or alias do."""

    locus: Annotated[str, about("sudo/FILE/WHO/NUMBER, the number counting that WHO's lines in the file")]
    who: Annotated[str, about("User, %group, #number or +netgroup, aliases resolved.")]
    accounts: Annotated[tuple[str, ...], about("Local accounts that this means.", max_items=5000)] = UNKNOWN
    services: Annotated[
        tuple[str, ...], about("Those of them that are service accounts, numbers 1 to 999.", max_items=5000)
    ] = UNKNOWN
    run_as: Annotated[str, about("Whom it lets them become; root if the line does not say.")]
    commands: Annotated[tuple[str, ...], about("Commands, aliases resolved.", max_items=400)]
    all_commands: Annotated[bool, about("Any command (ALL).")]
    wildcards: Annotated[bool, about("A command or its arguments hold * or ?, or a pattern.")]
    asks_password: Annotated[bool, about("The one who asks must give a password.")]


class Sudo(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """sudo(8) as its files set it up."""

    installed: Annotated[bool, about("There is an /etc/sudoers.")] = UNKNOWN
    grants: Annotated[tuple[SudoGrant, ...], about("Who may do what.", max_items=2000)] = UNKNOWN
    logs_events: Annotated[bool, about("Each use is logged: syslog (the default) or a log file.")] = UNKNOWN
    logs_sessions: Annotated[bool, about("What is typed and shown is recorded (log_output, log_input).")] = (
        UNKNOWN
    )
    uses_pty: Annotated[bool, about("Commands run in a terminal of their own (use_pty).")] = UNKNOWN
    timeout_minutes: Annotated[
        float, about("How long a password is remembered; negative for until the restart.")
    ] = UNKNOWN


class Administrator(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account beside root that may become root."""

    locus: Annotated[str, about("administrator/NAME")]
    name: Annotated[str, about("Its login name.")]
    by: Annotated[tuple[str, ...], about("By what: number 0, group/NAME, a line of sudo.", max_items=50)]


class Su(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """su(1) as PAM sets it up."""

    installed: Annotated[bool, about("PAM has a service su.")] = UNKNOWN
    restricted: Annotated[bool, about("Only members of a group get through (pam_wheel).")] = UNKNOWN
    group: Annotated[str, about("That group.")] = UNKNOWN
    members: Annotated[tuple[str, ...], about("Its members.", max_items=5000)] = UNKNOWN


class Pam(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What PAM asks of whoever comes in by ssh or at the console."""

    accepts_empty: Annotated[bool, about("pam_unix takes an empty password (nullok).")] = UNKNOWN
    locks_root: Annotated[bool, about("Failures lock root too (even_deny_root).")] = UNKNOWN
    second_factors: Annotated[
        tuple[str, ...], about("Modules for a second factor in sshd's stack.", max_items=20)
    ] = UNKNOWN
    second_factor_skippable: Annotated[
        bool, about("A second factor is left out for some: nullok, sufficient or optional.")
    ] = UNKNOWN
    inactive_days: Annotated[
        int, about("useradd INACTIVE, for new accounts: days from the password's end; -1 for never.")
    ] = UNKNOWN
    encrypt_method: Annotated[str, about("login.defs ENCRYPT_METHOD, upper case; else DES.")] = UNKNOWN


class Sessions(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What shells are told when somebody logs in."""

    idle_seconds: Annotated[int, about("TMOUT of login shells; 0 for none.")] = UNKNOWN
    idle_fixed: Annotated[bool, about("Users cannot change it (readonly).")] = UNKNOWN
    umask: Annotated[int, about("UMASK for login sessions, as a number: 0o027 is 23.")] = UNKNOWN
    umask_excludes_others: Annotated[
        bool, about("New files are closed to others, and the group may not write them (027 or stricter).")
    ] = UNKNOWN
    search_path: Annotated[
        tuple[str, ...],
        about("Folders of PATH for everybody, as login.defs and login files set it.", max_items=100),
    ] = UNKNOWN
    autologin: Annotated[
        tuple[str, ...], about("Settings by which somebody is logged in unasked.", max_items=100)
    ] = UNKNOWN
    autologin_users: Annotated[tuple[str, ...], about("Who that is, by those settings.", max_items=100)] = (
        UNKNOWN
    )


class Desktop(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Desktop sessions, and when they lock: GNOME's settings, as they are fixed for everybody."""

    sessions: Annotated[tuple[str, ...], about("Sessions that are installed, by file.", max_items=100)] = (
        UNKNOWN
    )
    idle_seconds: Annotated[int, about("Time without input until the screen goes dark; 0 for never.")] = (
        UNKNOWN
    )
    locks: Annotated[bool, about("It locks then.")] = UNKNOWN
    lock_seconds: Annotated[int, about("Time from the dark screen to the lock.")] = UNKNOWN
    fixed: Annotated[bool, about("Users cannot change any of the three.")] = UNKNOWN
