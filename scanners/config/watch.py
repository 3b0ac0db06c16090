"""What the host writes down and by which clock: audit trail, system log, time service."""

import re
from typing import cast

from scanners.config.facts import FileMode, Service
from scanners.config.forwarding import forwards
from scanners.config.identityfacts import Group
from scanners.config.keptlogs import kept_logs, log_readers
from scanners.config.offset import offset
from scanners.config.recordfacts import Audit, Clock, JournalStorage, Logs, TimeService
from scanners.config.rotation import log_folders, rotations
from scanners.config.services import Running
from scanners.config.stamps import keeps_precise_time
from scanners.config.systemfacts import LogForward
from scanners.config.trail import trail
from scanners.config.watched import watches
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Dump, Gaps, Missing, Sections, dumps

_UNSYNCHRONISED = 0x40  # STA_UNSYNC, adjtimex(2)
_CLOCKS: dict[TimeService, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "chrony": (("chrony", "chronyd"), ("chronyd",)),
    "timesyncd": (("systemd-timesyncd",), ("systemd-timesyncd",)),
    "ntpsec": (("ntpsec", "ntpsec-systemd-netif"), ()),
    "openntpd": (("openntpd",), ()),
    "ntp": (("ntp", "ntpd"), ("ntpd",)),
}
_CLOCK_FILES = {
    "chrony": ("/etc/chrony", "/run/chrony-dhcp/"),
    "ntpsec": ("/etc/ntpsec/",),
    "openntpd": ("/etc/openntpd/", "/etc/ntpd.conf"),
    "ntp": ("/etc/ntp.conf", "/etc/conf.d/ntpd"),
}
_SOURCE = re.compile(r"^\s*(?:server|servers|pool|peer)\s+(\S+)")
_BUSYBOX_PEER = re.compile(r"-p\s+([\w.:-]+)")
_OLD_FORWARD = re.compile(r"^\S+\s+@@?(?:\([^)]*\))?\[?([\w.:-]+?)\]?(?::\d+)?(?:;.*)?$")
_OLD_RELP = re.compile(r":omrelp:\[?([\w.-]+)")
_ACTION = re.compile(r"action\s*\(([^)]*)\)", re.IGNORECASE)
_ACTION_TARGET = re.compile(r"target\s*=\s*\"([^\"]+)\"", re.IGNORECASE)
_NG_DESTINATION = re.compile(r"destination\s+\S+\s*\{(.*?)\}\s*;", re.DOTALL)
_NG_TARGET = re.compile(r"\b(?:network|syslog|tcp6?|udp6?)\s*\(\s*\"?([\w.:-]+)\"?")
_BUSYBOX_TARGET = re.compile(r"-R\s+([\w.-]+)")


def audit(sections: Sections, services: dict[str, Service], running: Running, gaps: Gaps) -> Audit:
    """The audit trail; a host without auditd is a known thing."""
    if not sections.has("audit"):
        return Audit(installed=False, enabled=False, active=False, rules=(), watches=())
    rules = gaps.fact("audit.rules", lambda: parse_audit_rules(sections.text("audit")))
    return Audit(
        installed=True,
        enabled=gaps.fact("audit.enabled", lambda: _starts(services, "auditd")),
        active=gaps.fact("audit.active", lambda: running.runs(units=("auditd",), processes=("auditd",))),
        rules=rules,
        watches=gaps.fact("audit.watches", lambda: watches(rules)),
        **trail(sections, gaps),
    )


def _starts(services: dict[str, Service], unit: str) -> bool:
    """Whether a unit starts with the system."""
    if services is UNKNOWN or unit not in services or services[unit].enabled is UNKNOWN:
        raise Missing(Reason.NOT_COLLECTED, f"whether {unit} starts with the system is not known")
    return services[unit].enabled


def parse_audit_rules(text: str) -> tuple[str, ...]:
    """Rules of `auditctl -l` or of the files; other lines are passed over."""
    return tuple(line.strip() for line in text.splitlines() if re.match(r"\s*-[aAwW] ", line))


