"""The audit trail's state, how logs travel and how long they stay, on files as distributions ship them."""

import pytest

from scanners.config.forwarding import forwards
from scanners.config.offset import offset
from scanners.config.rotation import rotations
from scanners.config.trail import parse_state, trail
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Gaps, Missing, dumps
from tests.unit.hosts.samples import dumped, said

AUDITD_DEBIAN12 = """\
local_events = yes
write_logs = yes
log_file = /var/log/audit/audit.log
log_group = adm
log_format = ENRICHED
max_log_file = 8
num_logs = 5
max_log_file_action = ROTATE
space_left = 75
space_left_action = SYSLOG
admin_space_left = 50
admin_space_left_action = SUSPEND
disk_full_action = SUSPEND
disk_error_action = SUSPEND
"""
STATE = """\
enabled 2
failure 1
pid 712
rate_limit 0
backlog_limit 8192
lost 3
backlog 0
loginuid_immutable 0 unlocked
"""


def test_the_state_and_the_settings_of_the_audit_trail_are_read() -> None:
    files = {
        "/etc/audit/auditd.conf": AUDITD_DEBIAN12,
        "/etc/audit/plugins.d/au-remote.conf": "active = yes\ndirection = out",
        "/etc/audit/plugins.d/syslog.conf": "active = no",
    }
    found = trail(said(audit_state=STATE, audit_files=dumped(files)), Gaps())
    assert (found["locked"], found["lost"], found["log_format"], found["sends_away"]) == (
        True,
        3,
        "ENRICHED",
        True,
    )
    assert found["actions"] == {
        "max_log_file_action": "ROTATE",
        "space_left_action": "SYSLOG",
        "admin_space_left_action": "SUSPEND",
        "disk_full_action": "SUSPEND",
        "disk_error_action": "SUSPEND",
    }


def test_settings_that_the_file_does_not_name_have_their_documented_defaults() -> None:
    found = trail(
        said(audit_state="enabled 1\nlost 0", audit_files=dumped({"/etc/audit/auditd.conf": ""})), Gaps()
    )
    assert (found["locked"], found["log_format"], found["sends_away"]) == (False, "RAW", False)
    assert set(found["actions"].values()) == {"IGNORE"}


def test_a_trail_that_may_not_be_asked_leaves_gaps() -> None:
    gaps = Gaps()
    found = trail(said(audit_state=77, audit_files="N /etc/audit/auditd.conf"), gaps)
    assert (found["locked"], found["lost"]) == (UNKNOWN, UNKNOWN)
    assert {(gap.path, gap.reason) for gap in gaps.found} == {
        ("audit.locked", Reason.NOT_PERMITTED),
        ("audit.lost", Reason.NOT_PERMITTED),
        ("audit.log_format", Reason.NOT_PERMITTED),
        ("audit.actions", Reason.NOT_PERMITTED),
        ("audit.sends_away", Reason.NOT_PERMITTED),
    }
    assert parse_state("AUDIT_STATUS: enabled=1") == {"AUDIT_STATUS:": "enabled=1"}


def _ways(path: str, text: str) -> list[tuple[str, str, bool, bool]]:
    return [(f.host, f.transport, f.encrypted, f.queued) for f in forwards(dumps(dumped({path: text})))]


def test_old_rsyslog_lines_are_in_clear_unless_a_driver_and_a_mode_say_otherwise() -> None:
    text = "*.* @10.0.0.1\n*.* @@log.example:6514;RSYSLOG_Format\n"
    assert _ways("/etc/rsyslog.conf", text) == [
        ("10.0.0.1", "udp", False, False),
        ("log.example", "tcp", False, False),
    ]
    tls = "$DefaultNetstreamDriver gtls\n$ActionSendStreamDriverMode 1\n$ActionQueueFileName fwd\n"
    assert _ways("/etc/rsyslog.d/50-x.conf", f"{tls}*.* @@log.example:6514\n*.* @10.0.0.1") == [
        ("log.example", "tcp", True, True),
        ("10.0.0.1", "udp", False, False),
    ]


