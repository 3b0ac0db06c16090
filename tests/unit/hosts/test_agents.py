"""What guards, watches, backs up and runs by itself: jobs, timers, containers, radio; no secret passes."""

import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanners.config import config_facts
from scanners.config.agents.containers import containers, parse_container
from scanners.config.agents.jobs import parse_units
from scanners.config.agents.schedule import cron_days, timer_days
from scanners.config.agents.wifi import wifi
from scanners.config.facts import ConfigFacts
from scanners.config.surface import parse_owners, parse_ss
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.agents import AGENTS
from scanners.kit.collector import Gaps
from tests.unit.hosts.planted import SECRET
from tests.unit.hosts.rooted import collected

SYSTEMCTL = """case $* in
*list-unit-files*)
    echo "clamav-daemon.service enabled enabled"; echo "clamav-freshclam.service enabled enabled"
    echo "filebeat.service disabled enabled"; echo "dailyaidecheck.timer enabled enabled" ;;
*list-units*)
    echo "clamav-daemon.service loaded active running ClamAV"
    echo "clamav-freshclam.service loaded active running ClamAV updater"
    echo "filebeat.service loaded inactive dead Filebeat" ;;
*.timer*)
    echo "Id=dailyaidecheck.timer"; echo "Unit=dailyaidecheck.service"; echo "UnitFileState=enabled"
    echo "ActiveState=active"; echo "LastTriggerUSec=Sun 2026-11-22 05:12:01 UTC"
    echo "TimersCalendar={ OnCalendar=*-*-* 05:00:00 ; next_elapse=Mon 2026-11-23 05:00:00 UTC }"
    echo "TimersMonotonic="; echo
    echo "Id=borg.timer"; echo "Unit=borg.service"; echo "UnitFileState=enabled"; echo "ActiveState=active"
    echo "LastTriggerUSec=n/a"; echo "TimersCalendar={ OnCalendar=Sun *-*-* 02:00:00 ; next_elapse=n/a }" ;;
*.service*)
    echo "Id=dailyaidecheck.service"; echo "User="; echo "Result=success"
    echo "ExecStart={ path=/usr/share/aide/bin/dailyaidecheck ; argv[]=Hunter2-planted ; x=y }"
    echo
    echo "Id=borg.service"; echo "User=backup"; echo "Result=exit-code"
    echo "ExecStart={ path=/usr/bin/borg ; argv[]=/usr/bin/borg create --pass Hunter2-planted }" ;;
esac"""
FILES = {
    "/etc/crontab": """\
SHELL=/bin/sh
BORG_PASSPHRASE=Hunter2-planted
17 *	* * *	root	cd / && run-parts --report /etc/cron.hourly
30 2 * * 1-5	backup	BORG_PASSPHRASE=Hunter2-planted /usr/bin/env borg create ssh://x:Hunter2-planted@y
@weekly ann /opt/dump.sh Hunter2-planted
*/5 nonsense
""",
    "/opt/dump.sh": "#!/bin/sh\n# restic is not used\nPGPASSWORD=Hunter2-planted pg_dump parking | gzip\n",
    "/var/spool/cron/crontabs/ann": "0 4 1 * * curl -u ann:Hunter2-planted https://x/\n",
    "/etc/cron.d/README.txt": "* * * * * root never\n",
    "/run/systemd/system/x": "",
    "/usr/share/aide/bin/dailyaidecheck": "#!/bin/sh\naide --check Hunter2-planted\n",
    "/var/lib/clamav/daily.cld": "",
    "/var/lib/aide/aide.db": "",
    "/etc/docker/daemon.json": '{"icc": false, "log-opts": {"token": "Hunter2-planted"}, "hosts": ["unix:///x"]}\n',
    "/etc/NetworkManager/system-connections/gate.nmconnection": """\
[connection]
id=gate
type=wifi
[wifi]
ssid=Parking Gate
[wifi-security]
key-mgmt=wpa-psk
pairwise=tkip;ccmp;
psk=Hunter2-planted
""",
    "/etc/NetworkManager/system-connections/cable.nmconnection": "[connection]\ntype=ethernet\n",
    "/etc/wpa_supplicant/wpa_supplicant-wlan0.conf": """\
ctrl_interface=/run/wpa_supplicant
network={
    ssid="guest"
    key_mgmt=NONE
}
network={
    ssid="old"
    key_mgmt=NONE
    wep_key0="Hunter2-planted"
    disabled=1
}
network={
    ssid="office"
    key_mgmt=WPA-EAP
    identity="kiosk"
    password="Hunter2-planted"
}
""",
    "/etc/netplan/50-wifi.yaml": """\
network:
  version: 2
  wifis:
    wlan0:
      dhcp4: true
      access-points:
        "Depot":
          password: "Hunter2-planted"
        open-net: {}
        Plaza:
          auth:
            key-management: sae
            password: Hunter2-planted
""",
}
DPKG = """case $* in
*Status-Abbrev*)
    printf 'ii \\tclamav-daemon\\t1\\tall\\tclamav\\t1\\nii \\taide\\t1\\tall\\taide\\t1\\n'
    printf 'rc \\trestic\\t1\\tall\\trestic\\t1\\n' ;;
esac"""
DOCKER = """case $1 in
ps) echo 0123abcd ;;
inspect)
    printf 'C \\t"/web"\\t"parking/web:3"\\ttrue\\t""\\t"host"\\t""\\t["NET_ADMIN"]\\t'
    printf '{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}],"9/tcp":null}'
    printf '\\t["/","/var/run/docker.sock"]\\n' ;;
esac"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> tuple[ConfigFacts, str]:
    root = tmp_path_factory.mktemp("r")
    (root / "run").mkdir()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(root / "run/docker.sock"))
    (root / "run/docker.sock").chmod(0o666)
    (root / "opt").mkdir()
    programs = {
        "/usr/bin/systemctl": SYSTEMCTL,
        "/usr/bin/dpkg-query": DPKG,
        "/usr/bin/docker": DOCKER,
        "/opt/dump.sh": FILES["/opt/dump.sh"],
        "/usr/share/aide/bin/dailyaidecheck": FILES["/usr/share/aide/bin/dailyaidecheck"],
    }
    for path in ("var/lib/clamav/daily.cld", "var/lib/aide/aide.db"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    cut, text = collected(root, FILES, programs)
    listener.close()
    return config_facts(cut), text


def by_locus(found):
    return {fact.locus: fact for fact in found}


def test_no_planted_secret_of_a_job_or_radio_leaves_the_host(host) -> None:
    facts, text = host
    assert sum(SECRET in file for file in FILES.values()) >= 6
    assert SECRET not in text
    assert SECRET not in repr(facts)


def test_jobs_of_cron_are_told_by_digest_and_known_programs(host) -> None:
    jobs = [job for job in host[0].jobs if job.source == "/etc/crontab"]
    told = {job.schedule: (job.user, job.every_days, job.programs) for job in jobs if job.user is not UNKNOWN}
    assert len(jobs) == len(told) + 1 == 4, "what is no schedule is told all the same"
    assert told["17 * * * *"] == ("root", 1, ("cd",))
    assert told["30 2 * * 1-5"] == ("backup", 3, ("borg",))
    assert told["@weekly"] == ("ann", 7, ("dump.sh", "pg_dump"))
    assert all(len(job.digest) == 16 for job in jobs)
    (own,) = [job for job in host[0].jobs if job.source.endswith("crontabs/ann")]
    assert (own.user, own.every_days) == ("ann", 31)
    assert not any("README" in job.source for job in host[0].jobs)


def test_timers_are_told_with_what_they_start(host) -> None:
    aide, borg = by_locus(host[0].jobs)["job/dailyaidecheck.timer"], by_locus(host[0].jobs)["job/borg.timer"]
    assert (aide.every_days, aide.user, aide.unit, aide.last_failed) == (1, "root", "dailyaidecheck", False)
    assert aide.last_run == datetime(2026, 11, 22, 5, 12, 1, tzinfo=UTC)
    assert set(aide.programs) == {"dailyaidecheck", "aide"}
    assert (borg.every_days, borg.user, borg.last_failed, borg.enabled) == (7, "backup", True, True)
    assert borg.last_run is UNKNOWN


def test_agents_are_told_with_their_state(host) -> None:
    agents = by_locus(host[0].agents)
    assert set(agents) == {
        "agent/malware/clamav",
        "agent/fim/aide",
        "agent/shipper/filebeat",
        "agent/backup/borg",
        "agent/backup/database-dump",
    }
    clamav = agents["agent/malware/clamav"]
    assert (clamav.active, clamav.enabled, clamav.updates, clamav.has_definitions) == (True, True, True, True)
    assert clamav.definitions.year >= 2026
    assert not clamav.on_access, "clamd alone waits to be asked"
    aide = agents["agent/fim/aide"]
    assert (aide.active, aide.enabled, aide.every_days, aide.has_state) == (False, True, 1, True)
    assert not agents["agent/shipper/filebeat"].active
    borg = agents["agent/backup/borg"]
    assert (borg.every_days, borg.last_failed) == (3, True)
    assert agents["agent/backup/database-dump"].every_days == 7


def test_containers_are_told_with_what_they_may_do(host) -> None:
    found = host[0].containers
    assert (found.engines, found.open_sockets) == (("docker",), ("/run/docker.sock",))
    assert found.settings == {"icc": "false", "hosts": '["unix:///x"]'}
    (web,) = found.running
    assert (web.name, web.image, web.privileged, web.host_network, web.user) == (
        "web",
        "parking/web:3",
        True,
        True,
        "",
    )
    assert web.mounts == ("/", "/var/run/docker.sock")
    assert web.ports == ("0.0.0.0:8080",)
    assert web.capabilities == ("NET_ADMIN",)


def test_radio_networks_are_told_without_their_keys(host) -> None:
    told = {profile.ssid: (profile.security, profile.tkip, profile.enabled) for profile in host[0].wifi}
    assert told == {
        "Parking Gate": ("wpa-psk", True, True),
        "guest": ("open", False, True),
        "old": ("wep", False, False),
        "office": ("wpa-enterprise", False, True),
        "Depot": ("wpa-psk", False, True),
        "open-net": ("open", False, True),
        "Plaza": ("sae", False, True),
    }


def test_a_socket_is_tied_to_its_unit_and_file() -> None:
    owners = parse_owners("812 33 - nginx.service /usr/sbin/nginx\n99 0 box - \n")
    line = 'tcp LISTEN 0 511 0.0.0.0:{} 0.0.0.0:* users:(("{}",pid={},fd=6))\n'
    text = line.format(80, "nginx", 812) + line.format(81, "web", 99) + line.format(82, "gone", 7)
    web, boxed, gone = parse_ss(text, owners)
    assert (web.process, web.unit, web.program, web.user, web.boxed) == (
        "nginx",
        "nginx",
        "/usr/sbin/nginx",
        33,
        False,
    )
    assert (boxed.unit, boxed.boxed, boxed.program) == ("", True, UNKNOWN)
    assert gone.unit is UNKNOWN


def test_a_hidden_profile_leaves_the_list_short() -> None:
    gaps = Gaps()
    found = wifi("N /etc/netplan/50.yaml\nF /etc/netplan/60.yaml\n|a: [\n", gaps)
    assert isinstance(found, PartialList)
    assert [gap.reason for gap in gaps.found] == [Reason.NOT_PERMITTED, Reason.GARBLED]


@pytest.mark.parametrize(
    ("schedule", "days"),
    [
        ("* * * * *", 1),
        ("0 3 * * *", 1),
        ("0 3 * * 0", 7),
        ("0 3 * * mon,thu", 4),
        ("0 3 * * 1-5", 3),
        ("0 3 * * sun-6", 1),
        ("0 3 1 * *", 31),
        ("0 3 1,15 * *", 17),
        ("0 3 */2 * *", 2),
        ("0 3 1 1 *", 366),
        ("@reboot", -1),
        ("@hourly", 1),
        ("@monthly", 31),
        ("0 3 1 * 1", 7),
    ],
)
def test_the_rest_between_two_runs_of_cron(schedule: str, days: int) -> None:
    assert cron_days(schedule) == days


@pytest.mark.parametrize("schedule", ["* * *", "0 3 32 * *", "0 3 x * *"])
def test_what_is_no_schedule_has_no_rest(schedule: str) -> None:
    with pytest.raises(ValueError, match=r"schedule|bounds|invalid"):
        cron_days(schedule)


@pytest.mark.parametrize(
    ("calendars", "spans", "days"),
    [
        (["*-*-* 06,18:00:00"], [], 1),
        (["Mon *-*-* 00:00:00"], [], 7),
        (["Mon..Fri *-*-* 00:00:00"], [], 3),
        (["*-*-01 00:00:00"], [], 31),
        (["*-01-01 00:00:00"], [], 366),
        (["2026-*-* 00:00:00"], [], -1),
        ([], ["OnUnitActiveUSec=1w 2d"], 9),
        ([], ["OnUnitActiveUSec=15min"], 1),
        ([], ["OnBootUSec=15min"], -1),
        ([], [], -1),
    ],
)
def test_the_rest_between_two_runs_of_a_timer(calendars: list[str], spans: list[str], days: int) -> None:
    assert timer_days(calendars, spans) == days


def test_an_engine_that_may_not_be_asked_is_a_gap() -> None:
    gaps = Gaps()
    found = containers("S 660 root docker /run/docker.sock\nB docker\n? it may not be asked\n", gaps)
    assert found.running is UNKNOWN
    assert found.open_sockets == ()
    assert [(gap.path, gap.reason) for gap in gaps.found] == [("containers.running", Reason.NOT_PERMITTED)]


def test_podman_is_not_asked_since_asking_writes() -> None:
    gaps = Gaps()
    assert isinstance(containers("B podman\n", gaps).running, PartialList)
    assert [gap.reason for gap in gaps.found] == [Reason.UNSUPPORTED]


def test_a_container_without_the_fields_is_refused() -> None:
    with pytest.raises(ValueError, match="number of fields"):
        parse_container('"/web"\t"x"')


def test_units_are_told_apart_by_empty_lines() -> None:
    assert [unit.one("Id") for unit in parse_units("Id=a\nUser=x\n\n\nId=b\n")] == ["a", "b"]


def test_the_table_of_agents_names_each_once_and_how_it_shows() -> None:
    names = [(agent.kind, agent.name) for agent in AGENTS]
    assert len(names) == len(set(names)) >= 35
    assert all(agent.packages or agent.units or agent.processes or agent.programs for agent in AGENTS)
    words = [word for agent in AGENTS for word in (*agent.programs, *agent.definitions, *agent.state)]
    assert all("'" not in word and " " not in word for word in words), "they become words of a shell script"


def test_what_lies_behind_a_closed_directory_is_not_absent(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("changing the root directory needs root")
    cut, _ = collected(tmp_path, {"/etc/passwd": "root:x:0:0::/root:/bin/sh\n"})
    facts = config_facts(cut)
    assert isinstance(facts.agents, PartialList)
    assert facts.jobs == ()
    assert facts.wifi == ()
    assert facts.containers.engines == ()
    assert any(gap.path == "agents" for gap in facts.gaps)
