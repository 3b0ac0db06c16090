"""Services on loopback say what they are, whether they offer TLS, and whom they let in, without a login."""

import contextlib
import os
import shutil
import subprocess

import pytest

from scanners import Means, Pace, Reason, Target
from scanners.services import probes
from scanners.services.scan import SCANNER
from tests.servers import talkers
from tests.servers import tls as servers
from tests.servers.talkers import IAC_GREETING, always, talker
from tests.servers.tls import HERE, bad_server, free_port, wait_for_port


def scan(port, pace=Pace.NORMAL, timeout=2.0, **more):
    target = Target(address=HERE, **({"ports": (port,)} | more))
    return SCANNER.scan(target, Means(timeout=timeout, pace=pace))


def the_service(facts):
    (service,) = facts.endpoints
    assert service.reached == "answered"
    return service


@contextlib.contextmanager
def program(*command):
    """A program that runs until the block ends."""
    path = shutil.which(command[0], path="/usr/sbin:/usr/bin:/sbin:/bin")
    if path is None:
        pytest.skip(f"{command[0]} is not installed")
    process = subprocess.Popen(
        [path, *map(str, command[1:])],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"]},
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def redis(folder, *options):
    port = free_port()
    settings = ("--port", port, "--bind", HERE, "--dir", folder, "--save", "")
    with program("redis-server", *settings, *options):
        wait_for_port(port)
        yield port


@contextlib.contextmanager
def mosquitto(folder, *lines):
    port = free_port()
    file = folder / "mosquitto.conf"
    file.write_text("\n".join([f"listener {port} {HERE}", *lines]) + "\n")
    with program("mosquitto", "-c", file):
        wait_for_port(port)
        yield port


def test_redis_that_commands_for_anybody_is_told_from_one_with_a_password(tmp_path, monkeypatch):
    with redis(tmp_path) as port:
        found = the_service(scan(port))
        assert (found.protocol, found.open_access, found.tls_offered) == ("redis", True, False)
        monkeypatch.setitem(probes.USUAL, port, probes.redis)
        assert the_service(scan(port)) == found
    with redis(tmp_path, "--requirepass", "not-a-real-one") as port:
        found = the_service(scan(port))
    assert (found.protocol, found.open_access) == ("redis", False)
    assert found.words.startswith("-NOAUTH")


@pytest.mark.parametrize(("allows", "is_open"), [("true", True), ("false", False)])
def test_mqtt_brokers_tell_whether_they_let_strangers_in(tmp_path, allows, is_open):
    with mosquitto(tmp_path, f"allow_anonymous {allows}") as port:
        found = the_service(scan(port))
    assert (found.protocol, found.open_access, found.tls_offered) == ("mqtt", is_open, False)


def test_mqtt_inside_tls_is_seen(tmp_path, pki, monkeypatch):
    leaf = pki.leaf("broker")
    for file in (leaf.chain_file, leaf.key_file):
        shutil.copy(file, tmp_path)
        (tmp_path / file.name).chmod(0o644)
    tmp_path.chmod(0o755)
    lines = (f"certfile {leaf.chain_file}", f"keyfile {leaf.key_file}", "allow_anonymous true", "user root")
    with mosquitto(tmp_path, *lines) as port:
        monkeypatch.setitem(probes.INSIDE_TLS, port, probes.mqtt)
        found = the_service(scan(port))
    assert (found.protocol, found.open_access, found.tls_offered) == ("mqtt", True, True)


def test_telnet_is_known_by_its_negotiation_and_told_nothing():
    with talker(IAC_GREETING, always(b"")) as server:
        facts = scan(server.port)
    found = the_service(facts)
    assert (found.protocol, found.tls_offered, found.words) == ("telnet", False, "gate-7 login:")
    assert server.heard == []
    assert [gap.path.rpartition(".")[2] for gap in facts.gaps] == ["open_access"]


@pytest.mark.parametrize(
    ("greeting", "features", "tls", "is_open"),
    [
        (b"220 ProFTPD\r\n", b"211-Features:\r\n AUTH TLS\r\n UTF8\r\n211 End\r\n", True, None),
        (b"220 FTP server, anonymous access granted\r\n", b"211-Features:\r\n211 End\r\n", False, True),
        (b"220 FTP, no anonymous access\r\n", b"502 not known\r\n", None, False),
    ],
)
def test_ftp_tells_by_its_greeting_and_features(greeting, features, tls, is_open):
    with talker(greeting, always(features)) as server:
        facts = scan(server.port)
    found = the_service(facts)
    seen = (found.protocol, repr(found.tls_offered), repr(found.open_access))
    told = tuple("UNKNOWN" if each is None else repr(each) for each in (tls, is_open))
    assert seen == ("ftp", *told)
    assert server.heard == [b"FEAT\r\n"]
    assert len(facts.gaps) == told.count("UNKNOWN")


@pytest.mark.parametrize(
    ("banner", "answer", "tls", "is_open"),
    [
        (b"RFB 003.008\n", b"\x02\x01\x02", False, True),
        (b"RFB 003.008\n", b"\x01\x02", False, False),
        (b"RFB 003.008\n", b"\x02\x13\x02", True, False),
        (b"RFB 003.003\n", b"\x00\x00\x00\x01", False, True),
        (b"RFB 003.003\n", b"\x00\x00\x00\x02", False, False),
    ],
)
def test_vnc_tells_its_kinds_of_security(banner, answer, tls, is_open):
    with talker(banner, always(answer)) as server:
        found = the_service(scan(server.port))
    assert (found.protocol, found.tls_offered, found.open_access) == ("vnc", tls, is_open)
    assert len(server.heard) == 1


@pytest.mark.parametrize(("flags", "tls"), [(b"\xff\xff", True), (b"\xff\xf7", False)])
def test_mysql_tells_its_version_and_tls_in_its_greeting(flags, tls):
    greeting = b"\x4a\x00\x00\x00\x0a8.0.36\x00" + bytes(4) + b"saltsalt\x00" + flags + bytes(53)
    with talker(greeting, always(b"")) as server:
        found = the_service(scan(server.port))
    assert (found.protocol, found.tls_offered, found.words) == ("mysql", tls, "8.0.36")
    assert server.heard == []


@pytest.mark.parametrize(("letter", "tls"), [(b"S", True), (b"N", False)])
def test_postgresql_tells_whether_it_can_speak_tls(letter, tls):
    with talker(b"", lambda asked: letter if asked[4:] == bytes.fromhex("04d2162f") else b"") as server:
        found = the_service(scan_as(server.port, probes.postgresql))
    assert (found.protocol, found.tls_offered) == ("postgresql", tls)


@pytest.mark.parametrize(
    ("plain", "login_first", "tls"), [(True, False, False), (False, False, True), (False, True, True)]
)
def test_rdp_tells_what_it_insists_on(plain, login_first, tls):
    with talker(b"", talkers.rdp(plain=plain, login_first=login_first)) as server:
        facts = scan_as(server.port, probes.rdp)
    found = the_service(facts)
    assert (found.protocol, found.tls_offered, found.login_first) == ("rdp", tls, login_first)
    assert facts.gaps == ()


@pytest.mark.parametrize(
    ("answer", "smb1"),
    [(talkers.smb(b"\x00\x00"), True), (talkers.smb(b"\xff\xff"), False), (talkers.smb2, False)],
)
def test_smb_tells_whether_it_takes_version_1(answer, smb1):
    with talker(b"", answer) as server:
        facts = scan_as(server.port, probes.smb)
    assert (the_service(facts).protocol, the_service(facts).smb1) == ("smb", smb1)
    assert facts.gaps == ()


def test_smb_that_hangs_up_on_version_1_does_not_take_it():
    def say(sock, stop):
        asked = sock.recv(4096)
        if b"SMB 2.002" in asked:
            sock.sendall(talkers.smb2(asked))
            sock.recv(1)

    with bad_server(say) as port:
        assert the_service(scan_as(port, probes.smb)).smb1 is False
    with bad_server(servers.closing) as port:
        (unsure,) = scan_as(port, probes.smb).endpoints
    assert unsure.reached == "undecided"


@pytest.mark.parametrize(("status", "is_open"), [(b"200 OK", True), (b"401 Unauthorized", False)])
def test_a_camera_tells_whether_it_shows_its_stream_to_strangers(status, is_open):
    answer = b"RTSP/1.0 " + status + b"\r\nCSeq: 1\r\nServer: Gate camera\r\n\r\n"
    with talker(b"", always(answer)) as server:
        found = the_service(scan_as(server.port, probes.rtsp))
    assert (found.protocol, found.open_access, found.words) == ("rtsp", is_open, "Gate camera")
    assert server.heard[0].startswith(b"DESCRIBE rtsp://127.0.0.1:")


def test_a_controller_says_who_made_it_but_is_not_asked_gently():
    with talker(b"", talkers.modbus) as server:
        found = the_service(scan_as(server.port, probes.modbus))
        assert (found.protocol, found.open_access) == ("modbus", True)
        assert found.words == "Barrier Company"
        asked = len(server.heard)
        facts = scan_as(server.port, probes.modbus, Pace.GENTLE)
    assert len(server.heard) == asked
    assert [gap.reason for gap in facts.gaps] == [Reason.NOT_COLLECTED]


def test_mongodb_is_known_by_its_hello():
    with talker(b"", talkers.mongodb) as server:
        facts = scan_as(server.port, probes.mongodb)
    assert the_service(facts).protocol == "mongodb"
    assert {gap.path.rpartition(".")[2] for gap in facts.gaps} == {"tls_offered", "open_access"}


def test_a_service_on_a_port_of_another_number_is_found_but_not_gently():
    with talker(b"", always(b"RTSP/1.0 401 Unauthorized\r\n\r\n")) as server:
        assert the_service(scan(server.port)).protocol == "rtsp"
        asked = len(server.heard)
        facts = scan(server.port, Pace.GENTLE)
    assert len(server.heard) == asked
    assert [endpoint.reached for endpoint in facts.endpoints] == ["undecided"]
    assert "gently" in facts.gaps[0].detail


@pytest.mark.parametrize("words", [b"SSH-2.0-x\r\n", b"220 mail ESMTP\r\n", b"* OK imap\r\n"])
def test_a_greeting_of_another_protocol_is_no_service(words):
    with talker(words, always(b"")) as server:
        facts = scan(server.port)
    assert (facts.endpoints, facts.gaps, server.heard) == ((), (), [])


def test_web_and_tls_ports_are_no_services():
    with bad_server(servers.plain_http) as port:
        assert scan(port).endpoints == ()


@pytest.mark.parametrize("say", [servers.silent, servers.garbage, servers.resetting, servers.flooding])
@pytest.mark.parametrize(
    "ask", [probes.redis, probes.mqtt, probes.rtsp, probes.modbus, probes.smb, probes.rdp]
)
def test_what_does_not_answer_is_never_a_service_that_was_seen(say, ask):
    with bad_server(say) as port:
        facts = scan_as(port, ask, timeout=0.4)
    assert [e.reached for e in facts.endpoints] in ([], ["undecided"])
    assert len(facts.gaps) == len(facts.endpoints)


def scan_as(port, ask, pace=Pace.NORMAL, timeout=2.0):
    """A scan to which this port is the usual one of a protocol."""
    before = dict(probes.USUAL)
    probes.USUAL[port] = ask
    try:
        return scan(port, pace, timeout)
    finally:
        probes.USUAL.clear()
        probes.USUAL.update(before)
