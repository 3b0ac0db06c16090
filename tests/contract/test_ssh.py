"""SSH servers on loopback show what they offer, and what does not say so is never called safe."""

import asyncio
import contextlib
import shutil
import subprocess
import threading

import asyncssh
import pytest

from scanners import Means, Pace, PartialList, Reason, Target, Unreachable
from scanners.ssh import SCANNER
from tests.servers.ssh import free_port, ssh_server
from tests.servers.tls import HERE, bad_server, closing, flooding, greeting, resetting, silent, wait_for_port


def scan(port, pace=Pace.NORMAL, timeout=3.0, **more):
    target = Target(address=HERE, **({"ports": (port,)} | more))
    return SCANNER.scan(target, Means(timeout=timeout, pace=pace))


def the_endpoint(facts):
    (endpoint,) = facts.endpoints
    return endpoint


class _Open(asyncssh.SSHServer):
    def begin_auth(self, username):
        return False


@contextlib.contextmanager
def asyncssh_server(**options):
    """A server by asyncssh, in a loop of its own: its port."""
    loop = asyncio.new_event_loop()
    key = asyncssh.generate_private_key("ssh-ed25519")
    listening = loop.run_until_complete(asyncssh.listen(HERE, 0, server_host_keys=[key], **options))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield listening.get_port()
    finally:
        loop.call_soon_threadsafe(listening.close)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


def test_openssh_shows_its_algorithms_and_its_ways_to_log_in(tmp_path):
    with ssh_server(tmp_path / "ssh") as server:
        facts = scan(server.port)
    endpoint = the_endpoint(facts)
    assert facts.gaps == ()
    assert (endpoint.locus, endpoint.reached, endpoint.protocol) == (f"tcp/{server.port}", "answered", "2.0")
    assert endpoint.software.startswith("OpenSSH_")
    assert "curve25519-sha256" in endpoint.kex
    assert not [name for name in endpoint.kex if name.startswith("kex-strict")]
    assert endpoint.host_keys == ("ssh-ed25519",)
    assert "aes256-gcm@openssh.com" in endpoint.ciphers
    assert "hmac-sha2-256-etm@openssh.com" in endpoint.macs
    assert endpoint.compression[0] == "none"
    assert endpoint.post_quantum is True
    assert "publickey" in endpoint.auth_methods
    assert not {"password", "none"} & set(endpoint.auth_methods)


def test_terrapin_follows_from_what_is_offered_without_strict_key_exchange(tmp_path):
    with ssh_server(tmp_path / "ssh") as server:
        seen = the_endpoint(scan(server.port))
    assert seen.terrapin is (not seen.strict_kex)
    with bad_server(greeting(kexinit(ciphers="aes128-cbc", macs="hmac-sha2-256-etm@openssh.com"))) as port:
        assert the_endpoint(scan(port)).terrapin is True
    with bad_server(greeting(kexinit(ciphers="aes128-ctr", macs="hmac-sha2-256-etm@openssh.com"))) as port:
        assert the_endpoint(scan(port)).terrapin is False
    marked = "curve25519-sha256,kex-strict-s-v00@openssh.com"
    with bad_server(greeting(kexinit(kex=marked, ciphers="chacha20-poly1305@openssh.com"))) as port:
        endpoint = the_endpoint(scan(port))
    assert (endpoint.strict_kex, endpoint.terrapin) == (True, False)
    assert endpoint.kex == ("curve25519-sha256",)


def test_weak_algorithms_of_a_real_server_are_seen():
    with asyncssh_server(
        kex_algs=["diffie-hellman-group1-sha1"],
        encryption_algs=["aes128-cbc", "arcfour"],
        mac_algs=["hmac-md5"],
        compression_algs=["zlib"],
    ) as port:
        endpoint = the_endpoint(scan(port))
    assert endpoint.kex == ("diffie-hellman-group1-sha1",)
    assert endpoint.ciphers == ("aes128-cbc", "arcfour")
    assert endpoint.macs == ("hmac-md5",)
    assert endpoint.compression == ("zlib",)
    assert endpoint.post_quantum is False


def test_a_server_that_asks_for_nothing_is_seen_to():
    with asyncssh_server(server_factory=_Open) as port:
        assert the_endpoint(scan(port)).auth_methods == ("none",)


