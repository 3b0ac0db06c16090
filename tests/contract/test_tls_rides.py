"""What rides along with the handshakes: echoes, staples, certificate requests, both kinds of certificate."""

import pytest

from scanners import Means, Target
from scanners.tls.scan import TlsScanner
from tests.contract.test_tls_servers import UNFINISHED
from tests.servers import tls as servers
from tests.servers.pki import ocsp_answer

NAME = "www.parking.example"


def seen(port, pki, *, unfinished=frozenset()):
    scanner = TlsScanner(own_roots=pki.root_file)
    facts = scanner.scan(Target(address=servers.HERE, name=NAME, ports=(port,)), Means(timeout=5))
    assert {gap.path.split(".")[-1] for gap in facts.gaps} <= unfinished
    return facts.endpoints[0]


def test_a_sound_server_echoes_what_it_should(pki, tmp_path):
    directives = "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA;"
    with servers.nginx_server(tmp_path, directives, pki.leaf()) as port:
        endpoint = seen(port, pki)
    assert endpoint.extended_master_secret is True
    assert endpoint.encrypt_then_mac is True
    assert endpoint.downgrade_sentinel is True
    assert endpoint.heartbeat is False
    assert endpoint.ephemeral_key_reused is False
    assert endpoint.client_certificate_requested is False
    assert endpoint.staples == ()


def test_a_server_without_the_extended_master_secret_is_found_out(pki):
    with servers.tlslite_server(pki.leaf(), highest="3.1", plain=True) as port:
        endpoint = seen(port, pki)
    assert endpoint.extended_master_secret is False
    assert endpoint.encrypt_then_mac is False


@pytest.mark.parametrize("tickets", ["on", "off"])
def test_session_tickets_are_seen_as_configured(pki, tmp_path, tickets):
    directives = f"ssl_protocols TLSv1.2; ssl_session_tickets {tickets};"
    with servers.nginx_server(tmp_path, directives, pki.leaf()) as port:
        assert seen(port, pki).session_tickets is (tickets == "on")


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_request_for_a_client_certificate_is_seen(pki, version):
    with servers.openssl_server(pki.leaf(), version, "-Verify", "1", "-CAfile", str(pki.root_file)) as port:
        assert seen(port, pki, unfinished=UNFINISHED).client_certificate_requested is True


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("revoked", [False, True])
def test_a_stapled_answer_is_read(pki, tmp_path, version, revoked):
    leaf = pki.leaf("stapled", must_staple=True)
    staple = ocsp_answer(tmp_path, leaf, pki.intermediate, revoked=revoked)
    with servers.openssl_server(leaf, version, "-status_file", str(staple)) as port:
        endpoint = seen(port, pki)
    assert endpoint.certificate.must_staple is True
    (told,) = endpoint.staples
    assert told.status == ("revoked" if revoked else "good")
    assert told.this_update < endpoint.observed_at < told.next_update


@pytest.mark.parametrize("protocols", ["TLSv1.2", "TLSv1.2 TLSv1.3", "TLSv1.3"])
def test_both_certificates_of_a_server_are_seen(pki, tmp_path, protocols):
    leaves = (pki.leaf(), pki.leaf("ec", key="ec"))
    with servers.nginx_server(tmp_path, f"ssl_protocols {protocols};", *leaves) as port:
        endpoint = seen(port, pki)
    assert {leaf.key_type for leaf in endpoint.leaves} == {"RSA", "EC"}
    assert endpoint.leaves[0] == endpoint.certificate


def test_a_certificate_tells_what_it_is_for(pki):
    with servers.openssl_server(pki.leaf(), "-tls1_3") as port:
        leaf, intermediate = seen(port, pki).chain
    assert leaf.key_usage == ("digitalSignature", "keyEncipherment")
    assert leaf.extended_key_usage == ("1.3.6.1.5.5.7.3.1",)
    assert intermediate.key_usage == ("digitalSignature", "keyCertSign", "cRLSign")
    assert intermediate.is_ca is True
    assert leaf.rsa_exponent == 65537
    assert 61 <= leaf.lifetime_days < 61.01
    assert (leaf.must_staple, leaf.scts, leaf.ocsp_urls) == (False, 0, ())
    assert len(leaf.spki_sha256) == 64
