"""The ports scanner against real sockets on loopback."""

import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from compliance.model.host import parse_ports
from scanners import Means, Pace, Reason, ScanError, Target, Unreachable
from scanners.facts import Gap, UnknownFact
from scanners.ports import SCANNER, Port, PortsFacts
from tests.contract.test_nmap import fake_nmap, told, xml

Speech = Callable[[socket.socket], None]
MEANS = Means(deadline=40.0, pace=Pace.BRISK)


@contextlib.contextmanager
def speaker(speech: Speech, family: socket.AddressFamily = socket.AF_INET) -> Iterator[int]:
    """A server on loopback that treats each connection with `speech`; gives its port."""
    address = "::1" if family is socket.AF_INET6 else "127.0.0.1"
    with socket.create_server((address, 0), family=family) as server:
        stop = threading.Event()
        server.settimeout(0.1)
        talks: list[threading.Thread] = []

        def talk(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                connection.settimeout(5)
                speech(connection)
                stop.wait(30)

        def serve() -> None:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    talks.append(threading.Thread(target=talk, args=(server.accept()[0],)))
                    talks[-1].start()

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield server.getsockname()[1]
        finally:
            stop.set()
            for thread in [serving, *talks]:
                thread.join()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def banner(text: bytes) -> Speech:
    return lambda connection: connection.sendall(text)


def web(connection: socket.socket) -> None:
    if connection.recv(4096).startswith((b"GET", b"OPTIONS")):
        connection.sendall(b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 0\r\n\r\n")
    connection.shutdown(socket.SHUT_WR)


def endless(connection: socket.socket) -> None:
    for _ in range(2000):
        connection.sendall(b"A" * 65536)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


def opened(facts: PortsFacts) -> tuple[Port, ...]:
    """The open ports of a look that asked for few, and so does not know how many there are."""
    return tuple(tuple.__iter__(facts.open))


def unforeseen(facts: PortsFacts) -> tuple[Gap, ...]:
    """The gaps beside the one that every look at few ports has."""
    return tuple(gap for gap in facts.gaps if not gap.detail.endswith("was not looked at"))


def look(*ports: int, address: str = "127.0.0.1", means: Means = MEANS) -> PortsFacts:
    return SCANNER.scan(Target(address=address, ports=ports), means)


SSH = banner(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")


def test_an_open_port_is_named_and_a_closed_one_is_counted():
    closed = closed_port()
    with speaker(SSH) as port:
        facts = look(port, closed)
    (seen,) = opened(facts)
    assert (seen.locus, seen.state, seen.service, seen.product) == (f"tcp/{port}", "open", "ssh", "OpenSSH")
    assert seen.version.startswith("9.2p1")
    assert seen.tls is False
    with pytest.raises(UnknownFact):
        len(facts.open)
    assert facts.closed_count == 1
    assert facts.filtered_count == 0
    assert facts.filtered == ()
    assert unforeseen(facts) == ()
    assert set(facts.asked.replace("-", ",").split(",")) == {str(port), str(closed)}
    assert facts.answered == facts.asked


def test_many_closed_ports_are_told_as_ranges():
    with speaker(SSH) as port:
        facts = look(*range(port - 40, port + 40), means=Means(deadline=40.0, pace=Pace.BRISK))
    assert set(parse_ports(facts.answered)) == set(range(port - 40, port + 40))
    assert facts.closed_count + len(opened(facts)) == 80


def test_a_closed_port_alone_is_knowledge_not_a_missing_host():
    facts = look(closed_port())
    assert opened(facts) == ()
    assert facts.closed_count == 1


def test_a_silent_port_is_open_with_an_unknown_service_and_does_not_hide_its_neighbour():
    with speaker(lambda _: None) as silent, speaker(SSH) as port:
        facts = look(silent, port, means=Means(deadline=6.0, pace=Pace.BRISK))
    by_port = {seen.port: seen for seen in opened(facts)}
    assert by_port[port].service == "ssh"
    with pytest.raises(UnknownFact):
        bool(by_port[silent].service)
    (gap,) = unforeseen(facts)
    assert gap.path == f"open[tcp/{silent}].service"
    assert gap.reason in {Reason.TIMED_OUT, Reason.INCONCLUSIVE}


@pytest.mark.parametrize("speech", [endless, reset], ids=["endless", "reset"])
def test_a_port_that_misbehaves_is_open_and_its_service_is_a_gap(speech):
    with speaker(speech) as port:
        facts = look(port)
    assert [seen.port for seen in opened(facts)] == [port]
    assert [gap.path for gap in unforeseen(facts)] == [f"open[tcp/{port}].service"]


def test_escape_codes_in_a_banner_never_reach_the_facts():
    with speaker(banner(b"SSH-2.0-OpenSSH_9.2p1 \x1b[31m\x07<b>evil\xff\xfe\r\n")) as port:
        facts = look(port)
    (seen,) = opened(facts)
    words = [seen.service, seen.product, seen.version, seen.extra]
    told = "".join(word for word in words if isinstance(word, str)) + "".join(
        g.detail for g in unforeseen(facts)
    )
    assert told
    assert told.isprintable()


def test_a_web_server_is_named_with_its_version():
    with speaker(web) as port:
        (seen,) = opened(look(port))
    assert (seen.service, seen.product, seen.version, seen.tls) == ("http", "nginx", "1.22.1", False)


def test_tls_is_seen_through(tmp_path: Path):
    pem, port = certificate(tmp_path), closed_port()
    line = [
        "openssl",
        "s_server",
        "-www",
        "-quiet",
        "-accept",
        f"127.0.0.1:{port}",
        "-cert",
        pem,
        "-key",
        pem,
    ]
    with subprocess.Popen([*line, "-cert", pem, "-key", pem], stdin=subprocess.PIPE) as server:
        try:
            wait_for(port)
            (seen,) = opened(look(port))
        finally:
            server.kill()
    assert (seen.service, seen.tls) == ("http", True)


def wait_for(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}")


def certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    path = folder / "both.pem"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(pem + made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return path


def test_ipv6_and_names_are_looked_at_by_literal_address():
    with speaker(SSH, socket.AF_INET6) as port:
        assert [seen.service for seen in opened(look(port, address="::1"))] == ["ssh"]
    with speaker(SSH) as port:
        assert [seen.service for seen in opened(look(port, address="localhost"))] == ["ssh"]


def test_a_gentle_look_sees_the_same():
    with speaker(SSH) as port:
        facts = look(port, closed_port(), means=Means(deadline=40.0, pace=Pace.GENTLE))
    assert [seen.service for seen in opened(facts)] == ["ssh"]
    assert facts.closed_count == 1


@contextlib.contextmanager
def full_queue() -> Iterator[int]:
    """A port on loopback that answers no more, because nobody takes the connections that wait there."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def test_a_port_that_does_not_answer_is_filtered_and_neither_open_nor_closed():
    closed = closed_port()
    with full_queue() as port:
        facts = look(port, closed)
    assert [(seen.locus, seen.state) for seen in facts.filtered] == [(f"tcp/{port}", "filtered")]
    assert (opened(facts), facts.closed_count, facts.filtered_count) == ((), 1, 1)
    assert facts.answered == str(closed)


def test_a_host_on_which_nothing_answers_was_not_reached():
    with full_queue() as port, pytest.raises(Unreachable, match="none of 1 port"):
        look(port)


def test_progress_only_rises_and_stays_within_one():
    shares: list[float] = []
    look(closed_port(), means=Means(progress=lambda _stage, share: shares.append(share)))
    assert shares
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1


@pytest.mark.parametrize(
    "address",
    [
        "-oN x",
        "--script",
        "--script=evil.nse",
        "127.0.0.1 -oN x",
        "127.0.0.1\n-oN\nx",
        "x;touch x",
        "$(touch x)",
        "-iL /etc/shadow",
        "-iL",
        "127.0.0.1\x00",
        "",
        " ",
        "127.0.0.1/8",
        "127.0.0.1-9",
        "127.0.0.*",
        "fe80::1%-oN",
        "ex\u0430mple.test\u202e",
        "\uff11\uff12\uff17.0.0.1",
        "1",
        "0x7f.1",
        "0x7f000001",
        "no-such-host.invalid",
        "a" * 300,
    ],
)
def test_an_address_that_is_none_is_never_looked_at(address, tmp_path, monkeypatch):
    fake_nmap(tmp_path, f"touch {tmp_path / 'called'}", monkeypatch)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(Unreachable):
        look(9, address=address)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_out_of_range_is_refused(port):
    with pytest.raises(ScanError, match="65535"):
        look(port)


def test_without_ports_nothing_is_claimed():
    facts = look()
    assert [gap.reason for gap in unforeseen(facts)] == [Reason.NOT_COLLECTED]
    with pytest.raises(UnknownFact):
        len(facts.open)


def test_a_spared_port_is_not_touched_and_its_absence_is_told():
    touched: list[int] = []
    with speaker(lambda _: touched.append(1)) as spared, speaker(SSH) as port:
        means = Means(deadline=20.0, pace=Pace.BRISK, spared_ports=frozenset({spared}))
        facts = look(spared, port, means=means)
        nothing = look(spared, means=means)
    assert touched == []
    assert [seen.port for seen in opened(facts)] == [port]
    assert facts.answered == str(port)
    assert Reason.NOT_PERMITTED in {gap.reason for gap in facts.gaps}
    with pytest.raises(UnknownFact):
        len(facts.open)
    assert [gap.reason for gap in nothing.gaps] == [Reason.NOT_COLLECTED]


def test_nmap_is_asked_only_about_a_port_that_spoke_and_has_no_name(tmp_path, monkeypatch):
    asked = tmp_path / "asked"
    with (
        speaker(banner(b"GATE/7 hello\n")) as strange,
        speaker(SSH) as port,
        speaker(lambda _: None) as silent,
    ):
        service = 'name="gate" product="Gate\u202e" method="probed"'
        (tmp_path / "out.xml").write_text(xml(told(strange, service)))
        fake_nmap(tmp_path, f'echo "$@" >>{asked}; cat {tmp_path / "out.xml"}', monkeypatch)
        facts = look(strange, port, silent)
    by_port = {seen.port: seen for seen in opened(facts)}
    assert (by_port[strange].service, by_port[strange].product, by_port[strange].tls) == (
        "gate",
        "Gate",
        False,
    )
    assert by_port[strange].banner == "GATE/7 hello\\n"
    assert [line.split()[-1] for line in asked.read_text().splitlines()] == [str(strange)]


def test_without_nmap_a_strange_port_is_a_gap_that_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with speaker(banner(b"GATE/7 hello\n")) as strange, speaker(SSH) as port:
        facts = look(strange, port)
    (gap,) = unforeseen(facts)
    assert gap.path == f"open[tcp/{strange}].service"
    assert "apt-get install nmap" in gap.detail
    assert [seen.port for seen in opened(facts)] == sorted([strange, port])


def test_a_full_look_asks_udp_services_too_and_a_narrow_one_does_not(monkeypatch):
    monkeypatch.setattr("scanners.ports.place.USUAL", (closed_port(),))
    facts = SCANNER.scan(Target(address="127.0.0.1"), MEANS)
    assert {seen.port for seen in facts.udp} >= {53, 123, 161}
    assert {seen.state for seen in facts.udp} <= {"answered", "closed", "no-answer"}
    with pytest.raises(UnknownFact):
        len(look(closed_port()).udp)
