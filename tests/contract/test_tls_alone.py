"""The scanner run by itself: `python -m scanners.tls HOST:PORT`."""

import json
import subprocess
import sys

import msgspec
import pytest

from scanners.tls.facts import TlsFacts
from tests.servers import tls as servers


def alone(*arguments):
    command = [sys.executable, "-m", "scanners.tls", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_facts_are_printed_as_json(pki):
    with servers.openssl_server(pki.leaf(), "-tls1_3") as port:
        ended = alone(f"{servers.HERE}:{port}")
    assert (ended.returncode, ended.stderr) == (0, "")
    facts = msgspec.json.decode(ended.stdout, type=TlsFacts)
    assert facts.endpoints[0].protocols == ("TLSv1.3",)
    assert json.loads(ended.stdout)["endpoints"][0]["locus"] == f"tcp/{port}"


def test_hellos_alone_name_suites_and_read_no_certificate(pki):
    with servers.openssl_server(pki.leaf(), "-tls1_2", "-cipher", "AES128-SHA") as port:
        ended = alone("--hellos", f"{servers.HERE}:{port}")
    facts = msgspec.json.decode(ended.stdout, type=TlsFacts)
    assert [suite.name for suite in facts.endpoints[0].suites] == ["TLS_RSA_WITH_AES_128_CBC_SHA"]
    missed = {gap.path.split(".")[-1]: gap.reason for gap in facts.gaps}
    assert missed["certificate"] == missed["robot"] == "not-collected"


@pytest.mark.parametrize(
    "typed", [(), ("127.0.0.1",), ("127.0.0.1:0",), ("127.0.0.1:65536",), (":443",), ("a:1", "b:2")]
)
def test_what_is_no_place_is_told_in_one_line(typed):
    ended = alone(*typed)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "usage: python -m scanners.tls [--hellos] HOST:PORT\n"


def test_a_place_that_refuses_is_told_in_one_line():
    port = servers.free_port()
    ended = alone(f"{servers.HERE}:{port}")
    assert (ended.returncode, ended.stdout) == (4, "")
    assert ended.stderr.count("\n") == 1
    assert f"tcp/{port}: refused the connection" in ended.stderr
