"""What was heard of one endpoint, told as facts; and a gap for each fact that was not learned."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanners.facts import UNKNOWN, Gap, PartialList, Reason
from scanners.tls.answer import Verdict
from scanners.tls.facts import Certificate, Endpoint, Protocol, Suite
from scanners.tls.groups import NAMES
from scanners.tls.hello import ALPN, RENEGOTIATION
from scanners.tls.plan import Sweep, Version
from scanners.tls.suites import PROTOCOLS, SSL2, TLS13, described, exchange_of
from scanners.tls.talk import Talk
from scanners.tls.wire import MOST_CERTIFICATES, Cursor, WireError, prime_bits

if TYPE_CHECKING:
    from scanners.tls.half import Half

_MOST_SUITES = 400

Fact = Any
"""A value, or `UNKNOWN`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to look, and by which name."""

    address: str
    port: int
    server_name: str = ""
    """The DNS name to send; empty for none."""
    name: str
    """The name or address that the certificate must carry."""
    stores: tuple[Path, ...]
    """PEM files of the roots that are trusted."""

    @property
    def locus(self) -> str:
        """Where it stands: tcp/443."""
        return f"tcp/{self.port}"


@dataclass(slots=True, kw_only=True)
class Account:
    """All that was heard, from which each fact is told once; gaps gather on the way."""

    place: Place
    talk: Talk
    found: Sweep
    at: datetime
    half: "Half | None" = None
    gaps: list[Gap] = field(default_factory=list)

    def endpoint(self, connections: int) -> Endpoint:
        """The endpoint as facts."""
        shown: dict[str, Any] = {
            "observed_at": self.at,
            "connections": connections,
            "server_name": self.place.server_name,
        }
        if not self.found.accepted:
            self._miss("", Reason.INCONCLUSIVE, f"speaks TLS, but took no hello: {self._first_words()}")
            return Endpoint(locus=self.place.locus, port=self.place.port, reached="answered", **shown)
        return Endpoint(
            locus=self.place.locus,
            port=self.place.port,
            reached="answered",
            **shown,
            protocols=self._protocols(),
            suites=self._suites(),
            server_order=self._known(self.found.server_order, "server_order"),
            groups=self._groups(),
            dh_bits=self._dh_bits(),
            compression=self._compression(),
            secure_renegotiation=self._renegotiation(),
            fallback_scsv=self._known(self.found.fallback_scsv, "fallback_scsv"),
            alpn=self._alpn(),
            **self._certificates(),
        )

    def _protocols(self) -> tuple[Protocol, ...]:
        """Accepted versions; a part of them if one was left open."""
        names = [PROTOCOLS[number] for number in self.found.accepted]
        return self._list(names, "protocols", [version for version in self._open() if not version.suites])

    def _suites(self) -> tuple[Suite, ...]:
        """Accepted suites by version; a part of them if one version was left open."""
        versions = [self.found.versions[number] for number in self.found.accepted]
        suites = [described(code, version.number) for version in versions for code in version.suites]
        if len(suites) > _MOST_SUITES:
            self._miss("suites", Reason.PARTIAL, f"{len(suites)} suites are accepted")
            return PartialList(suites[:_MOST_SUITES])
        return self._list(suites, "suites", self._open())

    def _groups(self) -> tuple[str, ...]:
        """Groups of TLS 1.3; none where there is no TLS 1.3."""
        version = self.found.versions[TLS13]
        names = [NAMES[group] for group in self.found.groups]
        doubts = [version] if version.suites and not self.found.groups_complete else []
        doubts += [version] if version.verdict in (Verdict.OPEN, Verdict.DROPPED) else []
        return self._list(names, "groups", doubts)

    def _dh_bits(self) -> Fact:
        """The shortest finite-field prime that was used."""
        lengths = []
        for _, answer in self.talk.heard:
            exchange = exchange_of(answer.hello.suite) if answer.hello else "any"
            if exchange in ("DHE", "DHE_PSK") and answer.key_exchange:
                try:
                    lengths.append(prime_bits(answer.key_exchange, hinted=exchange == "DHE_PSK"))
                except WireError:
                    return self._unknown("dh_bits", Reason.GARBLED, "a ServerKeyExchange cannot be read")
        if not lengths and self._open():
            return self._unknown("dh_bits", Reason.INCONCLUSIVE, self._doubts(self._open()))
        return min(lengths, default=0)

    def _compression(self) -> Fact:
        """Whether compression was chosen in any version that has it."""
        older = [
            (hello, answer.hello)
            for hello, answer in self.talk.heard
            if answer.hello and SSL2 < hello.version < TLS13
        ]
        if any(chosen.compression for _, chosen in older):
            return True
        asked = {hello.version for hello, _ in older if hello.extras}
        if asked >= {hello.version for hello, _ in older} and not self._unsettled():
            return False
        return self._unknown("compression", Reason.INCONCLUSIVE, "it could not be offered in every version")

    def _renegotiation(self) -> Fact:
        """Whether each version below TLS 1.3 echoes renegotiation_info."""
        older = {
            number: RENEGOTIATION in answer.hello.extensions
            for number in self.found.accepted
            for hello, answer in self.talk.heard
            if answer.hello and SSL2 < hello.version == number < TLS13
        }
        if not all(older.values()):
            return False
        if self._unsettled() or self.found.accepted == [SSL2]:
            return self._unknown("secure_renegotiation", Reason.INCONCLUSIVE, self._doubts(self._open()))
        return True

    def _alpn(self) -> Fact:
        """The protocol agreed on in the highest version."""
        if self.half:
            return self.half.alpn
        turned = self.found.reversed
        if turned is None or turned.hello is None or turned.hello.version == TLS13:
            return self._unknown(
                "alpn", Reason.INCONCLUSIVE, "the handshake that asks for it did not succeed"
            )
        named = turned.hello.extensions.get(ALPN)
        try:
            return Cursor(Cursor(named).vector(2)).vector(1).decode("ascii", "replace") if named else ""
        except WireError:
            return self._unknown("alpn", Reason.GARBLED, "the server's choice cannot be read")

    def _certificates(self) -> dict[str, Any]:
        """The chain, its leaf, and whether it is to be trusted."""
        shown = self.half.chain if self.half else self._older_chain()
        if not shown:
            for name in ("certificate", "chain", "trusted", "trust_problems", "name_matches"):
                self._miss(name, Reason.INCONCLUSIVE, "no handshake showed a certificate")
            return {}
        # What shows no certificate need not load the library that reads them.
        from scanners.tls import certificate, chain  # noqa: PLC0415 - see above

        told = [certificate.described(der) for der in shown[:MOST_CERTIFICATES]]
        trust = chain.trust(
            shown[:MOST_CERTIFICATES], name=self.place.name, at=self.at, stores=self.place.stores
        )
        if trust.trusted is None:
            self._miss("trusted", Reason.TOOL_MISSING, chain.NO_STORE)
        self._miss_unread(told)
        return {
            "certificate": told[0],
            "chain": PartialList(told) if len(shown) > MOST_CERTIFICATES else tuple(told),
            "trusted": UNKNOWN if trust.trusted is None else trust.trusted,
            "trust_problems": trust.problems,
            "name_matches": trust.name_matches,
        }

    def _older_chain(self) -> tuple[bytes, ...]:
        """The chain as it was sent in plain text by the highest version up to TLS 1.2 that sent one."""
        chains = [(hello.version, answer.chain) for hello, answer in self.talk.heard if answer.chain]
        return max(chains, key=lambda pair: pair[0])[1] if chains else ()

    def _open(self) -> list[Version]:
        """The versions of which not everything is known."""
        return [version for version in self.found.versions.values() if not version.complete]

    def _unsettled(self) -> bool:
        """Whether there is a version that may or may not be accepted."""
        return any(not version.suites for version in self._open())

    def _list(self, seen: Iterable[Any], name: str, doubts: list[Version]) -> tuple[Any, ...]:
        """A list that is whole, or the part of it that was seen."""
        if not doubts:
            return tuple(seen)
        self._miss(name, Reason.PARTIAL, self._doubts(doubts))
        return PartialList(seen)

    def _known(self, value: bool | None, name: str) -> Fact:  # noqa: FBT001 - a value, not a switch
        """A value, or unknown with a gap."""
        if value is None:
            return self._unknown(name, Reason.INCONCLUSIVE, "the probe for it was not answered clearly")
        return value

    def _unknown(self, name: str, reason: Reason, detail: str) -> Fact:
        """Unknown, with a gap."""
        self._miss(name, reason, detail)
        return UNKNOWN

    def _miss(self, name: str, reason: Reason, detail: str) -> None:
        """Note a gap: in one fact of the endpoint, or in all of it."""
        path = f"endpoints[{self.place.locus}]" + (f".{name}" if name else "")
        self.gaps.append(Gap(path=path, reason=reason, detail=f"{self.place.locus}: {detail}"))

    def _miss_unread(self, told: list[Certificate]) -> None:
        """Note a gap where a certificate is so badly made that some of it cannot be read."""
        for number, certificate in enumerate(told):
            if any(getattr(certificate, name) is UNKNOWN for name in certificate.__struct_fields__):
                name = "certificate" if number == 0 else "chain"
                self._miss(name, Reason.PARTIAL, f"certificate {number} of the chain cannot all be read")

    def _doubts(self, versions: list[Version]) -> str:
        """Why these versions are not wholly known, in words."""
        return "; ".join(f"{PROTOCOLS[version.number]} {version.why}" for version in versions)

    def _first_words(self) -> str:
        """What the first answer was."""
        return self.talk.first.in_words() if self.talk.first else "nothing"
