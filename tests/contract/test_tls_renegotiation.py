"""Whether a client may begin anew is told as servers are configured, in every version and kind of suite."""

import pytest

from scanners import UNKNOWN, Means, Pace, Target
from scanners.tls.scan import TlsScanner
from tests.servers import tls as servers
from tests.servers.mock import mock_server

NAME = "www.parking.example"
GRANTS = "-client_renegotiation"
LEGACY = ("-cipher", "ALL:@SECLEVEL=0")


def look(port, pki, pace=Pace.NORMAL):
    scanner = TlsScanner(own_roots=pki.root_file)
    means = Means(timeout=5, pace=pace)
    facts = scanner.scan(Target(address=servers.HERE, name=NAME, ports=(port,)), means)
    gaps = {gap.path.split(".")[-1]: gap for gap in facts.gaps}
    return facts.endpoints[0], gaps.get("client_renegotiation")


def granted(port, pki):
    endpoint, gap = look(port, pki)
    assert gap is None
    return endpoint.client_renegotiation


@pytest.mark.parametrize("options", [(GRANTS,), ()])
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_1", "-tls1"])
def test_a_server_that_lets_clients_begin_anew_is_told_apart(pki, version, options):
    with servers.openssl_server(pki.leaf(), version, *LEGACY, *options) as port:
        assert granted(port, pki) is bool(options)


@pytest.mark.parametrize(
    "suite",
    [
        *("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"),
        *("ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384", "ECDHE-RSA-AES128-SHA256"),
        *("DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-SHA", "DHE-RSA-CHACHA20-POLY1305"),
        *("AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA256"),
    ],
)
def test_every_suite_that_is_offered_can_be_followed(pki, suite):
    with servers.openssl_server(pki.leaf(), "-tls1_2", "-cipher", suite, GRANTS) as port:
        assert granted(port, pki) is True


@pytest.mark.parametrize("group", ["X25519", "P-256", "P-384", "P-521", "X448"])
def test_every_group_that_is_offered_can_be_followed(pki, group):
    with servers.openssl_server(pki.leaf(), "-tls1_2", "-groups", group, GRANTS) as port:
        assert granted(port, pki) is True


def test_an_ecdsa_certificate_is_no_obstacle(pki):
    with servers.openssl_server(pki.leaf("ec", key="ec"), "-tls1_2", GRANTS) as port:
        assert granted(port, pki) is True


def test_nginx_refuses(pki, tmp_path):
    with servers.nginx_server(tmp_path, "ssl_protocols TLSv1.2 TLSv1.3;", pki.leaf()) as port:
        endpoint, gap = look(port, pki)
    assert (endpoint.client_renegotiation, gap) == (False, None)


def test_gnutls_grants(pki, tmp_path):
    with servers.gnutls_server(tmp_path, pki.leaf(), "NORMAL:-VERS-TLS1.3") as port:
        assert granted(port, pki) is True


def test_tls13_alone_has_none(pki):
    with servers.openssl_server(pki.leaf(), "-tls1_3") as port:
        assert granted(port, pki) is False


def test_a_handshake_that_cannot_be_finished_says_nothing(pki):
    with mock_server({0x0303: (0xC02F,)}) as port:
        endpoint, gap = look(port, pki)
    assert (endpoint.client_renegotiation, gap.reason) == (UNKNOWN, "inconclusive")


def test_a_fragile_device_is_not_asked(pki):
    with servers.openssl_server(pki.leaf(), "-tls1_2", GRANTS) as port:
        endpoint, gap = look(port, pki, Pace.GENTLE)
    assert (endpoint.client_renegotiation, gap.reason) == (UNKNOWN, "not-collected")
