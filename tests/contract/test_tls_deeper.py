"""Curves, schemes, sessions, names and the first web page are told as the servers were configured."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from scanners import UNKNOWN, Means, Target
from scanners.tls.scan import TlsScanner
from tests.servers import tls as servers
from tests.servers.mock import mock_server

NAME = "www.parking.example"


def look(port, pki, name=NAME, timeout=5.0):
    scanner = TlsScanner(own_roots=pki.root_file)
    facts = scanner.scan(Target(address=servers.HERE, name=name, ports=(port,)), Means(timeout=timeout))
    return facts.endpoints[0], {gap.path.split(".")[-1] for gap in facts.gaps}


def seen(port, pki, name=NAME):
    endpoint, missed = look(port, pki, name)
    assert not missed
    return endpoint


def test_the_curves_of_tls12_are_those_configured(pki, tmp_path):
    directives = "ssl_protocols TLSv1.2; ssl_ecdh_curve secp384r1:prime256v1;"
    with servers.nginx_server(tmp_path, directives, pki.leaf()) as port:
        assert set(seen(port, pki).groups_tls12) == {"secp384r1", "secp256r1"}


def test_the_curve_of_an_ecdsa_certificate_hides_no_other(pki, tmp_path):
    directives = "ssl_protocols TLSv1.2; ssl_ecdh_curve X25519:secp384r1:prime256v1;"
    with servers.nginx_server(tmp_path, directives, pki.leaf("curved", key="ec")) as port:
        assert set(seen(port, pki).groups_tls12) == {"x25519", "secp384r1", "secp256r1"}


def test_signature_schemes_are_those_configured(pki):
    schemes = "RSA-PSS+SHA256:RSA+SHA256:RSA+SHA1"
    options = ("-sigalgs", schemes, "-cipher", "DEFAULT:@SECLEVEL=0")
    with servers.openssl_server(pki.leaf(), *options) as port:
        endpoint = seen(port, pki)
    assert set(endpoint.signature_schemes_tls12) == {
        *("rsa_pss_rsae_sha256", "rsa_pkcs1_sha256", "rsa_pkcs1_sha1")
    }
    assert endpoint.signature_schemes_tls13 == ("rsa_pss_rsae_sha256",)


def test_both_kinds_of_key_sign_with_schemes_of_their_own(pki, tmp_path):
    leaves = (pki.leaf(), pki.leaf("ec", key="ec"))
    with servers.nginx_server(tmp_path, "ssl_protocols TLSv1.2 TLSv1.3;", *leaves) as port:
        endpoint = seen(port, pki)
    for schemes in (endpoint.signature_schemes_tls12, endpoint.signature_schemes_tls13):
        assert {"ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256"} <= set(schemes)
    assert "ecdsa_sha224" in endpoint.signature_schemes_tls12


@pytest.mark.parametrize("protocols", ["TLSv1.2", "TLSv1.3", "TLSv1.2 TLSv1.3"])
def test_strict_transport_security_is_read_from_the_first_page(pki, tmp_path, protocols):
    header = 'add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;'
    with servers.nginx_server(tmp_path, f"ssl_protocols {protocols}; {header}", pki.leaf()) as port:
        endpoint = seen(port, pki)
    assert (endpoint.http, endpoint.hsts_max_age, endpoint.hsts_subdomains) == (True, 31536000, True)


def test_a_page_without_strict_transport_security_is_told(pki, tmp_path):
    with servers.nginx_server(tmp_path, "", pki.leaf()) as port:
        endpoint = seen(port, pki)
    assert (endpoint.http, endpoint.hsts_max_age, endpoint.hsts_subdomains) == (True, 0, False)


@pytest.mark.parametrize("protocols", ["TLSv1.2", "TLSv1.3"])
def test_the_lifetime_of_tickets_is_the_one_configured(pki, tmp_path, protocols):
    directives = f"ssl_protocols {protocols}; ssl_session_timeout 30m;"
    with servers.nginx_server(tmp_path, directives, pki.leaf()) as port:
        endpoint = seen(port, pki)
    assert endpoint.ticket_lifetime == 1800
    assert endpoint.ticketbleed is False


@pytest.mark.parametrize("cache", ["builtin", "off"])
def test_sessions_resume_where_they_are_kept(pki, tmp_path, cache):
    directives = f"ssl_protocols TLSv1.2; ssl_session_tickets off; ssl_session_cache {cache};"
    with servers.nginx_server(tmp_path, directives, pki.leaf()) as port:
        endpoint = seen(port, pki)
    assert endpoint.session_id_resumption is (cache == "builtin")
    assert endpoint.ticket_lifetime == 0


@pytest.mark.parametrize("protocols", ["TLSv1.2 TLSv1.3", "TLSv1.3"])
def test_what_is_shown_without_a_name_is_told_apart(pki, tmp_path, protocols):
    named, other = pki.leaf("named"), pki.leaf("inside", names=("inside.parking.example",))
    server = (
        f"server_name _; }} server {{ listen PORT ssl; server_name {NAME}; ssl_protocols {protocols};"
        f"ssl_certificate {named.chain_file}; ssl_certificate_key {named.key_file};"
    )
    with servers.nginx_server(tmp_path, f"ssl_protocols {protocols}; {server}", other) as port:
        endpoint = seen(port, pki)
    assert endpoint.certificate.subject == "CN=test named"
    assert [leaf.subject for leaf in endpoint.default_certificates] == ["CN=test inside"]
    assert endpoint.sni_required is False


@pytest.mark.parametrize("protocols", ["TLSv1.2 TLSv1.3", "TLSv1.3"])
def test_a_server_that_insists_on_a_name_is_told(pki, tmp_path, protocols):
    named = pki.leaf("named")
    server = (
        f"ssl_reject_handshake on; }} server {{ listen PORT ssl; server_name {NAME};"
        f"ssl_protocols {protocols};"
        f"ssl_certificate {named.chain_file}; ssl_certificate_key {named.key_file};"
    )
    with servers.nginx_server(tmp_path, f"ssl_protocols {protocols}; {server}", pki.leaf()) as port:
        endpoint = seen(port, pki)
    assert (endpoint.sni_required, endpoint.default_certificates) == (True, ())


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("strict", [True, False])
def test_an_unknown_application_protocol_is_refused_by_the_strict(pki, version, strict):
    options = ("-alpn", "http/1.1") if strict else ()
    with servers.openssl_server(pki.leaf(), version, *options) as port:
        assert seen(port, pki).alpn_strict is strict


def test_a_server_that_is_silent_on_a_request_leaves_the_page_open(pki):
    leaf = pki.leaf().certificate.public_bytes(Encoding.DER)
    with mock_server({0x0303: (0xC02F,)}, leaf=leaf) as port:
        endpoint, missed = look(port, pki, timeout=1.0)
    assert endpoint.http is endpoint.hsts_max_age is endpoint.session_id_resumption is UNKNOWN
    assert {"http", "hsts_max_age", "session_id_resumption"} <= missed


@pytest.mark.parametrize("early", ["on", "off"])
def test_early_data_is_seen_as_configured(pki, tmp_path, early):
    with servers.nginx_server(
        tmp_path, f"ssl_protocols TLSv1.3; ssl_early_data {early};", pki.leaf()
    ) as port:
        assert seen(port, pki).early_data is (early == "on")


@pytest.mark.parametrize(
    "suite", ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_CCM_8_SHA256"]
)
def test_a_handshake_comes_to_its_end_in_any_suite(pki, suite):
    options = ("-tls1_3", "-early_data", "-ciphersuites", suite)
    with servers.openssl_server(pki.leaf(), *options) as port:
        endpoint, _ = look(port, pki, timeout=1.0)
    assert endpoint.early_data is True


def test_a_server_that_insists_on_a_client_certificate_leaves_early_data_open(pki):
    options = ("-tls1_3", "-Verify", "1", "-verify_return_error", "-CAfile", str(pki.root_file))
    with servers.openssl_server(pki.leaf(), *options) as port:
        endpoint, missed = look(port, pki)
    assert endpoint.early_data is UNKNOWN
    assert "early_data" in missed


def test_without_tls13_there_is_no_early_data(pki):
    with servers.openssl_server(pki.leaf(), "-tls1_2") as port:
        assert seen(port, pki).early_data is False
