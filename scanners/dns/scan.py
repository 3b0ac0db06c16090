"""What the DNS says of a host's zone: mail policies, who may issue certificates, signatures, transfers.

Asked are the resolver and, for a zone transfer, the host itself; nobody else's name servers.
"""

import base64
import ipaddress
import time
from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.flags
import dns.name
import dns.nameserver
import dns.query
import dns.rdatatype
import dns.resolver
import dns.zone
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from scanners import Garbled, Means, Need, Target, TimedOut, Unreachable
from scanners.dns.facts import DkimKey, DnsFacts, Domain
from scanners.facts import UNKNOWN, Gap, Reason, Unknown
from scanners.kit.rounds import clean

SELECTORS = ("default", "dkim", "google", "k1", "mail", "s1", "s2", "selector1", "selector2")
"""Names under which DKIM keys are usually kept; nobody can list the others."""

_LONGEST = 512
_MOST_SPF, _MOST_CAA = 8, 32
_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsScanner:
    """The DNS as a stranger sees it."""

    name: str = "dns"
    facts: type[DnsFacts] = DnsFacts
    need: Need = Need.NETWORK
    selectors: tuple[str, ...] = SELECTORS
    transfer_port: int = 53

    def scan(self, target: Target, means: Means) -> DnsFacts:
        """The zone of the target's name; raises `ScanError` if the resolver does not answer."""
        name = target.name.rstrip(".")
        if "." not in name or _is_address(name):
            return DnsFacts(domains=())
        look = _Look(resolver=_resolver(means), ends=time.monotonic() + means.deadline, gaps=[])
        host, zone = dns.name.from_text(name), look.zone_of(name)
        text = zone.to_text(omit_final_dot=True)
        locus = f"dns/{text}"
        spf = look.texts(zone, "spf", "v=spf1")
        dmarc = look.texts(dns.name.from_text("_dmarc", zone), "dmarc", "v=DMARC1")
        domain = Domain(
            locus=locus,
            name=text,
            spf=spf,
            dmarc=dmarc,
            dmarc_policy=_policy(dmarc),
            dkim=look.keys(zone, self.selectors),
            caa=look.issuers(zone),
            signed=look.is_signed(zone),
            transfer=look.gives_zone(zone, host, self._transfer_port(target), means.spared_ports),
            private_addresses=look.private(host),
        )
        gaps = tuple(
            Gap(path=f"domains[{locus}].{field}", reason=Reason.INCONCLUSIVE, detail=why)
            for field, why in look.gaps
        )
        return DnsFacts(domains=(domain,), gaps=gaps)

    def _transfer_port(self, target: Target) -> int | None:
        """Where the host itself is asked for the zone; None where nothing of the kind is open."""
        closed = target.open_ports is not None and self.transfer_port not in target.open_ports
        return None if closed else self.transfer_port


SCANNER = DnsScanner()