def logs(
    sections: Sections,
    running: Running,
    gaps: Gaps,
    files: tuple[FileMode, ...] = UNKNOWN,
    groups: tuple[Group, ...] = UNKNOWN,
) -> Logs:
    """Where the log goes, how long it stays, and who reads it by the owners of its files."""
    syslog = gaps.fact("logs.syslog_active", lambda: _syslog_runs(running))
    targets: tuple[str, ...] = UNKNOWN
    if syslog is not UNKNOWN:
        targets = gaps.fact("logs.remote_targets", lambda: _sent_to(sections, running, syslog=syslog))
    persists = gaps.fact("logs.journal_persistent", lambda: _persists(sections, running))
    turned = gaps.fact("logs.rotations", lambda: rotations(sections.optional("logrotate")))
    return Logs(
        journald_storage=gaps.fact("logs.journald_storage", lambda: journald_storage(sections)),
        journal_persistent=persists,
        syslog_active=syslog,
        remote_targets=targets,
        forwards=gaps.fact("logs.forwards", lambda: _ways(sections, running, syslog=syslog)),
        rotations=turned,
        folders=gaps.fact("logs.folders", lambda: log_folders(turned)),
        precise_time=gaps.fact(
            "logs.precise_time", lambda: _precise(sections, syslog=syslog, journal=persists)
        ),
        readers=gaps.fact("logs.readers", lambda: log_readers(files, groups)),
        **kept_logs(sections, gaps),
    )


def _precise(sections: Sections, *, syslog: bool, journal: bool) -> bool:
    if syslog is UNKNOWN or journal is UNKNOWN:
        raise Missing(Reason.NOT_COLLECTED, "which services keep the log is not known")
    files = dumps(sections.optional("syslog"))
    if hidden := next((dump.path for dump in files if not dump.readable), None):
        raise Missing(Reason.NOT_PERMITTED, f"{hidden} is not readable")
    return keeps_precise_time(files, syslog=syslog, journal=journal)


def _ways(sections: Sections, running: Running, *, syslog: bool) -> tuple[LogForward, ...]:
    """How logs are sent, by programs that run."""
    if syslog is UNKNOWN:
        raise Missing(Reason.NOT_COLLECTED, "whether a syslog service runs is not known")
    files = dumps(sections.optional("syslog"))
    hidden = [dump.path for dump in files if not dump.readable]
    if hidden:
        raise Missing(Reason.NOT_PERMITTED, f"{hidden[0]} is not readable")
    upload = running.runs(units=("systemd-journal-upload",), processes=("systemd-journal-upload",))
    return forwards(tuple(d for d in files if (upload if "journal-upload" in d.path else syslog)))


def journald_storage(sections: Sections) -> JournalStorage:
    """Storage= of journald.conf(5) with its drop-ins; `none` where there is no journald."""
    if not sections.has("journal"):
        return "none"
    value = last_setting(dumps(sections.optional("journald")), "journald.conf", "Storage") or "auto"
    if value not in ("persistent", "volatile", "auto", "none"):
        raise Missing(Reason.GARBLED, f"journald's Storage={value[:40]} is no value it knows")
    return cast("JournalStorage", value)


def last_setting(files: tuple[Dump, ...], name: str, key: str) -> str:
    """A setting of a systemd configuration file and its drop-ins; the last one wins (systemd.syntax(7)).

    A drop-in of the same name in /etc stands before one in /run, and that before one in /usr.
    """
    rank = ("/usr/lib/", "/usr/local/lib/", "/run/", "/etc/")
    ordered = sorted(
        files, key=lambda dump: next((i for i, root in enumerate(rank) if dump.path.startswith(root)), 0)
    )
    main = [dump for dump in ordered if dump.path.endswith(f"/{name}")][-1:]
    dropins = {dump.path.rpartition("/")[2]: dump for dump in ordered if f"/{name}.d/" in dump.path}
    value = ""
    for dump in (*main, *(dropins[file] for file in sorted(dropins))):
        if not dump.readable:
            raise Missing(Reason.NOT_PERMITTED, f"{dump.path} is not readable")
        for line in dump.lines:
            word, _, text = line.partition("=")
            if word.strip() == key:
                value = text.strip()
    return value


def remote_targets(files: tuple[Dump, ...]) -> tuple[str, ...]:
    """Hosts that rsyslog, syslog-ng or busybox syslogd sends to, as configured."""
    found: list[str] = []
    for dump in files:
        text = "\n".join(dump.lines)
        if "syslog-ng" in dump.path:
            found += [host for block in _NG_DESTINATION.findall(text) for host in _NG_TARGET.findall(block)]
        elif dump.path == "/etc/conf.d/syslog":
            found += _BUSYBOX_TARGET.findall(text)
        elif "rsyslog" in dump.path:
            found += [match[1] for line in dump.lines if (match := _OLD_FORWARD.match(line.strip()))]
            found += _OLD_RELP.findall(text)
            actions = (body for body in _ACTION.findall(text) if "omfwd" in body or "omrelp" in body)
            found += [host for body in actions for host in _ACTION_TARGET.findall(body)]
    return tuple(dict.fromkeys(found))


def _syslog_runs(running: Running) -> bool:
    names = ("rsyslog", "syslog-ng", "syslog", "rsyslogd", "syslogd", "busybox-syslogd")
    return running.runs(units=names, processes=("rsyslogd", "syslog-ng", "syslogd"))


