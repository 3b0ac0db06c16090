"""What no modern library speaks is seen all the same: SSL 2.0, export suites, post-quantum groups."""

from cryptography.hazmat.primitives.serialization import Encoding

from scanners import Means, Target
from scanners.tls import SCANNER
from tests.contract.test_tls_servers import UNFINISHED
from tests.servers import tls as servers
from tests.servers.mock import SSL2, TLS13, mock_server

SSL3, TLS10, TLS12 = 0x0300, 0x0301, 0x0303
MEANS = Means(timeout=5)


def seen(port, name=""):
    facts = SCANNER.scan(Target(address=servers.HERE, name=name, ports=(port,)), MEANS)
    (endpoint,) = facts.endpoints
    return endpoint, facts.gaps


def codes(endpoint, version):
    return [suite.code for suite in endpoint.suites if suite.version == version]


def test_the_oldest_protocols_are_seen_with_their_suites(pki):
    kinds = (0x010080, 0x020080, 0x030080, 0x040080, 0x050080, 0x060040, 0x0700C0)
    old = (0x0003, 0x0014, 0x0011, 0x0062, 0x0064, 0x0081, 0x0004)
    leaf = pki.leaf().certificate.public_bytes(Encoding.DER)
    with mock_server({SSL2: kinds, SSL3: old, TLS10: old[:3]}, leaf=leaf) as port:
        endpoint, gaps = seen(port)
    assert {gap.path.split(".")[-1] for gap in gaps} <= UNFINISHED  # nobody can finish a handshake here
    assert endpoint.protocols == ("SSLv2", "SSLv3", "TLSv1.0")
    assert set(codes(endpoint, "SSLv2")) == set(kinds)
    assert codes(endpoint, "SSLv3") == list(old)
    assert codes(endpoint, "TLSv1.0") == list(old[:3])
    assert {suite.name for suite in endpoint.suites if suite.export} >= {
        "TLS_DHE_DSS_EXPORT_WITH_DES40_CBC_SHA",
        "TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA",
        "SSL_CK_RC4_128_EXPORT40_WITH_MD5",
    }
    assert endpoint.certificate.subject == "CN=test leaf"
    assert endpoint.secure_renegotiation is False


def test_ssl2_alone_is_seen(pki):
    leaf = pki.leaf().certificate.public_bytes(Encoding.DER)
    with mock_server({SSL2: (0x0700C0,)}, leaf=leaf) as port:
        endpoint, _ = seen(port)
    assert endpoint.protocols == ("SSLv2",)
    assert [suite.bits for suite in endpoint.suites] == [112]
    assert endpoint.certificate.subject == "CN=test leaf"


def test_post_quantum_groups_are_seen_without_computing_them():
    with mock_server({TLS13: (0x1301, 0x1302)}, groups=(4588, 4587, 29, 25497, 256)) as port:
        endpoint, gaps = seen(port)
    expected = ("X25519MLKEM768", "SecP256r1MLKEM768", "x25519", "X25519Kyber768Draft00", "ffdhe2048")
    assert endpoint.groups == expected
    assert codes(endpoint, "TLSv1.3") == [0x1301, 0x1302]
    assert f"endpoints[tcp/{port}].certificate" in {gap.path for gap in gaps}


def test_shared_key_suites_are_seen_where_no_handshake_could_be_finished(pki):
    options = ("-nocert", "-psk", "0123456789abcdef", "-cipher", "PSK:@SECLEVEL=0", "-tls1_2")
    with servers.openssl_server(pki.leaf(), *options) as port:
        endpoint, gaps = seen(port)
    kinds = {suite.key_exchange for suite in endpoint.suites}
    assert kinds == {"PSK", "DHE_PSK", "ECDHE_PSK"}
    assert len(endpoint.suites) >= 20
    assert endpoint.dh_bits >= 1024
    assert f"endpoints[tcp/{port}].certificate" in {gap.path for gap in gaps}


def test_each_name_of_a_server_shows_its_own_certificate(pki, tmp_path):
    first, second = (
        pki.leaf("first", names=("one.example",)),
        pki.leaf("second", names=("*.two.example",), key="ec"),
    )
    directives = (
        "ssl_protocols TLSv1.2 TLSv1.3; server_name one.example; location /other { return 204; } }\n"
        f"server {{ listen PORT ssl; server_name .two.example; ssl_protocols TLSv1.2 TLSv1.3;"
        f" ssl_certificate {second.chain_file}; ssl_certificate_key {second.key_file};"
    )
    with servers.nginx_server(tmp_path, directives, first) as port:
        one, _ = seen(port, "one.example")
        two, _ = seen(port, "shop.two.example")
        none, _ = seen(port)
    assert (one.certificate.subject, one.name_matches) == ("CN=test first", True)
    assert (two.certificate.subject, two.name_matches) == ("CN=test second", True)
    assert (none.certificate.subject, none.name_matches) == ("CN=test first", False)
