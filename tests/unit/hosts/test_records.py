"""What is watched, how far back logs reach, how precise their times are, and who runs the clock."""

from datetime import UTC, datetime

import pytest

from scanners.config.identityfacts import Group
from scanners.config.keptlogs import kept_logs, log_readers
from scanners.config.records import records_compared
from scanners.config.rotation import log_folders, rotations
from scanners.config.servers.logforms import apache_fields, nginx_fields
from scanners.config.stamps import keeps_precise_time
from scanners.config.surface import parse_files
from scanners.config.watched import watches
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.collector import Gaps, Missing, dumps
from tests.unit.hosts.samples import dumped, said

KEPT = """\
L /var/log/syslog 0 1767225600 100 /var/log/syslog
L /var/log/syslog 0 1735689600 900 /var/log/syslog.1
L /var/log/audit/audit.log 1751328000 1767225600 5 /var/log/audit/audit.log
S 1704067200
T 1767225600
D 1000
U 3650
"""


@pytest.mark.parametrize(
    ("rule", "seen"),
    [
        ("-w /etc/passwd -p wa -k identity", ("/etc/passwd", "wa")),
        ("-w /var/log/ -k logs", ("/var/log", "rwxa")),
        (
            "-a always,exit -F arch=b64 -F dir=/var/log -F perm=rwa -F auid>=1000 -F key=l",
            ("/var/log", "rwa"),
        ),
        ("-a exit,always -S all -F path=/etc/shadow -F perm=wa -F auid!=unset", ("/etc/shadow", "wa")),
        ("-a always,exit -S all -F path=/etc/shadow", ("/etc/shadow", "rwxa")),
    ],
)
def test_a_rule_that_watches_a_place_is_read_in_both_forms(rule: str, seen: tuple[str, str]) -> None:
    (watch,) = watches((rule,))
    assert (watch.path, watch.permissions) == seen
    assert watch.below == f"{watch.path}/"


@pytest.mark.parametrize(
    "rule",
    [
        "-a never,exit -F dir=/var/log -F perm=rwa",
        "-a always,exit -S openat -F path=/etc/shadow",
        "-a always,exit -F dir=/var/log -F perm=rwa -F success=0",
        "-a always,exit -F arch=b64 -S adjtimex -F key=time",
        "-A exclude,always -F msgtype=CWD",
    ],
)
def test_a_rule_that_lets_some_use_of_a_place_pass_watches_nothing(rule: str) -> None:
    assert watches((rule,)) == ()


def test_without_rules_it_is_not_known_what_is_watched() -> None:
    with pytest.raises(Missing):
        watches(UNKNOWN)


def test_folders_of_logs_are_told_without_those_in_others() -> None:
    files = {
        "/etc/logrotate.d/a": "/var/log/app/*.log /srv/app/log/x.log {\n weekly\n rotate 4\n}",
        "/etc/logrotate.d/b": "/opt/*/log/y.log {\n weekly\n}",
    }
    assert log_folders(rotations(dumped(files))) == ("/opt", "/srv/app/log", "/var/log")
    with pytest.raises(Missing):
        log_folders(UNKNOWN)


def test_logs_reach_back_to_the_oldest_file_that_is_left() -> None:
    gaps = Gaps()
    found = kept_logs(said(kept_logs=KEPT), gaps)
    assert [(log.path, log.oldest) for log in found["kept"]] == [
        ("/var/log/audit/audit.log", datetime(2025, 7, 1, tzinfo=UTC)),
        ("/var/log/syslog", datetime(2025, 1, 1, tzinfo=UTC)),
    ]
    assert (found["since"], found["free_bytes"]) == (datetime(2024, 1, 1, tzinfo=UTC), 1_024_000)
    assert (found["kept_bytes"], found["bytes_a_day"]) == (3_737_600, 10_240.0)
    assert gaps.found == []


def test_members_of_the_groups_that_own_logs_may_read_them() -> None:
    files = parse_files(
        "750 root adm /var/log/audit\n640 root auditors /var/log/audit/audit.log\n"
        "600 root quiet /var/log/btmp\n644 root root /var/log\n640 root shadow /etc/shadow",
        Gaps(),
    )
    groups = tuple(
        Group(locus=f"group/{name}", name=name, gid=4, members=members)
        for name, members in (
            ("adm", ("syslog", "ann")),
            ("auditors", ("ann", "bob")),
            ("quiet", ("eve",)),
            ("shadow", ("tom",)),
        )
    )
    assert log_readers(files, groups) == ("ann", "bob", "syslog")
    for few, some in ((PartialList(files), groups), (files, UNKNOWN), (UNKNOWN, groups)):
        with pytest.raises(Missing):
            log_readers(few, some)


def test_hidden_logs_and_a_host_that_says_nothing_leave_gaps() -> None:
    gaps = Gaps()
    found = kept_logs(said(kept_logs="N /var/log/audit\nS 0\n"), gaps)
    assert all(
        found[name] is UNKNOWN for name in ("kept", "since", "free_bytes", "kept_bytes", "bytes_a_day")
    )
    assert {gap.path for gap in gaps.found} >= {"logs.kept", "logs.since", "logs.bytes_a_day"}
    assert gaps.found[0].reason is Reason.NOT_PERMITTED


def test_logs_of_less_than_a_day_do_not_say_how_fast_they_grow() -> None:
    text = "L /var/log/syslog 0 1767225600 100 /var/log/syslog\nT 1767225700\nU 4\n"
    assert kept_logs(said(kept_logs=text), Gaps())["bytes_a_day"] is UNKNOWN


