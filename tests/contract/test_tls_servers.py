"""What is seen of real servers is what they were configured to do."""

import subprocess

import pytest

from scanners import Means, Pace, Target
from scanners.tls.scan import TlsScanner
from tests.servers import tls as servers

NAME = "www.parking.example"
MODERN = "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305"
MODERN_NAMES = [
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
]
TLS13_NAMES = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
OPENSSL_GROUPS = {
    *("x25519", "secp256r1", "x448", "secp521r1", "secp384r1"),
    *("ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192"),
}


UNFINISHED = {
    *(
        "client_renegotiation",
        "padding_oracle",
        "session_id_resumption",
        "ticket_lifetime",
        "ticketbleed",
        "early_data",
        "http",
        "hsts_max_age",
        "hsts_subdomains",
    ),
}


def seen(port, pki, name=NAME, *, unfinished=frozenset()):
    scanner = TlsScanner(own_roots=pki.root_file)
    facts = scanner.scan(Target(address=servers.HERE, name=name, ports=(port,)), Means(timeout=5))
    assert {gap.path.split(".")[-1] for gap in facts.gaps} <= unfinished
    (endpoint,) = facts.endpoints
    assert endpoint.reached == "answered"
    return endpoint


def names(endpoint, version):
    return [suite.name for suite in endpoint.suites if suite.version == version]


def configured(ciphers, version, authentication=("RSA", "None")):
    """The suites that OpenSSL itself lists for a cipher string and a version, by kind of certificate."""
    command = ["openssl", "ciphers", "-s", version, "-v", "-stdname", ciphers]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout
    lines = [line for line in listed.splitlines() if "TLSv1.3 " not in line]
    return {line.split()[0] for line in lines if line.split("Au=")[1].split()[0] in authentication}


def test_a_modern_nginx_is_seen_as_configured(pki, tmp_path):
    directives = f"ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers {MODERN}; ssl_prefer_server_ciphers on;"
    with servers.nginx_server(tmp_path, directives, pki.leaf()) as port:
        endpoint = seen(port, pki)
    assert endpoint.protocols == ("TLSv1.2", "TLSv1.3")
    assert names(endpoint, "TLSv1.2") == MODERN_NAMES
    assert set(names(endpoint, "TLSv1.3")) == TLS13_NAMES
    assert set(endpoint.groups) == OPENSSL_GROUPS
    assert endpoint.server_order is True
    assert endpoint.connections <= 50
    assert (endpoint.compression, endpoint.secure_renegotiation, endpoint.fallback_scsv) == (
        False,
        True,
        True,
    )
    assert (endpoint.dh_bits, endpoint.alpn) == (0, "http/1.1")
    assert (endpoint.trusted, endpoint.trust_problems, endpoint.name_matches) == (True, (), True)
    assert endpoint.server_name == NAME


def test_an_old_nginx_is_seen_with_every_suite_that_it_takes(pki, tmp_path):
    directives = (
        f"ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers {servers.WEAKEST};"
        f"ssl_dhparam {servers.dh_parameters(tmp_path)};"
    )
    with servers.nginx_server(tmp_path, directives, pki.leaf()) as port:
        endpoint = seen(port, pki)
    assert endpoint.protocols == ("TLSv1.0", "TLSv1.1", "TLSv1.2")
    assert set(names(endpoint, "TLSv1.0")) == configured(servers.WEAKEST, "-tls1")
    assert set(names(endpoint, "TLSv1.1")) == configured(servers.WEAKEST, "-tls1_1")
    assert set(names(endpoint, "TLSv1.2")) == configured(servers.WEAKEST, "-tls1_2")
    assert endpoint.server_order is False
    assert endpoint.dh_bits == 1024
    assert endpoint.groups == ()


def test_one_connection_at_a_time_sees_the_same(pki, tmp_path):
    directives = f"ssl_protocols TLSv1.2; ssl_ciphers {MODERN};"
    with servers.nginx_server(tmp_path, directives, pki.leaf()) as port:
        scanner, target = TlsScanner(own_roots=pki.root_file), Target(address=servers.HERE, ports=(port,))
        gentle = scanner.scan(target, Means(timeout=5, pace=Pace.GENTLE)).endpoints[0]
        assert gentle.suites == seen(port, pki).suites


