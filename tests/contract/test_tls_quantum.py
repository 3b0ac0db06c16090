"""A real server with ML-KEM (OpenSSL 3.5 or newer, by pyOpenSSL) shows its hybrid groups to the scanner."""

import contextlib
import socket
import threading

import pytest
from OpenSSL import SSL

from scanners import Means, Target
from scanners.tls.scan import TlsScanner
from tests.servers.tls import HERE, bad_server


@contextlib.contextmanager
def openssl_server(identity):
    """A server with this library's own choice of groups: its port."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate_chain_file(str(identity.chain_file))
    context.use_privatekey_file(str(identity.key_file))

    def say(sock: socket.socket, _stop: threading.Event) -> None:
        sock.settimeout(None)
        line = SSL.Connection(context, sock)
        line.set_accept_state()
        with contextlib.suppress(SSL.Error, OSError):
            line.do_handshake()
            while line.recv(4096):
                pass

    with bad_server(say) as port:
        yield port


@pytest.fixture(scope="module")
def endpoint(pki):
    with openssl_server(pki.leaf()) as port:
        facts = TlsScanner().scan(Target(address=HERE, ports=(port,)), Means(timeout=5.0))
    (found,) = facts.endpoints
    return found


def test_the_hybrid_group_is_seen_on_a_real_server(endpoint):
    assert "TLSv1.3" in endpoint.protocols
    assert "X25519MLKEM768" in endpoint.groups


def test_the_other_groups_are_seen_beside_it(endpoint):
    assert {"x25519", "secp256r1", "secp384r1"} <= set(endpoint.groups)


def test_the_handshake_of_a_server_that_prefers_the_hybrid_shows_its_certificate(endpoint):
    assert endpoint.reached == "answered"
    assert endpoint.certificate.spki_sha256
