"""Servers that tell one spoilt record from another are found out, and sound ones are not accused."""

import pytest

from scanners import UNKNOWN, Means, Pace, Target
from scanners.tls.scan import TlsScanner
from tests.servers import tls as servers

NAME = "www.parking.example"


def look(port, pki, pace=Pace.NORMAL):
    scanner = TlsScanner(own_roots=pki.root_file)
    means = Means(timeout=2, deadline=120, pace=pace)
    facts = scanner.scan(Target(address=servers.HERE, name=NAME, ports=(port,)), means)
    gaps = {gap.path.split(".")[-1]: gap for gap in facts.gaps}
    return facts.endpoints[0].padding_oracle, gaps.get("padding_oracle")


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_1", "-tls1"])
@pytest.mark.parametrize("suite", ["ECDHE-RSA-AES128-SHA", "AES256-SHA"])
def test_a_sound_server_answers_every_spoilt_record_alike(pki, version, suite):
    with servers.openssl_server(pki.leaf(), version, "-cipher", f"{suite}:@SECLEVEL=0") as port:
        assert look(port, pki) == (False, None)


def test_nginx_and_gnutls_answer_alike(pki, tmp_path):
    with servers.nginx_server(
        tmp_path, "ssl_protocols TLSv1.2; ssl_ciphers AES128-SHA256;", pki.leaf()
    ) as port:
        assert look(port, pki) == (False, None)
    with servers.gnutls_server(tmp_path, pki.leaf(), "NORMAL:-VERS-TLS1.3") as port:
        assert look(port, pki) == (False, None)


@pytest.mark.parametrize("fault", ["telling", "careless"])
@pytest.mark.parametrize("highest", ["3.1", "3.3"])
def test_a_server_that_tells_records_apart_is_found_out(pki, fault, highest):
    with servers.tlslite_server(pki.leaf(), lowest="3.1", highest=highest, fault=fault) as port:
        assert look(port, pki) == (True, None)


@pytest.mark.parametrize("options", [("-tls1_3",), ("-tls1_2", "-cipher", "AES128-GCM-SHA256")])
def test_without_cbc_there_is_no_padding(pki, options):
    with servers.openssl_server(pki.leaf(), *options) as port:
        assert look(port, pki) == (False, None)


def test_a_suite_that_cannot_be_followed_says_nothing(pki):
    with servers.openssl_server(pki.leaf(), "-tls1_2", "-cipher", "CAMELLIA128-SHA") as port:
        told, gap = look(port, pki)
    assert (told, gap.reason) == (UNKNOWN, "inconclusive")


def test_a_fragile_device_is_not_sent_spoilt_records(pki):
    with servers.openssl_server(pki.leaf(), "-tls1_2", "-cipher", "AES128-SHA") as port:
        told, gap = look(port, pki, Pace.GENTLE)
    assert (told, gap.reason) == (UNKNOWN, "not-collected")
