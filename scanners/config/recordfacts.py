"""What a host writes down, how long it keeps it, and by which clock: audit trail, logs, time."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Struct

from scanners.config.systemfacts import LogForward, Rotation
from scanners.facts import UNKNOWN, about

JournalStorage = Literal["persistent", "volatile", "auto", "none"]
TimeService = Literal["chrony", "ntp", "ntpsec", "timesyncd", "openntpd", "none"]


class Watch(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file or a folder with all below it, whose use the audit trail records."""

    locus: Annotated[str, about("watch/NUMBER: the rule's place among those that watch.")]
    path: Annotated[str, about("The file or the folder, without a slash at its end.")]
    below: Annotated[str, about("The path with a slash at its end: what all below it begins with.")]
    permissions: Annotated[str, about("Which use: r read, w write, x execute, a change of attributes.")]


class Audit(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The kernel's audit trail (auditd(8))."""

    installed: Annotated[bool, about("auditd is installed.")] = UNKNOWN
    enabled: Annotated[bool, about("It starts with the system.")] = UNKNOWN
    active: Annotated[bool, about("It runs now.")] = UNKNOWN
    rules: Annotated[
        tuple[str, ...],
        about(
            "Loaded rules (auditctl -l), or those of /etc/audit where they cannot be listed.", max_items=5000
        ),
    ] = UNKNOWN
    locked: Annotated[bool, about("Rules cannot be changed until a restart (-e 2).")] = UNKNOWN
    lost: Annotated[int, about("Records lost since the start.")] = UNKNOWN
    log_format: Annotated[str, about("log_format of auditd.conf(5), upper case; RAW if not set.")] = UNKNOWN
    actions: Annotated[
        dict[str, str],
        about(
            "What is done when the disk fills, upper case, by setting (space_left_action ...).",
            absent=UNKNOWN,
        ),
    ] = UNKNOWN
    sends_away: Annotated[bool, about("A plug-in sends records to another host.")] = UNKNOWN
    watches: Annotated[
        tuple[Watch, ...], about("Files and folders whose use is recorded.", max_items=200)
    ] = UNKNOWN


class KeptLog(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One log with the older files that were rotated out of it."""

    locus: Annotated[str, about("log/PATH")]
    path: Annotated[str, about("The log that is written now, or the folder of the journal.")]
    oldest: Annotated[datetime, about("When its oldest file that is left was begun, or last written to.")]


class Logs(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the system's log goes."""

    journald_storage: Annotated[JournalStorage, about("journald Storage=, effective.")] = UNKNOWN
    journal_persistent: Annotated[bool, about("The journal survives a restart.")] = UNKNOWN
    syslog_active: Annotated[bool, about("rsyslog, syslog-ng or another syslogd runs.")] = UNKNOWN
    remote_targets: Annotated[
        tuple[str, ...],
        about("Hosts that logs are sent to (rsyslog, syslog-ng, systemd-journal-upload).", max_items=50),
    ] = UNKNOWN
    forwards: Annotated[tuple[LogForward, ...], about("How logs are sent to other hosts.", max_items=50)] = (
        UNKNOWN
    )
    rotations: Annotated[tuple[Rotation, ...], about("How long log files are kept.", max_items=500)] = UNKNOWN
    folders: Annotated[
        tuple[str, ...],
        about(
            "Where logs lie that are rotated, without folders that stand in another of them.", max_items=100
        ),
    ] = UNKNOWN
    readers: Annotated[
        tuple[str, ...], about("Accounts that may read logs as members of a group.", max_items=200)
    ] = UNKNOWN
    precise_time: Annotated[
        bool, about("Every log of the system keeps year, time zone and fractions of a second.")
    ] = UNKNOWN
    kept: Annotated[
        tuple[KeptLog, ...], about("Logs of logins and of the system that lie on the host.", max_items=20)
    ] = UNKNOWN
    since: Annotated[datetime, about("When the system was set up.")] = UNKNOWN
    free_bytes: Annotated[int, about("Room left where the logs lie.")] = UNKNOWN
    kept_bytes: Annotated[int, about("What the logs take now, all in all.")] = UNKNOWN
    bytes_a_day: Annotated[float, about("What they take for a day, on average of those kept.")] = UNKNOWN


class RecordsCompared(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the program that compares files with a known state (AIDE, Wazuh) is told to compare."""

    tools: Annotated[bool, about("The programs and the settings of the audit trail.")] = UNKNOWN
    old_logs: Annotated[bool, about("Logs that were rotated, of the system and of the audit trail.")] = (
        UNKNOWN
    )
    tells: Annotated[bool, about("What it finds goes to a mail address, the system log or a manager.")] = (
        UNKNOWN
    )


class Clock(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the host keeps time."""

    service: Annotated[TimeService, about("Which time service runs.")] = UNKNOWN
    active: Annotated[bool, about("A time service runs.")] = UNKNOWN
    synchronised: Annotated[bool, about("The kernel says the clock is synchronised.")] = UNKNOWN
    servers: Annotated[tuple[str, ...], about("Time sources as configured.", max_items=100)] = UNKNOWN
    services: Annotated[
        tuple[TimeService, ...], about("Every time service that runs; two fight over the clock.", max_items=5)
    ] = UNKNOWN
    offset_seconds: Annotated[float, about("How far the clock is off, without a sign.")] = UNKNOWN
    runs_as: Annotated[
        tuple[str, ...], about("The accounts that the time service's processes run under.", max_items=10)
    ] = UNKNOWN
