"""The load that the policy engine is measured on: hosts, their facts, and 300 rules of six kinds."""

import random
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Struct

from scanners.facts import UNKNOWN, Facts, about

NOW = datetime(2026, 10, 1, tzinfo=UTC)
ROLES = ("web", "db", "payment-terminal", "kiosk", "barrier", "office")
ZONES = ("cde", "corp", "dmz")
KEYS = tuple(f"key{number}" for number in range(20))
SERVICES = (*(f"unit{number}" for number in range(38)), "auditd", "rsyslog")


class Listener(Struct, frozen=True, kw_only=True):
    """One listening socket."""

    locus: str
    addr: str = UNKNOWN
    port: int = UNKNOWN


class Certificate(Struct, frozen=True, kw_only=True):
    """One certificate."""

    subject: str = UNKNOWN
    not_after: datetime = UNKNOWN


class Endpoint(Struct, frozen=True, kw_only=True):
    """One TLS endpoint."""

    locus: str
    port: int = UNKNOWN
    protocols: Annotated[tuple[str, ...], about("x", max_items=6)] = UNKNOWN
    cert: Certificate = UNKNOWN


class Flaw(Struct, frozen=True, kw_only=True):
    """One vulnerability."""

    id: str
    cvss: float = UNKNOWN
    published: datetime = UNKNOWN


class Package(Struct, frozen=True, kw_only=True):
    """One installed package."""

    locus: str
    version: str = UNKNOWN
    vulns: Annotated[tuple[Flaw, ...], about("x", max_items=20)] = ()


class Service(Struct, frozen=True, kw_only=True):
    """One service."""

    enabled: bool = UNKNOWN
    active: bool = UNKNOWN


class LogTarget(Struct, frozen=True, kw_only=True):
    """Where logs go."""

    host: str
    protocol: Literal["tls", "tcp", "udp"] = UNKNOWN


Sshd = msgspec.defstruct("Sshd", [(key, str, UNKNOWN) for key in KEYS], frozen=True, kw_only=True)
Seen = msgspec.defstruct(
    "Seen",
    [
        ("listeners", Annotated[tuple[Listener, ...], about("x", max_items=500)], UNKNOWN),
        ("tls", Annotated[tuple[Endpoint, ...], about("x", max_items=500)], UNKNOWN),
        ("packages", Annotated[tuple[Package, ...], about("x", max_items=20000)], UNKNOWN),
        ("sshd", Sshd, UNKNOWN),
        (
            "services",
            Annotated[dict[str, Service], about("x", absent={"enabled": False, "active": False})],
            UNKNOWN,
        ),
        ("log_targets", Annotated[tuple[LogTarget, ...], about("x", max_items=50)], UNKNOWN),
    ],
    bases=(Facts,),
    frozen=True,
    kw_only=True,
)


def host_facts(seed: int) -> dict[str, object]:
    """The facts of one made-up host as plain data; one in fifty lacks something."""
    chance = random.Random(seed)
    facts: dict[str, object] = {
        "listeners": [_listener(chance, number) for number in range(12)],
        "tls": [_endpoint(chance, number) for number in range(3)],
        "packages": [_package(chance, number) for number in range(200)],
        "sshd": {key: "yes" if chance.random() < 0.02 else "no" for key in KEYS},
        "services": {
            name: {"enabled": chance.random() < 0.97, "active": chance.random() < 0.97} for name in SERVICES
        },
        "log_targets": [{"host": f"log{n}", "protocol": chance.choice(("tls", "tcp"))} for n in range(2)],
    }
    if seed % 50 == 0:
        del facts["sshd"][chance.choice(KEYS)]
        del facts["tls"][0]["cert"]
    return facts


def _listener(chance, number):
    addr = "0.0.0.0" if chance.random() < 0.13 else "10.0.0.1"
    port = chance.choice((22, 80, 443, 5432, 8080))
    return {"locus": f"listener/{number}", "addr": addr, "port": port}