@pytest.mark.parametrize(
    ("settings", "precise"),
    [
        ("$FileCreateMode 0640", True),
        ("$ActionFileDefaultTemplate RSYSLOG_TraditionalFileFormat", False),
        ('module(load="builtin:omfile" Template="RSYSLOG_TraditionalFileFormat")', False),
        ('module(load="builtin:omfile" template="RSYSLOG_FileFormat")', True),
        ("*.* /var/log/all;RSYSLOG_TraditionalFileFormat", False),
    ],
)
def test_the_form_of_times_is_told_by_rsyslogs_templates(settings: str, *, precise: bool) -> None:
    files = dumps(dumped({"/etc/rsyslog.conf": settings}))
    assert keeps_precise_time(files, syslog=True, journal=False) is precise


def test_an_own_template_or_another_service_leaves_it_unknown() -> None:
    own = dumps(dumped({"/etc/rsyslog.conf": "$ActionFileDefaultTemplate ours"}))
    with pytest.raises(Missing):
        keeps_precise_time(own, syslog=True, journal=True)
    with pytest.raises(Missing):
        keeps_precise_time((), syslog=True, journal=True)


def test_without_a_log_service_the_journal_decides() -> None:
    assert keeps_precise_time((), syslog=False, journal=True)
    assert not keeps_precise_time((), syslog=False, journal=False)


@pytest.mark.parametrize(
    ("logs", "forms", "fields"),
    [
        ((), (), 5),
        ((("/var/log/a", "buffer=32k"),), (), 5),
        (
            (("/var/log/a", "main"),),
            (("main", "$remote_addr $remote_user ", "$time_local $request $status"),),
            5,
        ),
        ((("/var/log/a", "short"),), (("short", "$remote_addr $request"),), 2),
        ((("/var/log/a", "short"), ("/var/log/b", "combined")), (("short", "$uri"),), 5),
        ((("/var/log/a", "nowhere"),), (), 0),
    ],
)
def test_what_nginx_logs_of_a_request_is_told_by_the_form(logs, forms, fields: int) -> None:
    assert len(nginx_fields(logs, forms)) == fields


@pytest.mark.parametrize(
    ("logs", "forms", "fields"),
    [
        ((("/var/log/a", "combined"),), (("combined", "%h", "%l", "%u", "%t", "%r", "%>s"),), 5),
        ((("/var/log/a", "combined"),), (("combined", "%h", "%t"),), 2),
        ((("/var/log/a", "%a", "%r"),), (), 2),
        ((("/var/log/a", ""),), (), 5),
        ((("/var/log/a", "nowhere"),), (), 0),
        ((), (), 0),
    ],
)
def test_what_apache_logs_of_a_request_is_told_by_the_form(logs, forms, fields: int) -> None:
    assert len(apache_fields(logs, forms)) == fields


AIDE = """\
report_url=syslog:LOG_AUTH
/usr/sbin p+i+n+u+g
/etc p+i+n+u+g
!/var/log/journal
/var/log/.* LOG
"""


def compared(**files: str):
    gaps = Gaps()
    named = {path.replace("__", "/").replace("_conf", ".conf"): text for path, text in files.items()}
    return records_compared(said(integrity=dumped(named)), gaps), gaps


def test_aide_compares_what_its_lines_take_in() -> None:
    found, gaps = compared(__etc__aide_conf=AIDE)
    assert (found.tools, found.old_logs, found.tells, gaps.found) == (True, True, True, [])


@pytest.mark.parametrize(
    ("text", "tools", "old_logs"),
    [
        (AIDE.replace("/var/log/.*", "/var/log$"), True, False),
        (AIDE + "!/var/log/audit\n", True, False),
        (AIDE.replace("/usr/sbin ", "/usr/sbin/auditctl$ "), False, True),
        (AIDE.replace("/etc ", "/etc/passwd$ "), False, True),
    ],
)
def test_what_no_line_takes_in_or_one_leaves_out_is_not_compared(
    text: str, *, tools: bool, old_logs: bool
) -> None:
    found, _ = compared(__etc__aide_conf=text)
    assert (found.tools, found.old_logs) == (tools, old_logs)


def test_a_pattern_that_only_its_program_understands_leaves_it_unknown() -> None:
    found, gaps = compared(
        __etc__aide_conf="/usr/sbin/(audit|au).* R\n/etc R\n/var/log R\n!/var/log/[a-m].*\n"
    )
    assert (found.tools, found.tells) == (UNKNOWN, False)
    assert found.old_logs is UNKNOWN
    assert [gap.path for gap in gaps.found] == ["records_compared.tools", "records_compared.old_logs"]


def test_a_wazuh_agent_tells_its_manager() -> None:
    text = """\
<directories>/etc,/usr/bin,/usr/sbin</directories>
<directories>/var/log</directories>
<ignore>/etc/mtab</ignore>
<ignore type="sregex">.log$|.swp$</ignore>
"""
    found, _ = compared(__var__ossec__etc__ossec_conf=text)
    assert (found.tools, found.tells) == (True, True)
    other, _ = compared(__var__ossec__etc__ossec_conf=text.replace(".swp$", "a.*"))
    assert other.tools is UNKNOWN


def test_without_settings_nothing_is_said_of_what_is_compared() -> None:
    with pytest.raises(Missing):
        records_compared(said(integrity=66), Gaps())