def test_new_rsyslog_actions_are_read_over_many_lines() -> None:
    text = """
global(DefaultNetstreamDriver="ossl")
action(type="omfwd" target="log.example" port="6514" protocol="tcp"
       StreamDriverMode="1" queue.type="LinkedList" queue.filename="fwd")
*.* action(type="omfwd" target="10.0.0.2")
action(type="omrelp" target="relp.example" tls="on")
action(type="omfile" file="/var/log/x")
"""
    assert _ways("/etc/rsyslog.d/x.conf", text) == [
        ("log.example", "tcp", True, True),
        ("10.0.0.2", "udp", False, False),
        ("relp.example", "relp", True, False),
    ]


def test_syslog_ng_and_the_journal_send_too() -> None:
    text = 'destination d_net { network("log.example" port(6514) transport("tls") tls(ca-dir("/x"))); };'
    assert _ways("/etc/syslog-ng/syslog-ng.conf", text) == [("log.example", "tcp", True, False)]
    assert _ways("/etc/syslog-ng/conf.d/u.conf", 'destination u { udp("10.0.0.9"); };') == [
        ("10.0.0.9", "udp", False, False)
    ]
    assert _ways("/etc/systemd/journal-upload.conf", "[Upload]\nURL=https://j.example:19532") == [
        ("j.example", "https", True, True)
    ]


DEBIAN12_LOGROTATE = {
    "/etc/logrotate.conf": "weekly\nrotate 4\ncreate\ninclude /etc/logrotate.d",
    "/etc/logrotate.d/rsyslog": "/var/log/syslog\n/var/log/auth.log\n{\n\trotate 4\n\tweekly\n\tmissingok\n"
    "\tpostrotate\n\t\t/usr/lib/rsyslog/rsyslog-rotate\n\tendscript\n}",
    "/etc/logrotate.d/apt": "/var/log/apt/term.log {\n  rotate 12\n  monthly\n}\n"
    "/var/log/apt/history.log {\n  rotate 12\n  monthly\n}",
}
RHEL9_LOGROTATE = {
    "/etc/logrotate.conf": "weekly\nrotate 4\ncreate\ndateext\ninclude /etc/logrotate.d",
    "/etc/logrotate.d/rsyslog": "/var/log/cron\n/var/log/maillog\n/var/log/messages\n/var/log/secure\n"
    "/var/log/spooler\n{\n    missingok\n    sharedscripts\n    postrotate\n"
    "        /usr/bin/systemctl reload rsyslog.service >/dev/null 2>&1 || true\n    endscript\n}",
}


def test_what_debian_and_rhel_keep_is_counted_in_days() -> None:
    debian = rotations(dumped(DEBIAN12_LOGROTATE))
    assert [(r.locus, r.security, r.days) for r in debian] == [
        ("rotation/rsyslog/1", True, 28),
        ("rotation/apt/1", False, 365),
        ("rotation/apt/2", False, 365),
    ]
    (rhel,) = rotations(dumped(RHEL9_LOGROTATE))
    assert (rhel.security, rhel.days, rhel.paths[-1]) == (True, 28, "/var/log/spooler")


def test_blocks_may_be_cut_by_age_grow_by_size_or_keep_nothing() -> None:
    text = (
        '"/var/log/secure" {\n daily\n rotate 400\n maxage 90\n}\n/var/log/x {\n size 10M\n rotate 5\n}\n'
        "/var/log/y {\n rotate 0\n}\n/var/log/*.log /var/log/z {\n rotate -1\n monthly\n}\n"
    )
    found = rotations(dumped({"/etc/logrotate.d/x": text}))
    assert [r.days for r in found[:1]] == [90]
    assert found[1].days is UNKNOWN
    assert (found[2].days, found[3].days, found[3].security) == (0, 365_000, True)
    assert rotations("") == ()
    with pytest.raises(Missing):
        rotations("N /etc/logrotate.d/secret")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (
            "chrony\nReference ID    : C0A80001\nSystem time     : 0.250000000 seconds slow of NTP time\n",
            0.25,
        ),
        ("ntp\nassocid=0 status=0615\nrootdelay=1.2, offset=-1500.0, frequency=1\n", 1.5),
        ("timesyncd\n       Server: 10.0.0.1\n       Offset: -2.5ms\n", 0.0025),
    ],
)
def test_how_far_the_clock_is_off(text: str, seconds: float) -> None:
    assert offset(text) == pytest.approx(seconds)


def test_a_service_that_does_not_say_how_far_off_it_is_leaves_that_unknown() -> None:
    with pytest.raises(Missing):
        offset("chrony\n506 Cannot talk to daemon\n")
