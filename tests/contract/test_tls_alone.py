"""The scanner run by itself: `python -m scanners.tls HOST:PORT`."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from scanners import Means, Target
from scanners.tls.facts import TlsFacts
from scanners.tls.place import Depth
from scanners.tls.scan import TlsScanner
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


@pytest.mark.parametrize(("option", "depth"), [("--hellos", Depth.HELLOS), ("", Depth.WHOLE)])
def test_the_document_is_that_of_the_fact_types(pki, option, depth):
    with servers.openssl_server(pki.leaf(), "-www", "-alpn", "h2") as port:
        ended = alone(*[option] * bool(option), f"localhost:{port}")
        target = Target(address=servers.HERE, name="localhost", ports=(port,))
        facts = TlsScanner(depth=depth).scan(target, Means())
    theirs, ours = json.loads(msgspec.json.encode(facts)), json.loads(ended.stdout)
    for document in (theirs, ours):
        assert document["endpoints"][0].pop("observed_at").endswith("Z")
    assert ours == theirs
    assert msgspec.json.decode(ended.stdout, type=TlsFacts).endpoints[0].suites == facts.endpoints[0].suites


def test_a_listing_loads_no_library(pki):
    script = (
        "import sys; from scanners.tls.__main__ import run; code = run(sys.argv[1:]);"
        "heavy = {'msgspec', 'cryptography', 'ssl', 'dataclasses', 'inspect', 'typing', 're', 'json'};"
        "sys.stderr.write(' '.join(sorted(heavy & set(sys.modules)))); sys.exit(code)"
    )
    with servers.openssl_server(pki.leaf(), "-tls1_2") as port:
        command = [sys.executable, "-S", "-c", script, "--hellos", f"{servers.HERE}:{port}"]
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, cwd=Path(__file__).parents[2]
        )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert '"protocols"' in ended.stdout


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
