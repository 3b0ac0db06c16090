"""Real programs of parking sites say to the scanners what they are, what they offer, and whom they let in."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scanners import UNKNOWN, Means, Target
from scanners.ports.scan import SCANNER as PORTS
from scanners.ports.udp import QUESTIONS, look
from scanners.services import probes
from scanners.services.scan import SCANNER as SERVICES
from tests.servers import peers
from tests.servers.tls import HERE

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="the program starts as root alone")


def service(port, ask=None, monkeypatch=None):
    if ask is not None:
        monkeypatch.setitem(probes.USUAL, port, ask)
    facts = SERVICES.scan(Target(address=HERE, ports=(port,)), Means(timeout=3.0))
    (found,) = facts.endpoints
    return found


def name_of(port):
    facts = PORTS.scan(Target(address=HERE, ports=(port,)), Means(timeout=3.0, deadline=30.0))
    (found,) = tuple.__iter__(facts.open)
    return found.service, found.product


def answer(port, question):
    """What a UDP program says; it is asked until it listens."""
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        (seen,) = look(HERE, time.monotonic() + 3, {port: QUESTIONS[question]})
        if seen.state != "closed":
            return seen
    raise TimeoutError("it does not listen")


@as_root
def test_vsftpd_without_tls(tmp_path):
    with peers.vsftpd(tmp_path, anonymous_enable="NO", local_enable="YES") as port:
        found = service(port)
        assert name_of(port) == ("ftp", "vsftpd")
    assert (found.protocol, found.tls_offered, found.open_access) == ("ftp", False, UNKNOWN)
    assert "vsFTPd" in found.words


@as_root
def test_vsftpd_with_tls(tmp_path, pki):
    leaf = pki.leaf()
    keys = {"rsa_cert_file": leaf.chain_file, "rsa_private_key_file": leaf.key_file}
    with peers.vsftpd(tmp_path, ssl_enable="YES", **keys) as port:
        found = service(port)
    assert (found.protocol, found.tls_offered) == ("ftp", True)


def test_telnetd():
    with peers.handed_over((peers.installed("telnetd"),)) as port:
        found = service(port)
        assert name_of(port)[0] == "telnet"
    assert (found.protocol, found.tls_offered) == ("telnet", False)


@pytest.mark.parametrize("with_tls", [False, True], ids=["plain", "tls"])
def test_postgresql(pki, monkeypatch, with_tls):
    with peers.postgres(pki.leaf() if with_tls else None) as port:
        found = service(port, probes.postgresql, monkeypatch)
        assert name_of(port)[0] == "postgresql"
    assert (found.protocol, found.tls_offered) == ("postgresql", with_tls)


def test_mariadb_without_tls(tmp_path):
    with peers.mariadb(tmp_path, "--skip-ssl") as port:
        found = service(port)
        assert name_of(port)[0] == "mysql"
    assert (found.protocol, found.tls_offered) == ("mysql", False)
    assert "MariaDB" in found.words


def test_mariadb_with_tls(tmp_path, pki):
    leaf = pki.leaf()
    with peers.mariadb(tmp_path, f"--ssl-cert={leaf.chain_file}", f"--ssl-key={leaf.key_file}") as port:
        found = service(port)
    assert (found.protocol, found.tls_offered) == ("mysql", True)


@pytest.mark.parametrize(
    ("kinds", "is_open", "offered"),
    [("None", True, False), ("VncAuth", False, False), ("TLSVnc", False, True)],
)
def test_tigervnc(tmp_path, kinds, is_open, offered):
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(8))
    with peers.tigervnc(tmp_path, "-SecurityTypes", kinds, "-rfbauth", str(secret)) as port:
        found = service(port)
        assert name_of(port)[0] == "vnc"
    assert (found.protocol, found.open_access, found.tls_offered) == ("vnc", is_open, offered)


@as_root
@pytest.mark.parametrize(("least", "old"), [("NT1", True), ("SMB2_02", False)])
def test_samba(tmp_path, monkeypatch, least, old):
    with peers.samba(tmp_path, least) as port:
        found = service(port, probes.smb, monkeypatch)
        assert name_of(port)[0] == "microsoft-ds"
    assert (found.protocol, found.smb1) == ("smb", old)


def test_snmpd_that_knows_public_answers(tmp_path):
    with peers.snmpd(tmp_path, "rocommunity public 127.0.0.1", "sysDescr gate 7") as port:
        seen = answer(port, 161)
    assert seen.state == "answered"
    assert seen.extra.endswith("community public: gate 7")


def test_snmpd_that_does_not_stays_silent(tmp_path):
    with peers.snmpd(tmp_path, "rocommunity another 127.0.0.1") as port:
        assert answer(port, 161).state == "no-answer"


@as_root
def test_tftpd_answers_for_a_file_that_nobody_has(tmp_path):
    with peers.tftpd(tmp_path) as port:
        seen = answer(port, 69)
    assert (seen.state, seen.extra) == ("answered", "gives files without login")


@as_root
@pytest.mark.parametrize(
    ("more", "control"), [("", "answered tells its variables"), (" noquery", "no-answer")]
)
def test_ntpd_in_a_network_of_its_own(tmp_path, more, control):
    settings = tmp_path / "ntp.conf"
    settings.write_text(f"restrict default nomodify{more}\nrestrict 127.0.0.1 nomodify{more}\n")
    words = (peers.installed("unshare"), "-n", sys.executable, "-m", "tests.servers.ntp_child")
    ran = subprocess.run(
        [*words, peers.installed("ntpd"), str(settings)],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    asked_the_time, asked_more = ran.stdout.splitlines()
    assert asked_the_time.startswith("udp/123 answered version 4")
    assert asked_more.startswith(f"udp/123/control {control}")
