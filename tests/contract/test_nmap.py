"""nmap as we hold it: fixed options, literal addresses by standard input, XML read as it comes."""

import ipaddress
import os
import socket
import stat
import subprocess
from pathlib import Path

import nmap as python_nmap
import pytest

from scanners import Garbled, TimedOut, ToolMissing, Unreachable
from scanners.kit import nmap

HERE = "127.0.0.1"


def fake_nmap(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program named nmap that comes first on the path and runs `script`."""
    path = folder / "bin" / "nmap"
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")


def xml(ports: str, *, host: str = "", address: str = HERE) -> str:
    return (
        '<nmaprun args=""><scaninfo type="connect" protocol="tcp" services="1-9"/>'
        f'<host {host}><address addr="{address}" addrtype="ipv4"/><ports>{ports}</ports></host>'
        '<runstats><finished timestr="" elapsed="1"/><hosts up="1" down="0" total="1"/></runstats></nmaprun>'
    )


def told(number: int = 1, service: str = "", tail: str = "") -> str:
    state = '<state state="open" reason="syn-ack"/>'
    return f'<port protocol="tcp" portid="{number}">{state}<service {service}/></port>{tail}'


def identify(seconds: float = 5.0) -> nmap.Sighting | None:
    return nmap.identify(HERE, 1, seconds)


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("", Garbled),
        ("not xml", Garbled),
        ("<nmaprun/>", Unreachable),
        (xml("<port/>"), Garbled),
        (xml('<port protocol="tcp" portid="x"><state state="open" reason=""/></port>'), Garbled),
        (xml('<port protocol="tcp" portid="1"></port>'), Garbled),
        (xml("&#x1b;"), Garbled),
        (f'<!DOCTYPE x [<!ENTITY a "aaaa">]>{xml("&a;")}', Garbled),
        (xml("", host='timedout="true"'), TimedOut),
    ],
    ids=["nothing", "text", "bare", "no-port", "no-number", "no-state", "control", "entity", "timed-out"],
)
def test_what_nmap_may_write_becomes_our_own_error(written, error, tmp_path, monkeypatch):
    (tmp_path / "out.xml").write_text(written)
    fake_nmap(tmp_path, f"cat {tmp_path / 'out.xml'}", monkeypatch)
    with pytest.raises(error):
        identify()


def test_xml_that_stops_keeps_the_hosts_that_came_and_says_so():
    whole = xml(told(22)).encode()
    seen = nmap.hosts([whole[:-20]])
    assert [port.port for port in next(seen).ports] == [22]
    with pytest.raises(Garbled):
        next(seen)


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ('name="ssh" product="X" method="probed"', "ssh"),
        ('name="ssh" method="table"', None),
        ('name="tcpwrapped" method="probed"', None),
    ],
)
def test_a_name_that_nmap_took_from_the_number_is_none(service, name, tmp_path, monkeypatch):
    (tmp_path / "out.xml").write_text(xml(told(1, service)))
    fake_nmap(tmp_path, f"cat {tmp_path / 'out.xml'}", monkeypatch)
    seen = identify()
    assert (seen and seen.name) == name


def test_an_nmap_that_never_ends_is_ended(tmp_path, monkeypatch):
    fake_nmap(tmp_path, "exec sleep 60", monkeypatch)
    monkeypatch.setattr("scanners.kit.nmap._GRACE", 0.2)
    with pytest.raises(TimedOut):
        identify(0.2)


def test_an_nmap_that_writes_without_end_is_ended(tmp_path, monkeypatch):
    fake_nmap(tmp_path, "echo '<nmaprun>'; exec yes '<a/>'", monkeypatch)
    monkeypatch.setattr("scanners.kit.nmap._LONGEST", 100_000)
    with pytest.raises(Garbled, match="64 MiB"):
        identify()


def test_nmap_is_given_no_environment_of_ours_and_addresses_by_standard_input(tmp_path, monkeypatch):
    monkeypatch.setenv("NMAPDIR", "/nowhere")
    monkeypatch.setenv("NMAP_PRIVILEGED", "1")
    script = f'env >{tmp_path / "env"}; echo "$@" >{tmp_path / "args"}; cat >{tmp_path / "in"}'
    fake_nmap(tmp_path, script, monkeypatch)
    with pytest.raises(Garbled):
        identify()
    assert "NMAP" not in (tmp_path / "env").read_text()
    assert (tmp_path / "args").read_text().endswith("-sV --version-intensity 2 -p 1\n")
    assert (tmp_path / "in").read_text() == f"{HERE}\n"


def test_a_missing_nmap_is_named_with_its_package(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="apt-get install nmap"):
        identify()


def test_our_reader_and_python_nmap_read_the_same(closed_port):
    line = ["nmap", *nmap.ALWAYS[:-4], "-oX", "-", "-p", str(closed_port), "--", HERE]
    written = subprocess.run(line, capture_output=True, timeout=60, check=True).stdout
    theirs = python_nmap.PortScanner().analyse_nmap_xml_scan(written.decode())["scan"][HERE]["tcp"]
    (ours,) = nmap.hosts([written])
    assert ours.address == HERE
    assert {seen.port: (seen.state, seen.reason, seen.name) for seen in ours.ports} == {
        port: (seen["state"], seen["reason"], seen["name"]) for port, seen in theirs.items()
    }


def test_a_run_over_two_hosts_gives_both(closed_port):
    addresses = [ipaddress.ip_address(text) for text in ("127.0.0.1", "127.0.0.2")]
    seen = list(nmap.run(addresses, ("-T4", "-p", str(closed_port)), 20))
    assert [(host.address, [port.state for port in host.ports]) for host in seen] == [
        ("127.0.0.1", ["closed"]),
        ("127.0.0.2", ["closed"]),
    ]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server((HERE, 0)) as server:
        return server.getsockname()[1]
