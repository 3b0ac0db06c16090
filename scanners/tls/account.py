"""What was heard of one endpoint, told as facts; and a gap for each fact that was not learned."""

from __future__ import annotations

from scanners.tls import bearing, deeper, heard
from scanners.tls.answer import Verdict
from scanners.tls.details import Details
from scanners.tls.groups import NAMES
from scanners.tls.hello import ALPN
from scanners.tls.holes import Holes
from scanners.tls.place import NOT_PROBED, Depth, Place
from scanners.tls.plan import Sweep, Version
from scanners.tls.suites import PROTOCOLS, SSL2, TLS13, traits
from scanners.tls.talk import Talk
from scanners.tls.value import Value, field
from scanners.tls.wire import MOST_CERTIFICATES, Cursor, WireError
from scanners.unseen import UNKNOWN, PartialList, Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from typing import Any

    from scanners.tls.half import Half
    from scanners.tls.newest import Newest
    from scanners.tls.session import Sessions

    Fact = Any
    """A value, or `UNKNOWN`."""

_MOST_SUITES, _MOST_LEAVES, _MOST_AUTHORITIES = 400, 8, 100
_SHOWN = (
    *("certificate", "chain", "leaves", "trusted", "trust_problems", "name_matches", "staples"),
    *("client_certificate_requested", "client_ca_names", "public_root", "scts_in_handshake"),
    *("chain_complete", "chain_order_valid", "chain_includes_root"),
)
"""The facts that come with a certificate."""


class Miss(Value, frozen=True):
    """One fact that was not learned, and why: the fields of `scanners.facts.Gap`."""

    path: str
    reason: Reason
    detail: str


