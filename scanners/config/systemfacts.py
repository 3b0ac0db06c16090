"""How the system is set up below its services: logs on their way, modules, start, disks, loose files."""

from typing import Annotated, Literal

from msgspec import Struct

from scanners.facts import UNKNOWN, about

Transport = Literal["udp", "tcp", "relp", "https"]


class LogForward(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One place that the system log is sent to, as configured."""

    locus: Annotated[str, about("log-forward/HOST/NUMBER")]
    host: Annotated[str, about("Where to.")]
    transport: Annotated[Transport, about("How.")]
    encrypted: Annotated[bool, about("By TLS.")]
    queued: Annotated[bool, about("What cannot be sent waits on disk.")] = UNKNOWN


class Rotation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How long logrotate(8) keeps some log files."""

    locus: Annotated[str, about("rotation/FILE/NUMBER")]
    paths: Annotated[tuple[str, ...], about("Patterns of the log files.", max_items=200)]
    security: Annotated[bool, about("A log of logins or of the system is among them.")]
    days: Annotated[int, about("Days after which the oldest is deleted, at the least.")] = UNKNOWN


class KernelModule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One kernel module that a hardened host does without."""

    loaded: Annotated[bool, about("It is loaded now.")] = UNKNOWN
    available: Annotated[bool, about("The running kernel has it, as a module or built in.")] = UNKNOWN
    disabled: Annotated[bool, about("modprobe cannot load it: install NAME /bin/false, or true.")] = UNKNOWN
    blacklisted: Annotated[bool, about("It is not loaded by itself (blacklist NAME).")] = UNKNOWN


class Boot(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the host starts, and what guards its kernel."""

    efi: Annotated[bool, about("It started by EFI.")] = UNKNOWN
    secure_boot: Annotated[bool, about("Secure Boot is on; never on a host without EFI.")] = UNKNOWN
    loader_password: Annotated[bool, about("GRUB asks for a password before its menu is changed.")] = UNKNOWN
    apparmor: Annotated[bool, about("AppArmor is on.")] = UNKNOWN
    selinux: Annotated[Literal["enforcing", "permissive", "off"], about("SELinux's mode now.")] = UNKNOWN
    mandatory: Annotated[bool, about("AppArmor is on, or SELinux enforces.")] = UNKNOWN
    lockdown: Annotated[str, about("The kernel's lockdown: none, integrity, confidentiality.")] = UNKNOWN
    words: Annotated[
        tuple[str, ...], about("Words of the kernel's command line on audit and guards.", max_items=20)
    ] = UNKNOWN


class Unlock(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one encrypted device is opened (crypttab(5)); never its key."""

    locus: Annotated[str, about("unlock/NAME")]
    name: Annotated[str, about("What it is called when it is open.")]
    key_file: Annotated[str, about("The file with its key; empty where it is asked for, or made anew.")]
    owner: Annotated[str, about("Who owns that file.")] = UNKNOWN
    mode: Annotated[int, about("Its permission bits, as a number: 0o400 is 256.")] = UNKNOWN
    key_encrypted: Annotated[bool, about("That file lies on an encrypted device.")] = UNKNOWN


class Disks(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of the host's disks is encrypted, and where memory is written to."""

    encrypted_mounts: Annotated[
        tuple[str, ...], about("Mount points on an encrypted device (lsblk type crypt).", max_items=500)
    ] = UNKNOWN
    unlocks: Annotated[
        tuple[Unlock, ...], about("How encrypted devices are opened at the start.", max_items=200)
    ] = UNKNOWN
    login_unlocks: Annotated[bool, about("A login opens them: PAM uses pam_mount.")] = UNKNOWN
    swap: Annotated[tuple[str, ...], about("Swap devices and files in use.", max_items=50)] = UNKNOWN
    swap_encrypted: Annotated[
        bool, about("All swap in use is on encrypted devices or compressed memory; true where there is none.")
    ] = UNKNOWN
    core_limit: Annotated[bool, about("limits.conf sets the hard core limit of everybody to 0.")] = UNKNOWN
    core_storage: Annotated[
        str, about("systemd-coredump Storage=, external if not set; none keeps no dumps.")
    ] = UNKNOWN


class SuidFile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One program that runs with its owner's or its group's rights."""

    locus: Annotated[str, about("suid/PATH")]
    path: Annotated[str, about("Path.")]
    owner: Annotated[str, about("Owner.")]
    group: Annotated[str, about("Group.")]
    mode: Annotated[int, about("Permission bits, as a number.")]
    sha256: Annotated[str, about("SHA-256 of its content, hexadecimal.")] = UNKNOWN


class Loose(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Files that nobody guards, three folders deep below /, /etc, /var, /opt, /srv, /home, /root."""

    world_writable: Annotated[
        tuple[str, ...], about("Everybody may write there, and no sticky bit guards it.", max_items=500)
    ] = UNKNOWN
    unowned: Annotated[tuple[str, ...], about("Files whose owner or group has no name.", max_items=500)] = (
        UNKNOWN
    )
    suid: Annotated[
        tuple[SuidFile, ...],
        about("Set-user and set-group programs below the system's folders.", max_items=200),
    ] = UNKNOWN
