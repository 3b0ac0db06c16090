"""What is seen of GnuTLS is what GnuTLS itself lists, where other scanners were wrong too."""

import re
import subprocess

from scanners import Means, Target
from scanners.tls.scan import TlsScanner
from tests.servers import tls as servers

PRIORITY = "NORMAL:+VERS-TLS1.0:+VERS-TLS1.1:+ARCFOUR-128:+3DES-CBC:+ANON-ECDH:+ANON-DH"
LINE = re.compile(r"^(TLS_\S+)\s+0x(..), 0x(..)\s+TLS(1\.\d)", re.MULTILINE)


def seen(port, pki):
    scanner = TlsScanner(own_roots=pki.root_file)
    facts = scanner.scan(Target(address=servers.HERE, name="localhost", ports=(port,)), Means(timeout=5))
    return facts.endpoints[0]


def listed(version):
    """The suites that GnuTLS lists for the priority and an RSA certificate, by their number."""
    command = ["gnutls-cli", "--list", "--priority", PRIORITY]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout
    fits = {
        "TLSv1.0": ("1.0",),
        "TLSv1.1": ("1.0", "1.1"),
        "TLSv1.2": ("1.0", "1.1", "1.2"),
        "TLSv1.3": ("1.3",),
    }
    return {
        int(high + low, 16)
        for name, high, low, since in LINE.findall(said)
        if "ECDSA" not in name and since in fits[version]
    }


def test_every_suite_and_group_of_gnutls_is_seen(pki, tmp_path):
    with servers.gnutls_server(tmp_path, pki.leaf(), PRIORITY) as port:
        endpoint = seen(port, pki)
    assert endpoint.protocols == ("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")
    for version in endpoint.protocols:
        assert {suite.code for suite in endpoint.suites if suite.version == version} == listed(version)
    assert len(listed("TLSv1.2")) > 20
    assert {"x448", "ffdhe2048", "ffdhe8192"} <= set(endpoint.groups)
    assert {"x25519", "x448", "secp256r1"} <= set(endpoint.groups_tls12)
    assert endpoint.trusted is True
    assert "rsa_pkcs1_sha1" in endpoint.signature_schemes_tls12


def test_the_schemes_of_tls12_are_told_beside_those_of_tls13(pki, tmp_path):
    leaves = (pki.leaf(), pki.leaf("ec", key="ec"))
    with servers.nginx_server(tmp_path, "ssl_protocols TLSv1.2 TLSv1.3;", *leaves) as port:
        endpoint = seen(port, pki)
    older = set(endpoint.signature_schemes_tls12)
    assert {"rsa_pkcs1_sha224", "ecdsa_sha224"} <= older
    assert len([name for name in older if name.startswith("rsa")]) == 7
    assert not {name for name in endpoint.signature_schemes_tls13 if "pkcs1" in name}
    assert endpoint.secure_renegotiation is True