def test_dropbear_is_seen(tmp_path):
    program = shutil.which("dropbear", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("dropbear-bin is not installed")
    key = tmp_path / "key"
    subprocess.run(
        ["dropbearkey", "-t", "rsa", "-s", "2048", "-f", str(key)], check=True, capture_output=True
    )
    port = free_port()
    process = subprocess.Popen(
        [program, "-F", "-E", "-r", str(key), "-p", f"{HERE}:{port}", "-P", str(tmp_path / "pid")],
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_port(port)
        endpoint = the_endpoint(scan(port))
    finally:
        process.terminate()
        process.wait(10)
    assert endpoint.software.startswith("dropbear")
    assert "rsa-sha2-256" in endpoint.host_keys
    assert "password" in endpoint.auth_methods


def test_a_host_that_is_met_gently_is_not_asked_for_a_whole_exchange(tmp_path):
    with ssh_server(tmp_path / "ssh") as server:
        facts = scan(server.port, Pace.GENTLE)
        log = (tmp_path / "ssh" / "sshd.log").read_text()
    assert [(gap.path, gap.reason) for gap in facts.gaps] == [
        (f"endpoints[tcp/{server.port}].{name}", Reason.NOT_COLLECTED)
        for name in (
            "dh_groups[diffie-hellman-group-exchange-sha256].bits",
            "keys",
            "auth_methods",
        )
    ]
    assert the_endpoint(facts).kex
    assert "nobody" not in log


@pytest.mark.parametrize(
    "words", [b"220 mail.example ESMTP\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff\xfd\x18"]
)
def test_another_protocol_is_no_endpoint(words):
    with bad_server(greeting(words)) as port:
        facts = scan(port)
    assert (facts.endpoints, facts.gaps) == ((), ())


@pytest.mark.parametrize("say", [silent, closing, resetting], ids=lambda say: say.__name__)
def test_a_port_that_does_not_greet_is_no_endpoint_but_where_ssh_is_expected(say, monkeypatch):
    with bad_server(say) as port:
        assert scan(port, timeout=0.5).endpoints == ()
        monkeypatch.setattr("scanners.ssh.scan.USUAL_PORTS", (port,))
        facts = scan(port, timeout=0.5)
    assert the_endpoint(facts).reached == "undecided"
    assert [gap.path for gap in facts.gaps] == [f"endpoints[tcp/{port}]"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (b"SSH-2.0-Quiet\r\n", Reason.TIMED_OUT),
        (b"SSH-2.0-Odd\r\n" + bytes.fromhex("0000000c0a15") + bytes(10), Reason.GARBLED),
        (b"SSH-2.0-Huge\r\n" + b"\xff" * 64, Reason.GARBLED),
        (b"SSH-1.5-Cisco-1.25\n", Reason.UNSUPPORTED),
    ],
)
def test_a_server_without_readable_algorithms_is_an_endpoint_with_a_gap(words, reason):
    with bad_server(greeting(words)) as port:
        facts = scan(port, timeout=0.7)
    assert the_endpoint(facts).reached == "answered"
    assert [(gap.path, gap.reason) for gap in facts.gaps] == [(f"endpoints[tcp/{port}]", reason)]


def test_what_a_server_says_of_itself_is_printable_and_short():
    with bad_server(greeting(b"hello\r\nSSH-1.99-\x1b[31mEvil\x07 " + b"x" * 4000 + b"\r\n")) as port:
        endpoint = the_endpoint(scan(port, timeout=0.7))
    assert endpoint.protocol == "1.99"
    assert endpoint.banner.isprintable()
    assert endpoint.software == "[31mEvil"
    assert len(endpoint.banner) <= 255
    assert len(endpoint.comment) <= 80


def test_a_port_that_never_stops_talking_is_no_endpoint():
    with bad_server(flooding) as port:
        assert scan(port, timeout=1.0).endpoints == ()


def test_a_port_that_refuses_has_no_server():
    facts = scan(free_port())
    assert (facts.endpoints, facts.gaps) == ((), ())
    assert not isinstance(facts.endpoints, PartialList)


def test_open_ports_of_an_earlier_look_are_the_ones_looked_at():
    with bad_server(greeting(kexinit())) as port:
        facts = scan(port, ports=None, open_ports=(port,))
        nothing = scan(port, ports=None, open_ports=())
    assert [endpoint.port for endpoint in facts.endpoints] == [port]
    assert nothing.endpoints == ()


def test_a_host_that_does_not_answer_was_not_seen():
    with pytest.raises(Unreachable):
        SCANNER.scan(Target(address=HERE, ports=(22,)), Means(timeout=1.0, deadline=0.0))


def kexinit(*, kex="curve25519-sha256", ciphers="aes128-ctr", macs="hmac-sha2-256"):
    """An identification line and the algorithms of a server, in plain text (RFC 4253 s7.1)."""
    lists = (kex, "ssh-ed25519", ciphers, ciphers, macs, macs, "none", "none", "", "")
    body = b"\x14" + bytes(16) + b"".join(len(each).to_bytes(4, "big") + each.encode() for each in lists)
    body += bytes(5)
    padding = 4 + (-(len(body) + 9) % 8)
    packet = (len(body) + 1 + padding).to_bytes(4, "big") + bytes([padding]) + body + bytes(padding)
    return b"SSH-2.0-Test_1.0\r\n" + packet