def _endpoint(chance, number):
    old = ["TLSv1.1"] if chance.random() < 0.05 else []
    left = timedelta(days=chance.randrange(5, 400))
    cert = {"subject": f"CN=host{number}.example", "not_after": (NOW + left).isoformat()}
    port = 8440 + number
    return {"locus": f"tcp/{port}", "port": port, "protocols": [*old, "TLSv1.2", "TLSv1.3"], "cert": cert}


def _package(chance, number):
    found = {"locus": f"package/p{number}", "version": f"1.{number}.{chance.randrange(9)}-1+deb12u1"}
    if chance.random() < 0.05:
        published = NOW - timedelta(days=chance.randrange(1, 60))
        cvss = chance.choice((5.0, 7.5, 9.8))
        found["vulns"] = [{"id": f"CVE-2026-{number}", "cvss": cvss, "published": published.isoformat()}]
    return found


HEAD = "format: rules/v1\npack: load\nversion: 1.0.0\nrules:\n"
RULE = """
  - id: {id}
    title: It is as it should be, number {id}
    severity: high
    references: {{pci-dss-4.0.1: ["2.2.1"]}}
    rationale: |
      A sentence or two that says
      why it matters.
    remediation: |
      Set it right and restart what must be restarted.
    tests:
      - {{name: good, host: {{zone: cde, seen: {{}}}}, expect: unknown, unknown: [host.seen]}}
      - {{name: bad, host: {{zone: corp, seen: {{}}}}, expect: unknown, unknown: [host.seen]}}
"""


def rules() -> str:
    """Three hundred rules: 200 of the host, 40 of listeners, 45 of TLS, 14 of a role, one of packages."""
    parts = [HEAD]
    parts += [_setting(n) for n in range(200)]
    parts += [_listeners(n) for n in range(40)]
    parts += [_protocols(n) for n in range(25)]
    parts += [_expiry(n) for n in range(20)]
    parts += [_role(n) for n in range(14)]
    parts.append(_packages())
    return "".join(parts)


def _rule(name, lines, message):
    return RULE.format(id=name) + "".join(f"    {line}\n" for line in [*lines, f'message: "{message}"'])


def _setting(number):
    path = f"host.seen.sshd.key{number % 20}"
    return _rule(f"host-{number}", [f"require: {path} == 'no'"], f"it is {{{path}}}")


def _listeners(number):
    allowed = {role: [22, 80, 443, 5432][: 1 + (number + index) % 4] for index, role in enumerate(ROLES)}
    default = msgspec.json.encode(allowed).decode()
    return _rule(
        f"listener-{number}",
        [
            "for_each: {l: host.seen.listeners}",
            f"params: {{allowed: {{type: 'map<string, list<int>>', default: {default}}}}}",
            "require: \"!(l.addr in ['0.0.0.0', '::']) || l.port in params.allowed[?host.role].orValue([])\"",
        ],
        "{l.addr}:{l.port} is open to everybody",
    )


def _protocols(number):
    return _rule(
        f"tls-{number}",
        [
            "applies: host.zone == 'cde'",
            "for_each: {e: host.seen.tls}",
            "require: e.protocols.all(p, p in ['TLSv1.2', 'TLSv1.3'])",
        ],
        "{e.locus} offers {e.protocols}",
    )


def _expiry(number):
    return _rule(
        f"cert-{number}",
        ["for_each: {e: host.seen.tls}", f"require: e.cert.not_after - now > duration('{720 + number}h')"],
        "{e.cert.subject} ends at {e.cert.not_after}",
    )


def _role(number):
    terms = [
        "host.seen.services['auditd'].enabled",
        "host.seen.services['auditd'].active",
        f"host.seen.services['unit{number}'].active",
        "host.seen.log_targets.exists(t, t.protocol == 'tls')",
    ]
    lines = ["applies: host.role == 'payment-terminal'", f"require: {' && '.join(terms)}"]
    return _rule(f"role-{number}", lines, "logs do not leave the host")


def _packages():
    return _rule(
        "packages",
        [
            "for_each: {p: host.seen.packages}",
            "require: \"!p.vulns.exists(v, v.cvss >= 7.0 && now - v.published > duration('720h'))\"",
        ],
        "{p.locus} {p.version} has old flaws",
    )