def _persists(sections: Sections, running: Running) -> bool:
    storage = journald_storage(sections)
    if not running.runs(units=("systemd-journald",), processes=("systemd-journald",)):
        return False
    return storage == "persistent" or (storage == "auto" and "persistent" in sections.text("journal").split())


def _sent_to(sections: Sections, running: Running, *, syslog: bool) -> tuple[str, ...]:
    """Targets of the programs that run: what only stands in a file sends nothing."""
    files = dumps(sections.optional("syslog"))
    hidden = [dump.path for dump in files if not dump.readable]
    if hidden:
        raise Missing(Reason.NOT_PERMITTED, f"{hidden[0]} is not readable")
    found = remote_targets(files) if syslog else ()
    if running.runs(units=("systemd-journal-upload",), processes=("systemd-journal-upload",)):
        url = last_setting(files, "journal-upload.conf", "URL")
        found += (re.sub(r"^\w+://|[:/].*$", "", url),) if url else ()
    return found


def clock(sections: Sections, running: Running, gaps: Gaps) -> Clock:
    """How the host keeps time."""
    service = gaps.fact("clock.service", lambda: _time_service(sections, running))
    synchronised = gaps.fact("clock.synchronised", lambda: parse_synchronised(sections.text("clock")))
    if service is UNKNOWN:
        return Clock(synchronised=synchronised)
    return Clock(
        service=service,
        active=service != "none",
        synchronised=synchronised,
        servers=gaps.fact("clock.servers", lambda: _time_servers(sections, service)),
        services=gaps.fact("clock.services", lambda: _time_services(running)),
        runs_as=gaps.fact("clock.runs_as", lambda: _runs_as(sections)),
        offset_seconds=gaps.fact("clock.offset_seconds", lambda: offset(sections.text("clock-offset"))),
    )


def parse_synchronised(text: str) -> bool:
    """Whether the clock is synchronised, from timedatectl, `chronyc tracking` or busybox adjtimex."""
    if match := re.search(r"NTPSynchronized=(yes|no)", text):
        return match[1] == "yes"
    if match := re.search(r"^Leap status\s*:\s*(.+)$", text, re.MULTILINE):
        return match[1].strip() != "Not synchronised"
    if match := re.search(r"status:\s*(0x[0-9a-fA-F]+|\d+)", text):
        return not int(match[1], 0) & _UNSYNCHRONISED
    raise Missing(Reason.GARBLED, "what the host says of its clock could not be understood")


def _time_service(sections: Sections, running: Running) -> TimeService:
    """Which time service runs; an `ntpd` that no unit names is told by its configuration file."""
    service: TimeService = next(iter(_time_services(running)), "none")
    if service == "ntp" and running.active is None:
        paths = [dump.path for dump in dumps(sections.optional("time-files"))]
        if any(path.startswith(_CLOCK_FILES["ntpsec"]) for path in paths):
            return "ntpsec"
        if any(path.startswith(_CLOCK_FILES["openntpd"]) for path in paths):
            return "openntpd"
    return service


def _time_services(running: Running) -> tuple[TimeService, ...]:
    return tuple(
        name for name, (units, programs) in _CLOCKS.items() if running.runs(units=units, processes=programs)
    )


def _time_servers(sections: Sections, service: str) -> tuple[str, ...]:
    if service == "timesyncd":
        handed = sections.optional("timesyncd-links").split()
        return tuple(dict.fromkeys([*handed, *timesyncd_servers(dumps(sections.optional("timesyncd")))]))
    files = dumps(sections.optional("time-files"))
    own = [dump for dump in files if dump.path.startswith(_CLOCK_FILES.get(service, ("-",)))]
    hidden = [dump.path for dump in own if not dump.readable]
    if hidden:
        raise Missing(Reason.NOT_PERMITTED, f"{hidden[0]} is not readable")
    lines = [line for dump in own for line in dump.lines]
    named = [match[1] for line in lines if (match := _SOURCE.match(line))]
    return tuple(dict.fromkeys([*named, *(peer for line in lines for peer in _BUSYBOX_PEER.findall(line))]))


def _runs_as(sections: Sections) -> tuple[str, ...]:
    """Accounts of its processes; a service that runs has one, so none means that they were not found."""
    found = tuple(sections.text("clock-users").split())
    if not found:
        raise Missing(Reason.INCONCLUSIVE, "the process of the time service was not found")
    return found


def timesyncd_servers(files: tuple[Dump, ...]) -> tuple[str, ...]:
    """NTP= of timesyncd.conf(5), else FallbackNTP=, else the built-in ones, shown as a comment."""
    for key in ("NTP", "FallbackNTP", "#FallbackNTP"):
        if servers := last_setting(files, "timesyncd.conf", key).split():
            return tuple(servers)
    return ()
