"""What costs no connection of its own: refusals, stumbles, answered extensions, how chains are sent."""

import contextlib
import socket

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from scanners import UNKNOWN, Means, Target
from scanners.tls.facts import Refusal
from scanners.tls.place import Depth
from scanners.tls.scan import TlsScanner
from tests.servers import tls as servers
from tests.servers.mock import mock_server

NAME = "www.parking.example"
NOBODYS_SUITE = b"\x1a\x1a"


def look(port, pki, depth=Depth.WHOLE):
    scanner = TlsScanner(own_roots=pki.root_file, depth=depth)
    facts = scanner.scan(Target(address=servers.HERE, name=NAME, ports=(port,)), Means(timeout=5))
    return facts.endpoints[0], {gap.path.split(".")[-1]: gap for gap in facts.gaps}


def seen(port, pki):
    endpoint, missed = look(port, pki)
    assert not missed
    return endpoint


@contextlib.contextmanager
def choosy(port, stumbles):
    """A balancer before a server, which cuts the hellos that it stumbles over."""

    def say(sock, _stop):
        sock.settimeout(5)
        hello = sock.recv(65536)
        if stumbles(hello):
            return
        with socket.create_connection((servers.HERE, port), timeout=5) as inner:
            inner.sendall(hello)
            while answer := inner.recv(65536):
                sock.sendall(answer)
                if not (more := sock.recv(65536)):
                    return
                inner.sendall(more)

    with servers.bad_server(say) as before:
        yield before


def test_each_refused_version_is_told_with_its_alert(pki, tmp_path):
    with servers.nginx_server(tmp_path, "ssl_protocols TLSv1.2 TLSv1.3;", pki.leaf()) as port:
        endpoint = seen(port, pki)
    how = {refusal.version: refusal.how for refusal in endpoint.protocols_refused}
    assert list(how) == ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"]
    assert how["TLSv1.1"] == how["TLSv1.0"] == "alert 70 (protocol_version)"


def test_a_cut_and_an_older_answer_are_told_as_such(pki):
    with (
        servers.openssl_server(pki.leaf(), "-tls1_2") as port,
        choosy(port, lambda hello: hello[9:11] == b"\x03\x01") as before,
    ):
        endpoint, _ = look(before, pki)
    refused = {refusal.version: refusal.how for refusal in endpoint.protocols_refused}
    assert refused["TLSv1.0"] == "cut the connection"
    with mock_server({0x0303: (0xC02F,)}) as port:
        endpoint, _ = look(port, pki, Depth.HELLOS)
    assert Refusal(version="TLSv1.3", how="alert 70 (protocol_version)") in endpoint.protocols_refused


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_sound_server_stumbles_over_nothing(pki, version):
    with servers.openssl_server(pki.leaf(), version) as port:
        assert seen(port, pki).version_intolerance == ()


@pytest.mark.parametrize(
    ("stumbles", "told"),
    [
        (lambda hello: NOBODYS_SUITE in hello, "values that nobody knows"),
        (lambda hello: 256 <= len(hello) - 5 <= 511, "hellos of 256 to 511 bytes"),
    ],
)
def test_what_a_balancer_stumbles_over_is_told(pki, stumbles, told):
    options = ("-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384")
    with servers.openssl_server(pki.leaf(), *options) as port, choosy(port, stumbles) as before:
        endpoint, _ = look(before, pki, Depth.HELLOS)
    assert endpoint.version_intolerance == (told,)
    assert len(endpoint.suites) == 2
    assert endpoint.server_order is False