def test_tls13_alone_is_seen(pki):
    with servers.openssl_server(pki.leaf(), "-tls1_3") as port:
        endpoint = seen(port, pki)
    assert endpoint.protocols == ("TLSv1.3",)
    assert set(names(endpoint, "TLSv1.3")) == TLS13_NAMES
    assert endpoint.certificate.issuer == "CN=test intermediate"
    assert endpoint.fallback_scsv is True
    assert (endpoint.compression, endpoint.secure_renegotiation) == (False, True)


def test_the_groups_of_a_server_are_seen_in_its_order(pki):
    with servers.openssl_server(pki.leaf(), "-tls1_3", "-groups", "P-384:ffdhe3072", "-serverpref") as port:
        endpoint = seen(port, pki)
    assert set(endpoint.groups) == {"secp384r1", "ffdhe3072"}
    assert endpoint.certificate.key_bits == 2048


@pytest.mark.parametrize("group", ["P-256", "P-384", "P-521", "X25519", "X448"])
@pytest.mark.parametrize(
    "suite", [*sorted(TLS13_NAMES), "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"]
)
def test_the_chain_of_tls13_is_read_in_any_group_and_suite(pki, group, suite):
    with servers.openssl_server(pki.leaf(), "-tls1_3", "-groups", group, "-ciphersuites", suite) as port:
        # The library that finishes handshakes has no CCM.
        endpoint = seen(port, pki, unfinished=UNFINISHED if "CCM" in suite else frozenset())
    assert [certificate.subject for certificate in endpoint.chain] == ["CN=test leaf", "CN=test intermediate"]


def test_tls12_alone_is_seen(pki):
    with servers.openssl_server(pki.leaf(), "-tls1_2", "-cipher", "ALL:@SECLEVEL=0") as port:
        endpoint = seen(port, pki)
    assert endpoint.protocols == ("TLSv1.2",)
    assert set(names(endpoint, "TLSv1.2")) == configured("ALL:@SECLEVEL=0", "-tls1_2")
    assert (endpoint.fallback_scsv, endpoint.groups) == (True, ())


def test_an_ecdsa_certificate_keeps_its_suites(pki):
    with servers.openssl_server(pki.leaf("ec", key="ec"), "-no_tls1_3") as port:
        endpoint = seen(port, pki)
    assert set(names(endpoint, "TLSv1.2")) == configured("DEFAULT", "-tls1_2", ("ECDSA",))
    assert (endpoint.certificate.key_type, endpoint.certificate.key_bits) == ("EC", 256)


def test_a_short_diffie_hellman_prime_is_measured(pki, tmp_path):
    options = ("-tls1_2", "-cipher", "DHE:@SECLEVEL=0", "-dhparam", str(servers.dh_parameters(tmp_path)))
    with servers.openssl_server(pki.leaf(), *options) as port:
        assert seen(port, pki).dh_bits == 1024


def test_a_server_that_requires_a_client_certificate_shows_all_its_suites(pki):
    with servers.openssl_server(pki.leaf(), "-Verify", "1", "-CAfile", str(pki.root_file)) as port:
        endpoint = seen(port, pki, unfinished=UNFINISHED)
    assert set(names(endpoint, "TLSv1.2")) == configured("DEFAULT", "-tls1_2")
    assert set(names(endpoint, "TLSv1.3")) == TLS13_NAMES
    assert endpoint.trusted is True


@pytest.mark.parametrize("name", ["", servers.HERE, NAME])
def test_a_server_strict_about_names_hides_nothing(pki, name):
    with servers.tlslite_server(pki.leaf()) as port:
        endpoint = seen(port, pki, name=name)
    assert endpoint.protocols == ("SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2")
    counts = [len(names(endpoint, version)) for version in endpoint.protocols]
    assert counts[:3] == [15, 15, 15]
    assert {"TLS_RSA_WITH_RC4_128_MD5", "TLS_RSA_WITH_NULL_SHA256"} <= set(names(endpoint, "TLSv1.2"))
    assert endpoint.server_name == (NAME if name == NAME else "")


def test_an_old_server_shows_tls10_and_an_expired_certificate(pki, tmp_path):
    with servers.old_server(tmp_path) as port:
        endpoint = seen(port, pki, name="localhost")
    assert endpoint.protocols == ("TLSv1.0",)
    assert set(names(endpoint, "TLSv1.0")) == configured(servers.WEAKEST, "-tls1")
    assert endpoint.certificate.not_after < endpoint.observed_at
    assert endpoint.trusted is False
    assert endpoint.trust_problems[0].startswith("expired: CN=test expired")