class _NotTold(Exception):
    """A question without an answer, so that nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """The questions about one zone; what is not answered is UNKNOWN, and noted."""

    resolver: dns.resolver.Resolver
    ends: float
    gaps: list[tuple[str, str]]

    def zone_of(self, name: str) -> dns.name.Name:
        """The zone that a name stands in; raises if the resolver does not answer."""
        try:
            return dns.resolver.zone_for_name(name, resolver=self.resolver, lifetime=self._seconds())
        except dns.resolver.NoRootSOA as error:
            raise Garbled("the resolver knows no zone at all") from error
        except dns.exception.Timeout as error:
            raise TimedOut("the resolver did not answer in time") from error
        except (dns.exception.DNSException, OSError) as error:
            raise Unreachable(f"the resolver did not answer: {clean(str(error))}") from error

    def records(self, name: dns.name.Name, kind: str) -> list[str]:
        """The records of one kind, as text; none if there are none. Raises `_NotTold`."""
        try:
            return [each.to_text() for each in self.resolver.resolve(name, kind, lifetime=self._seconds())]
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise _NotTold(clean(f"{kind} of {name}: {error}")) from error

    def texts(self, name: dns.name.Name, field: str, start: str) -> tuple[str, ...]:
        """The TXT records that begin so."""
        try:
            found = [_unquoted(text) for text in self.records(name, "TXT")]
        except _NotTold as error:
            return self._unknown(field, error)
        return tuple(clean(each, _LONGEST) for each in found if each.lower().startswith(start.lower()))[
            :_MOST_SPF
        ]

    def keys(self, zone: dns.name.Name, selectors: tuple[str, ...]) -> tuple[DkimKey, ...]:
        """The DKIM keys under these selectors."""
        try:
            found = [
                DkimKey(locus=selector, rsa_bits=_rsa_bits(_unquoted(text)))
                for selector in selectors
                for text in self.records(dns.name.from_text(f"{selector}._domainkey", zone), "TXT")
                if "p=" in text
            ]
        except _NotTold as error:
            return self._unknown("dkim", error)
        return tuple(found[: len(SELECTORS)])

    def issuers(self, zone: dns.name.Name) -> tuple[str, ...]:
        """Who may issue certificates: tag and value."""
        try:
            found = [text.split(None, 2)[1:] for text in self.records(zone, "CAA")]
        except _NotTold as error:
            return self._unknown("caa", error)
        return tuple(clean(" ".join(each).replace('"', "")) for each in found)[:_MOST_CAA]

    def is_signed(self, zone: dns.name.Name) -> bool:
        """Whether the zone has keys and its parent vouches for one."""
        try:
            return bool(self.records(zone, "DNSKEY")) and bool(self.records(zone, "DS"))
        except _NotTold as error:
            self.note("signed", error)
            unknown: bool = UNKNOWN
            return unknown

    def private(self, host: dns.name.Name) -> tuple[str, ...]:
        """The private addresses that a name has."""
        try:
            found = [each for kind in ("A", "AAAA") for each in self.records(host, kind)]
        except _NotTold as error:
            return self._unknown("private_addresses", error)
        return tuple(each for each in found if any(ipaddress.ip_address(each) in net for net in _PRIVATE))

    def gives_zone(
        self, zone: dns.name.Name, host: dns.name.Name, port: int | None, spared: frozenset[int]
    ) -> bool:
        """Whether the host itself hands the zone over; the zone's other name servers are not asked."""
        if port is None:
            return False
        try:
            if port in spared:
                raise _NotTold(f"tcp/{port} was spared, as told")  # noqa: TRY301 (it is one of those below)
            addresses = self.records(host, "A") or self.records(host, "AAAA")
            if not addresses:
                return False
            seconds = self._seconds()
            messages = dns.query.xfr(addresses[0], zone, port=port, timeout=seconds, lifetime=seconds)
            return any(message.answer for message in messages)
        except (dns.query.TransferError, dns.exception.FormError, ConnectionRefusedError, EOFError):
            return False
        except (_NotTold, dns.exception.DNSException, OSError) as error:
            self.note("transfer", error)
            unknown: bool = UNKNOWN
            return unknown

    def _unknown(self, field: str, why: Exception) -> tuple[Any, ...]:
        """A list that is not known, and a note that says why."""
        self.note(field, why)
        unknown: tuple[Any, ...] = UNKNOWN
        return unknown

    def note(self, field: str, why: Exception) -> None:
        """Remember why a fact is not known."""
        self.gaps.append((field, clean(str(why) or type(why).__name__)))

    def _seconds(self) -> float:
        return max(0.01, min(self.resolver.lifetime, self.ends - time.monotonic()))


def _resolver(means: Means) -> dns.resolver.Resolver:
    """The resolvers that were given, or this system's; raises `Unreachable` if there is none."""
    try:
        resolver = dns.resolver.Resolver(configure=not means.resolvers)
    except dns.resolver.NoResolverConfiguration as error:
        raise Unreachable("no resolver is set up on this system, and none was given") from error
    if means.resolvers:
        resolver.nameservers = [_server(each) for each in means.resolvers]
    resolver.lifetime = means.timeout
    return resolver


def _server(text: str) -> dns.nameserver.Do53Nameserver:
    """A resolver's address and port; raises `Unreachable` for what is none."""
    address, _, port = text.rpartition(":") if text.count(":") == 1 or "]:" in text else (text, "", "53")
    address = address.strip("[]")
    if not _is_address(address) or not port.isdigit():
        raise Unreachable(f"{ascii(text)[:80]} is no resolver's address")
    return dns.nameserver.Do53Nameserver(address, int(port))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _unquoted(text: str) -> str:
    """A TXT record's pieces as one text (RFC 7208 s3.3)."""
    return text.strip('"').replace('" "', "").replace('\\"', '"')


def _policy(dmarc: tuple[str, ...] | Unknown) -> str:
    """What the one policy asks for; empty if there is none, more than one, or it does not say."""
    if isinstance(dmarc, Unknown):
        unknown: str = UNKNOWN
        return unknown
    if len(dmarc) != 1:
        return ""
    tags = (tag.partition("=") for tag in dmarc[0].split(";"))
    return next((clean(value.lower(), 20) for name, _, value in tags if name.strip().lower() == "p"), "")


def _rsa_bits(record: str) -> int:
    """The length of the RSA key in a DKIM record; 0 for another kind and for a revoked one."""
    tags = {
        name.strip(): value.strip() for name, _, value in (tag.partition("=") for tag in record.split(";"))
    }
    try:
        key = load_der_public_key(base64.b64decode(tags.get("p", "").replace(" ", "")))
    except (ValueError, UnsupportedAlgorithm):
        return 0
    return key.key_size if isinstance(key, RSAPublicKey) else 0