def test_answered_extensions_are_told_by_version(pki):
    with servers.openssl_server(pki.leaf(), "-alpn", "h2") as port:
        endpoint = seen(port, pki)
        listed, missed = look(port, pki, Depth.HELLOS)
    older = {one.name: one.code for one in endpoint.extensions if one.version == "TLSv1.2"}
    assert {"renegotiation_info": 0xFF01, "extended_master_secret": 23}.items() <= older.items()
    newer = {one.name for one in endpoint.extensions if one.version == "TLSv1.3"}
    assert {"key_share", "supported_versions", "application_layer_protocol_negotiation"} <= newer
    assert missed["extensions"].reason == "partial"
    assert {one.name for one in tuple.__iter__(listed.extensions)} >= {"key_share", "renegotiation_info"}


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("own", [True, False])
def test_who_decides_on_groups_is_as_configured(pki, version, own):
    options = (version, "-groups", "P-384:P-256:X25519", *["-serverpref"] * own)
    with servers.openssl_server(pki.leaf(), *options) as port:
        endpoint = seen(port, pki)
    # In TLS 1.3 this library chooses by itself where it was shown no key, whatever it is told.
    assert endpoint.server_group_order is (own or version == "-tls1_3")


def test_who_decides_on_groups_is_seen_beside_one_suite_that_uses_them(pki):
    options = ("-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA", "-groups", "P-384:P-256")
    with servers.openssl_server(pki.leaf(), *options) as port:
        assert seen(port, pki).server_group_order is False
        assert look(port, pki, Depth.HELLOS)[0].server_group_order is UNKNOWN


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3", "-tls1_1"])
def test_the_authorities_that_clients_need_are_named(pki, version):
    options = (version, "-cipher", "ALL:@SECLEVEL=0", "-Verify", "1", "-CAfile", str(pki.root_file))
    with servers.openssl_server(pki.leaf(), *options) as port:
        assert look(port, pki)[0].client_ca_names == ("CN=test root",)
    with servers.openssl_server(pki.leaf(), version, "-cipher", "ALL:@SECLEVEL=0") as port:
        assert look(port, pki)[0].client_ca_names == ()


def test_how_a_chain_was_sent_is_told(pki, tmp_path):
    leaf = pki.leaf("shaped")
    certificates = [leaf.certificate, pki.intermediate.certificate, pki.root.certificate]
    alone, above, root = (one.public_bytes(serialization.Encoding.PEM) for one in certificates)
    shapes = {
        alone: (False, True, False),
        alone + above: (True, True, False),
        alone + above + root: (True, True, True),
        alone + root + above: (True, False, True),
        alone + above + above: (True, False, False),
    }
    for number, (chain, shape) in enumerate(shapes.items()):
        leaf.chain_file.write_bytes(chain)
        folder = tmp_path / str(number)
        folder.mkdir()
        with servers.nginx_server(folder, "ssl_protocols TLSv1.3;", leaf) as port:
            endpoint = seen(port, pki)
        told = (endpoint.chain_complete, endpoint.chain_order_valid, endpoint.chain_includes_root)
        assert told == shape


def test_policies_and_revocation_lists_of_a_certificate_are_read(pki):
    lists = x509.CRLDistributionPoints(
        [
            x509.DistributionPoint(
                full_name=[x509.UniformResourceIdentifier("http://crl.parking.example/a.crl")],
                relative_name=None,
                reasons=None,
                crl_issuer=None,
            )
        ]
    )
    policies = x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)]
    )
    with servers.openssl_server(pki.leaf("ruled", more=(lists, policies)), "-tls1_3") as port:
        endpoint = seen(port, pki)
    assert endpoint.certificate.crl_urls == ("http://crl.parking.example/a.crl",)
    assert endpoint.certificate.policies == ("2.23.140.1.2.1",)
    assert endpoint.chain[1].crl_urls == endpoint.chain[1].policies == ()


def test_suites_that_the_registry_recommends_are_told(pki):
    options = ("-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA")
    with servers.openssl_server(pki.leaf(), *options) as port:
        suites = seen(port, pki).suites
    assert {suite.name: suite.iana_recommended for suite in suites} == {
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": True,
        "TLS_RSA_WITH_AES_128_CBC_SHA": False,
    }
