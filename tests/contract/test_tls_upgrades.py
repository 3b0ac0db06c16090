"""Services that upgrade from plain text show their TLS, and those that will not are told as such."""

import pytest

from scanners import Means, Target
from scanners.tls.scan import TlsScanner
from tests.servers import tls as servers
from tests.servers.upgrades import DECLINED, WORDS, upgrading_server

GREETING_FIRST = ("smtp", "ftp", "pop3", "imap", "mysql")


def scan(port, pki, protocol="", **ports):
    upgrades = {} if protocol in GREETING_FIRST else {port: protocol}
    scanner = TlsScanner(own_roots=pki.root_file, upgrades=upgrades)
    target = Target(address=servers.HERE, name="localhost", **(ports or {"ports": (port,)}))
    return scanner.scan(target, Means(timeout=3))


@pytest.mark.parametrize("protocol", sorted(WORDS))
def test_what_stands_behind_an_upgrade_is_seen(pki, protocol):
    with upgrading_server(WORDS[protocol], pki.leaf()) as port:
        facts = scan(port, pki, protocol)
    (endpoint,) = facts.endpoints
    assert {gap.path.split(".")[-1] for gap in facts.gaps} <= {"plaintext_allowed"}
    assert (endpoint.reached, endpoint.starttls, endpoint.starttls_offered) == ("answered", protocol, True)
    assert {"TLSv1.2", "TLSv1.3"} <= set(endpoint.protocols)
    assert endpoint.trusted is True


@pytest.mark.parametrize("protocol", sorted(DECLINED))
def test_a_service_that_will_not_upgrade_is_an_endpoint_without_tls(pki, protocol):
    with upgrading_server(DECLINED[protocol], None) as port:
        facts = scan(port, pki, protocol, open_ports=(port,))
    (endpoint,) = facts.endpoints
    assert (endpoint.reached, endpoint.starttls, endpoint.starttls_offered) == ("not-tls", protocol, False)


def test_tls_at_once_on_the_port_of_another_service_is_seen(pki):
    with servers.tlslite_server(pki.leaf()) as port:
        (endpoint,) = scan(port, pki, "postgresql").endpoints
    assert (endpoint.reached, endpoint.starttls) == ("answered", "")


def test_a_greeting_of_no_known_service_stays_another_protocol(pki):
    with servers.bad_server(servers.greeting(b"220 but nothing more\r\n")) as port:
        (endpoint,) = scan(port, pki).endpoints
    assert endpoint.reached == "silent"


def test_a_service_that_no_upgrade_is_known_for_is_told_as_such(pki):
    with servers.bad_server(servers.plain_http) as port:
        (endpoint,) = scan(port, pki).endpoints
    assert (endpoint.reached, endpoint.starttls) == ("not-tls", "")
