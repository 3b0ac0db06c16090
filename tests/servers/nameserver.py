"""A real authoritative name server on loopback, over UDP and TCP, for one zone and the root above it."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone

from tests.servers.tls import HERE

_ROOT = dns.zone.from_text("@ 60 SOA a. b. 1 60 60 60 60\n@ 60 NS a.\n", origin=".", relativize=False)


@contextlib.contextmanager
def name_server(
    zone_text: str, origin: str, *, gives_zone: bool = False, refuses: tuple[str, ...] = ()
) -> Iterator[int]:
    """Answers for the zone, with SERVFAIL for kinds that it `refuses`: its port, the same for UDP and TCP."""
    zone = dns.zone.from_text(zone_text, origin=origin, relativize=False)

    def answer(query: dns.message.Message) -> dns.message.Message:
        asked = query.question[0]
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA | dns.flags.RA
        kind = dns.rdatatype.to_text(asked.rdtype)
        if kind in refuses or (kind == "AXFR" and not gives_zone):
            reply.set_rcode(dns.rcode.SERVFAIL if kind in refuses else dns.rcode.REFUSED)
        elif kind == "AXFR":
            soa = zone.find_rrset(zone.origin, "SOA")
            others = [
                dns.rrset.from_rdata_list(n, d.ttl, d) for n, d in zone.iterate_rdatasets() if d.rdtype != 6
            ]
            reply.answer.extend([soa, *others, soa])
        else:
            _look_up(zone if asked.name.is_subdomain(zone.origin) else _ROOT, asked, reply)
        return reply

    with contextlib.ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server((HERE, 0)))
        port = tcp.getsockname()[1]
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind((HERE, port))
        stop = threading.Event()
        threads = [
            threading.Thread(target=serve, args=(sock, answer, stop))
            for sock, serve in ((udp, _serve_udp), (tcp, _serve_tcp))
        ]
        for sock in (udp, tcp):
            sock.settimeout(0.05)
        for thread in threads:
            thread.start()
        try:
            yield port
        finally:
            stop.set()
            for thread in threads:
                thread.join(5)


def _look_up(zone, asked, reply):
    found = zone.get_rrset(asked.name, asked.rdtype)
    if found is not None:
        reply.answer.append(found)
        return
    reply.authority.append(zone.find_rrset(zone.origin, "SOA"))
    if zone.get_node(asked.name) is None:
        reply.set_rcode(dns.rcode.NXDOMAIN)


def _serve_udp(sock, answer, stop):
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            data, sender = sock.recvfrom(4096)
            sock.sendto(answer(dns.message.from_wire(data)).to_wire(), sender)


def _serve_tcp(sock, answer, stop):
    while not stop.is_set():
        with contextlib.suppress(OSError):
            client, _ = sock.accept()
            with client:
                client.settimeout(2)
                (length,) = struct.unpack("!H", client.recv(2))
                reply = answer(dns.message.from_wire(client.recv(length))).to_wire()
                client.sendall(struct.pack("!H", len(reply)) + reply)