class Account(Value):
    """All that was heard, from which each fact is told once; gaps gather on the way."""

    place: Place
    talk: Talk
    found: Sweep
    at: datetime
    starttls: str = ""
    """The plain-text protocol that was upgraded."""
    plaintext: bool | None = False
    """The service goes on without the upgrade; None where it does not say."""
    holes: Holes = field(default_factory=Holes)
    details: Details = field(default_factory=Details)
    renegotiates: bool | None = None
    """A client may begin anew up to TLS 1.2."""
    tells_padding: bool | None = None
    """Spoilt records in CBC are answered differently."""
    newest: Newest | None = None
    """What TLS 1.3 showed; None without it."""
    sessions: Sessions | None = None
    """What finished handshakes brought; None if none was tried."""
    gaps: list[Miss] = field(default_factory=list)

    @property
    def halves(self) -> list[Half]:
        """Half handshakes of TLS 1.3 that showed a chain."""
        return self.newest.halves if self.newest else []

    def told(self, connections: int) -> dict[str, Fact]:
        """The endpoint: the fields of `scanners.tls.facts.Endpoint` by their names."""
        shown: dict[str, Fact] = {
            "locus": self.place.locus,
            "port": self.place.port,
            "reached": "answered",
            "server_name": self.place.server_name,
            "starttls": self.starttls,
            "starttls_offered": True,
            "plaintext_allowed": self._plaintext(),
            "observed_at": self.at,
            "connections": connections,
        }
        if not self.found.accepted:
            self.miss("", Reason.INCONCLUSIVE, f"speaks TLS, but took no hello: {self._first_words()}")
            return shown
        return shown | {
            "protocols": self._protocols(),
            "suites": self._suites(),
            "server_order": self.known(self.found.server_order, "server_order"),
            "groups": self._groups(),
            **self._ride_along(),
            "fallback_scsv": self.known(self.found.fallback_scsv, "fallback_scsv"),
            "alpn": self._alpn(),
            **self._certificates(),
            **bearing.told(self),
            **deeper.told(self),
        }

    def _plaintext(self) -> Fact:
        """Whether the service goes on without the upgrade."""
        if self.plaintext is None:
            detail = f"what {self.starttls} does without TLS cannot be told from its answers"
            return self.unknown("plaintext_allowed", Reason.INCONCLUSIVE, detail)
        return self.plaintext

    def _protocols(self) -> tuple[str, ...]:
        """Accepted versions; a part of them if one was left open."""
        names = [PROTOCOLS[number] for number in self.found.accepted]
        return self.listed(names, "protocols", [version for version in self._open() if not version.suites])

    def _suites(self) -> tuple[dict[str, Any], ...]:
        """Accepted suites by version; a part of them if one version was left open."""
        versions = [self.found.versions[number] for number in self.found.accepted]
        suites = [traits(code, version.number) for version in versions for code in version.suites]
        if len(suites) > _MOST_SUITES:
            self.miss("suites", Reason.PARTIAL, f"{len(suites)} suites are accepted")
            return PartialList(suites[:_MOST_SUITES])
        return self.listed(suites, "suites", self._open())

    def _groups(self) -> tuple[str, ...]:
        """Groups of TLS 1.3; none where there is no TLS 1.3."""
        version = self.found.versions[TLS13]
        names = [NAMES[group] for group in self.found.groups]
        doubts = [version] if version.suites and not self.found.groups_complete else []
        doubts += [version] if version.verdict in (Verdict.OPEN, Verdict.DROPPED) else []
        return self.listed(names, "groups", doubts)

    def _ride_along(self) -> dict[str, Fact]:
        """What came along with the handshakes that were made for the rest."""
        words = self.talk.heard
        return {
            "dh_bits": self._dh_bits(),
            "compression": self._settled("compression", heard.compression(words), telling=True),
            "secure_renegotiation": self._renegotiation(),
            "extended_master_secret": self._settled(
                "extended_master_secret", heard.extended_master_secret(words), telling=False
            ),
            "encrypt_then_mac": self._settled(
                "encrypt_then_mac", heard.encrypt_then_mac(words), telling=False
            ),
            "heartbeat": self._settled("heartbeat", heard.heartbeat(words), telling=True),
            "session_tickets": self._settled("session_tickets", heard.session_tickets(words), telling=True),
            "heartbleed": self._hole("heartbleed", self.holes.heartbleed),
            "ccs_injection": self._hole("ccs_injection", self.holes.ccs_injection),
            "client_renegotiation": self._hole("client_renegotiation", self.renegotiates),
            "padding_oracle": self._hole("padding_oracle", self.tells_padding),
            "robot": self._hole("robot", self.holes.robot),
            "ticketbleed": self._hole("ticketbleed", self.holes.ticketbleed),
            "downgrade_sentinel": self._settled(
                "downgrade_sentinel", heard.downgrade_sentinel(words), telling=False
            ),
            "ephemeral_key_reused": self._key_reused(),
        }

    def _settled(self, name: str, value: bool | None, *, telling: bool) -> Fact:  # noqa: FBT001 - no switch
        """A value that an open version could still change, unless it is the `telling` one."""
        if value is telling or (value is not None and not self._unsettled()):
            return value
        detail = self._doubts(self._open()) or "it could not be asked for in every version"
        return self.unknown(name, Reason.INCONCLUSIVE, detail)

    def _hole(self, name: str, value: bool | None) -> Fact:  # noqa: FBT001 - no switch
        """Whether it has an old hole; unknown where the probe for it is not sent."""
        if value is None and self.place.depth is not Depth.WHOLE:
            return self.unknown(name, Reason.NOT_COLLECTED, NOT_PROBED[self.place.depth])
        return self._settled(name, value, telling=True)

    def _dh_bits(self) -> Fact:
        """The shortest finite-field prime that was used."""
        try:
            lengths = heard.dh_lengths(self.talk.heard)
        except WireError:
            return self.unknown("dh_bits", Reason.GARBLED, "a ServerKeyExchange cannot be read")
        if not lengths and self._open():
            return self.unknown("dh_bits", Reason.INCONCLUSIVE, self._doubts(self._open()))
        return min(lengths, default=0)

    def _renegotiation(self) -> Fact:
        """Whether each version below TLS 1.3 echoes renegotiation_info; SSL 2.0 knows nothing of it."""
        value = heard.secure_renegotiation(self.talk.heard)
        return self._settled(
            "secure_renegotiation", None if self.found.accepted == [SSL2] else value, telling=False
        )

    def _key_reused(self) -> Fact:
        """Whether an ephemeral public value came twice; one alone does not tell."""
        values = heard.ephemeral_values(self.talk.heard) + [half.share for half in self.halves]
        if len(values) == 1:
            return self.unknown("ephemeral_key_reused", Reason.INCONCLUSIVE, "one key alone was seen")
        return len(set(values)) < len(values)

    def _alpn(self) -> Fact:
        """The protocol agreed on in the highest version."""
        if self.halves:
            return self.halves[0].alpn
        turned = self.found.reversed
        if turned is None or turned.hello is None or turned.hello.version == TLS13:
            return self.unknown("alpn", Reason.INCONCLUSIVE, "the handshake that asks for it did not succeed")
        named = turned.hello.extensions.get(ALPN)
        try:
            return Cursor(Cursor(named).vector(2)).vector(1).decode("ascii", "replace") if named else ""
        except WireError:
            return self.unknown("alpn", Reason.GARBLED, "the server's choice cannot be read")

    def _certificates(self) -> dict[str, Any]:
        """The chain, its leaf, and whether it is to be trusted."""
        if self.place.depth is Depth.HELLOS:
            for name in _SHOWN:
                self.miss(name, Reason.NOT_COLLECTED, NOT_PROBED[Depth.HELLOS])
            return {}
        shown = self.chains()
        if not shown:
            for name in _SHOWN:
                self.miss(name, Reason.INCONCLUSIVE, "no handshake showed a certificate")
            return {}
        # What shows no certificate need not load the library that reads them.
        from scanners.tls import certificate, chain  # noqa: PLC0415 - see above

        first = shown[0][:MOST_CERTIFICATES]
        told = [certificate.described(der) for der in first]
        leaves = [certificate.described(der) for der in dict.fromkeys(one[0] for one in shown)]
        trust = chain.trust(first, name=self.place.name, at=self.at, stores=self.place.stores)
        if trust.trusted is None:
            self.miss("trusted", Reason.TOOL_MISSING, chain.NO_STORE)
        self._miss_unread(told)
        return {
            "certificate": told[0],
            "chain": PartialList(told) if len(shown[0]) > MOST_CERTIFICATES else tuple(told),
            "leaves": PartialList(leaves[:_MOST_LEAVES]) if len(leaves) > _MOST_LEAVES else tuple(leaves),
            "trusted": UNKNOWN if trust.trusted is None else trust.trusted,
            "trust_problems": trust.problems,
            "public_root": self.known(trust.public, "public_root"),
            "scts_in_handshake": self._timestamps(),
            "name_matches": trust.name_matches,
            "staples": self._staples(certificate.staple),
            "client_certificate_requested": self._requested(),
            "client_ca_names": self._authorities(certificate.names_of_authorities),
            "chain_complete": self.known(trust.complete, "chain_complete"),
            "chain_order_valid": self.known(trust.ordered, "chain_order_valid"),
            "chain_includes_root": self.known(trust.with_root, "chain_includes_root"),
        }

    def chains(self) -> list[tuple[bytes, ...]]:
        """Every chain that was shown, those of the highest version first."""
        older = [(hello.version, answer.chain) for hello, answer in self.talk.heard if answer.chain]
        older.sort(key=lambda pair: -pair[0])
        return [half.chain for half in self.halves] + [chain for _, chain in older]

    def _staples(self, read: Callable[[bytes], dict[str, Any]]) -> tuple[dict[str, Any], ...]:
        """The OCSP answer that came along, if one did."""
        sent = [half.staple for half in self.halves] + [answer.staple for _, answer in self.talk.heard]
        return tuple(read(staple) for staple in [one for one in sent if one][:1])

    def _timestamps(self) -> bool:
        """Whether any handshake carried transparency timestamps of its own."""
        return heard.timestamps(self.talk.heard) or any(half.timestamps for half in self.halves)

    def _requested(self) -> bool:
        """Whether any handshake asked for a certificate of ours."""
        asked = [half.asks_certificate for half in self.halves]
        return any(asked) or any(answer.asks_certificate for _, answer in self.talk.heard)

    def _authorities(self, read: Callable[[bytes], tuple[str, ...]]) -> Fact:
        """The authorities whose certificates a client may show."""
        listed = [half.authorities for half in self.halves]
        listed += [answer.authorities for _, answer in self.talk.heard]
        try:
            names = tuple(dict.fromkeys(name for one in dict.fromkeys(listed) for name in read(one)))
        except WireError:
            return self.unknown("client_ca_names", Reason.GARBLED, "the list of authorities cannot be read")
        if len(names) > _MOST_AUTHORITIES:
            self.miss("client_ca_names", Reason.PARTIAL, "the server names more authorities than are kept")
            return PartialList(names[:_MOST_AUTHORITIES])
        return names

    def _open(self) -> list[Version]:
        """The versions of which not everything is known."""
        return [version for version in self.found.versions.values() if not version.complete]

    def _unsettled(self) -> bool:
        """Whether there is a version that may or may not be accepted."""
        return any(not version.suites for version in self._open())

    def listed(self, seen: Iterable[Any], name: str, doubts: list[Version]) -> tuple[Any, ...]:
        """A list that is whole, or the part of it that was seen."""
        if not doubts:
            return tuple(seen)
        self.miss(name, Reason.PARTIAL, self._doubts(doubts))
        return PartialList(seen)

    def known(self, value: bool | None, name: str) -> Fact:  # noqa: FBT001 - a value, not a switch
        """A value, or unknown with a gap."""
        if value is None:
            return self.unknown(name, Reason.INCONCLUSIVE, "the probe for it was not answered clearly")
        return value

    def unknown(self, name: str, reason: Reason, detail: str) -> Fact:
        """Unknown, with a gap."""
        self.miss(name, reason, detail)
        return UNKNOWN

    def miss(self, name: str, reason: Reason, detail: str) -> None:
        """Note a gap: in one fact of the endpoint, or in all of it."""
        path = f"endpoints[{self.place.locus}]" + (f".{name}" if name else "")
        self.gaps.append(Miss(path=path, reason=reason, detail=f"{self.place.locus}: {detail}"))

    def _miss_unread(self, told: list[Mapping[str, Any]]) -> None:
        """Note a gap where a certificate is so badly made that some of it cannot be read."""
        for number, certificate in enumerate(told):
            if any(value is UNKNOWN for value in certificate.values()):
                name = "certificate" if number == 0 else "chain"
                self.miss(name, Reason.PARTIAL, f"certificate {number} of the chain cannot all be read")

    def _doubts(self, versions: list[Version]) -> str:
        """Why these versions are not wholly known, in words."""
        return "; ".join(f"{PROTOCOLS[version.number]} {version.why}" for version in versions)

    def _first_words(self) -> str:
        """What the first answer was."""
        return self.talk.first.in_words() if self.talk.first else "nothing"
