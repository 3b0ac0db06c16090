"""A sample scan: a small parking business with everything a report must be able to say."""

from datetime import UTC, datetime, timedelta
from itertools import cycle, islice

from compliance.model.framework import (
    Assessment,
    Claim,
    Control,
    ControlStatus,
    EvidenceKind,
    Framework,
    Group,
    Status,
    Verifiable,
)
from compliance.model.host import Address, Host, Scope
from compliance.model.observation import NotSeen, Observation, Seen, Task
from compliance.model.result import Evidence, Result, Verdict
from compliance.model.rule import Rule, Severity
from compliance.model.scan import Scan
from scanners import Facts, Gap, Reason

STARTED = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SCANNERS = ("config", "packages", "ports", "tls")

_HOSTS = (
    ("gate-entry-1.north.example", "192.0.2.11", "Northgate", "cde", "entry kiosk"),
    ("gate-exit-1.north.example", "192.0.2.12", "Northgate", "cde", "exit kiosk"),
    ("pay-station-2.north.example", "192.0.2.21", "Northgate", "cde", "pay station"),
    ("plates-db.central.example", "192.0.2.40", "Central", "plates", "database"),
    ("web-booking.central.example", "192.0.2.50", "Central", "dmz", "booking site"),
    ("camera-hub.south.example", "198.51.100.7", "Southgate", "plates", "camera hub"),
)
_DEAD = "camera-hub.south.example"
_NO_LOGIN = "pay-station-2.north.example"

# id, scanner, severity, the good state, why, remedy, PCI controls, GDPR controls
_RULES = (
    (
        "tls-protocol-floor",
        "tls",
        Severity.CRITICAL,
        "Endpoints refuse TLS older than 1.2",
        "TLS 1.0 and 1.1 have known breaks; card data sent over them can be read.",
        "nginx: ssl_protocols TLSv1.2 TLSv1.3;\nnginx -t && systemctl reload nginx",
        ("2.2.7", "4.2.1"),
        ("32(1)(a)",),
    ),
    (
        "tls-certificate-valid",
        "tls",
        Severity.HIGH,
        "Certificates are within their time of validity",
        "Clients that are used to click a warning away do not notice an attacker's certificate.",
        "certbot renew --cert-name booking.example\nsystemctl reload nginx",
        ("4.2.1", "4.2.1.1"),
        ("32(1)(a)",),
    ),
    (
        "tls-certificate-trusted",
        "tls",
        Severity.MEDIUM,
        "Certificates chain to a trusted authority",
        "A chain that nobody can check proves nothing about who answers.",
        "Serve the intermediate certificates: ssl_certificate fullchain.pem;",
        ("4.2.1",),
        ("32(1)(a)",),
    ),
    (
        "ssh-root-login-off",
        "config",
        Severity.HIGH,
        "Nobody logs in as root over SSH",
        "A shared root login leaves no trace of who did what.",
        "echo 'PermitRootLogin no' > /etc/ssh/sshd_config.d/50-root.conf\nsystemctl reload ssh",
        ("2.2.6", "8.2.2"),
        ("32(1)(b)",),
    ),
    (
        "password-length",
        "config",
        Severity.MEDIUM,
        "Passwords have at least 12 characters",
        "Short passwords are guessed offline in hours.",
        "echo 'minlen = 12' > /etc/security/pwquality.conf.d/50-length.conf",
        ("8.3.6",),
        ("32(1)(b)",),
    ),
    (
        "packages-security-updates",
        "packages",
        Severity.HIGH,
        "No security update is waiting",
        "Attackers read the same advisories.",
        "apt-get update && apt-get upgrade",
        ("6.3.3",),
        ("32(1)(d)",),
    ),
    (
        "os-supported",
        "packages",
        Severity.CRITICAL,
        "The operating system still gets security updates",
        "Holes in a system without support stay open for good.",
        "Plan the move to Debian 12 or 13; until then isolate the host from the card network.",
        ("6.3.3", "12.3.4"),
        ("32(1)(b)",),
    ),
    (
        "clock-synchronised",
        "config",
        Severity.LOW,
        "The clock follows a time source",
        "Logs of several hosts can be read together only when their clocks agree.",
        "apt-get install chrony && systemctl enable --now chrony",
        ("10.6.1",),
        (),
    ),
    (
        "audit-running",
        "config",
        Severity.MEDIUM,
        "The audit daemon runs and starts with the system",
        "What is not recorded cannot be looked up after an intrusion.",
        "apt-get install auditd && systemctl enable --now auditd",
        ("10.2.1",),
        ("33(1)",),
    ),
    (
        "services-expected",
        "ports",
        Severity.MEDIUM,
        "Only expected services listen",
        "Each service that nobody needs is one more way in.",
        "systemctl disable --now telnet.socket",
        ("1.2.5", "2.2.4"),
        ("32(1)(b)",),
    ),
    (
        "tls-suites-strong",
        "tls",
        Severity.MEDIUM,
        "Endpoints accept only suites with forward secrecy",
        "Without it, whoever gets the key later reads what was recorded today.",
        "nginx: ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;",
        ("4.2.1", "12.3.3"),
        (),
    ),
)
# host, rule, place, message, evidence
_FAILS = (
    (4, 0, "tcp/443", "TLS 1.0 and TLS 1.1 are accepted", (("protocols", "TLSv1.0, TLSv1.1, TLSv1.2"),)),
    (0, 0, "tcp/8443", "TLS 1.0 is accepted", (("protocols", "TLSv1.0, TLSv1.2"),)),
    (
        3,
        6,
        "",
        "Debian 10 has had no support since 2024-06-30",
        (("os.name", "Debian GNU/Linux 10 (buster)"),),
    ),
    (
        4,
        1,
        "tcp/443",
        "the certificate expired 12 days ago",
        (
            ("certificate.not_after", "2026-11-10T23:59:59Z"),
            ("certificate.subject", "CN=booking.example,O=Example Parking Ltd"),
        ),
    ),
    (0, 3, "", "root may log in with a password", (("sshd.permit_root_login", "yes"),)),
    (1, 3, "", "root may log in with a key", (("sshd.permit_root_login", "prohibit-password"),)),
    (
        3,
        5,
        "package/openssl",
        "3.0.11 is behind 3.0.17",
        (("installed", "3.0.11-1~deb12u2"), ("available", "3.0.17-1~deb12u3")),
    ),
    (
        1,
        5,
        "package/openssl",
        "3.0.11 is behind 3.0.17",
        (("installed", "3.0.11-1~deb12u2"), ("available", "3.0.17-1~deb12u3")),
    ),
    (
        1,
        5,
        "package/linux-image-amd64",
        "6.1.90 is behind 6.1.148",
        (("installed", "6.1.90-1"), ("available", "6.1.148-1")),
    ),
    (0, 4, "", "8 characters are enough", (("passwords.min_length", "8"),)),
    (1, 4, "", "8 characters are enough", (("passwords.min_length", "8"),)),
    (4, 7, "", "no time service runs", (("clock.active", "no"),)),
    (2, 9, "tcp/23", "telnet answers", (("open[tcp/23].banner", "\x1b[2JPAYST-2 login: " + "." * 90),)),
)
_UNKNOWN = (
    (1, 8, "", "the audit rules could not be read (not permitted to look)"),
    (1, 1, "tcp/443", "the certificate was not shown (no answer in time)"),
)

_PCI_GROUPS = (
    ("1", "Network security controls", 21, "network rules"),
    ("2", "Secure configurations", 13, "system settings"),
    ("3", "Stored account data", 30, "stored card data"),
    ("4", "Strong cryptography in transit", 8, "transmission of card data"),
    ("5", "Malicious software", 15, "protection from malicious software"),
    ("6", "Secure systems and software", 20, "software and changes"),
    ("7", "Access by need to know", 12, "access rights"),
    ("8", "Users and authentication", 32, "accounts and log-ins"),
    ("9", "Physical access", 28, "doors, media and card readers"),
    ("10", "Logging and monitoring", 27, "audit logs"),
    ("11", "Testing of security", 20, "security tests"),
    ("12", "Policies and programmes", 43, "the security programme"),
    ("A1", "Providers for several tenants", 7, "tenants"),
    ("A2", "Early TLS at card readers", 3, "old card readers"),
    ("A3", "Designated entities", 21, "supplemental validation"),
)
_GDPR_GROUPS = (
    ("II", "Principles", 10, "plate data"),
    ("III", "Rights of the data subject", 14, "requests of drivers"),
    ("IV", "Controller and processor", 36, "processing of plate data"),
    ("V", "Transfers to third countries", 5, "transfers"),
)
_TASKS = (
    "Who answers for {} is written down, named and known to the people concerned",
    "Procedures for {} are documented, kept current and followed in daily work",
    "Changes to {} are approved and recorded before they take effect",
    "Reviews of {} take place at the interval that the risk analysis sets, with a record of what was found",
    "Only people with a business reason can change {}, and the list of them is reviewed twice a year",
    "Staff who work with {} have been trained within the last twelve months",
)


def sample_rules() -> dict[str, Rule]:
    """The rules of the sample scan by id."""
    return {
        name: Rule(
            id=name,
            pack="sample",
            title=title,
            severity=severity,
            rationale=why,
            remediation=remedy,
            scanners=(scanner,),
        )
        for name, scanner, severity, title, why, remedy, _, _ in _RULES
    }


def sample_scan() -> Scan:
    """Six hosts, four scanners, one host dead, one without a login, many failures, two frameworks."""
    hosts, results = sample_hosts(), _results()
    return Scan(
        id="7f3a91c2",
        started=STARTED,
        finished=STARTED + timedelta(minutes=3, seconds=42),
        version="0.1.0",
        profile="parking-site",
        hosts=hosts,
        observations=_observations(hosts),
        results=results,
        assessments=(
            _assessment("pci-dss-4.0.1", "PCI DSS", "4.0.1", _PCI_GROUPS, results),
            _assessment("gdpr", "GDPR", "2016/679", _GDPR_GROUPS, results),
        ),
    )


def sample_hosts() -> tuple[Host, ...]:
    """The hosts of the sample scan."""
    return tuple(
        Host(
            name=name,
            address=Address(address),
            site=site,
            zone=zone,
            role=role,
            scopes=frozenset({Scope.CARDHOLDER_DATA if zone == "cde" else Scope.PERSONAL_DATA}),
        )
        for name, address, site, zone, role in _HOSTS
    )


def _observations(hosts: tuple[Host, ...]) -> tuple[Observation, ...]:
    gaps = {
        ("gate-exit-1.north.example", "config"): Gap(
            path="audit.rules", reason=Reason.NOT_PERMITTED, detail="auditctl -l: Operation not permitted"
        ),
        ("gate-exit-1.north.example", "tls"): Gap(
            path="endpoints[tcp/443].certificate", reason=Reason.TIMED_OUT, detail="no ServerHello within 5 s"
        ),
    }
    seen: list[Observation] = []
    for host in hosts:
        for number, scanner in enumerate(SCANNERS):
            task, at = Task(host=host.name, scanner=scanner), STARTED + timedelta(seconds=number * 20)
            gap = gaps.get((host.name, scanner))
            reason = _not_seen(host.name, scanner)
            if reason:
                seen.append(NotSeen(task=task, at=at, reason=reason[0], detail=reason[1]))
            else:
                seen.append(Seen(task=task, at=at, facts=Facts(gaps=(gap,) if gap else ())))
    return tuple(seen)


def _not_seen(host: str, scanner: str) -> tuple[Reason, str] | None:
    if host == _DEAD:
        return Reason.UNREACHABLE, "198.51.100.7: no route to host"
    if host == _NO_LOGIN and scanner in {"config", "packages"}:
        return Reason.NO_LOGIN, "give --login NAME, or a login in the inventory"
    return None


def _results() -> tuple[Result, ...]:
    special = {(host, rule) for host, rule, *_ in (*_FAILS, *_UNKNOWN)}
    results = [
        _result(host, rule, key, Verdict.FAIL, message, seen) for host, rule, key, message, seen in _FAILS
    ]
    results += [_result(host, rule, key, Verdict.UNKNOWN, why, ()) for host, rule, key, why in _UNKNOWN]
    for host, name in enumerate(entry[0] for entry in _HOSTS):
        for rule, scanner in enumerate(entry[1] for entry in _RULES):
            if (host, rule) in special:
                continue
            if reason := _not_seen(name, scanner):
                results.append(_result(host, rule, "", Verdict.UNKNOWN, f"{scanner}: {reason[0]}", ()))
            elif scanner == "tls" and host in {2, 3}:
                results.append(_result(host, rule, "", Verdict.NOTAPPLICABLE, "no TLS endpoint", ()))
            else:
                results.append(_result(host, rule, "", Verdict.PASS, "", ()))
    return tuple(results)


def _result(
    host: int, rule: int, key: str, verdict: Verdict, message: str, seen: tuple[tuple[str, str], ...]
) -> Result:
    name, _, severity, _, _, remedy, _, _ = _RULES[rule]
    return Result(
        host=_HOSTS[host][0],
        rule=name,
        key=key,
        verdict=verdict,
        severity=severity,
        message=message,
        fix=remedy,
        evidence=tuple(Evidence(path=path, seen=value) for path, value in seen),
        observed_at=STARTED + timedelta(seconds=17) if seen else None,
    )


def _assessment(
    name: str,
    title: str,
    version: str,
    groups: tuple[tuple[str, str, int, str], ...],
    results: tuple[Result, ...],
) -> Assessment:
    scope = Scope.CARDHOLDER_DATA if name.startswith("pci") else Scope.PERSONAL_DATA
    hosts = tuple(host.name for host in sample_hosts() if scope in host.scopes)
    bearing = tuple(result for result in results if result.host in hosts)
    claims: dict[str, list[str]] = {}
    for rule, *_, pci, gdpr in _RULES:
        for control in pci if name.startswith("pci") else gdpr:
            claims.setdefault(control, []).append(rule)
    controls = [control for group in groups for control in _controls(group, claims)]
    return Assessment(
        framework=Framework(
            id=name,
            title=title,
            version=version,
            scope=scope,
            groups=tuple(Group(id=group, title=words) for group, words, _, _ in groups),
            controls=tuple(controls),
            note="Numbers are the standard's, the wording is our own. Read the standard before acting on it.",
        ),
        hosts=hosts,
        controls=tuple(_status(control, bearing) for control in controls),
    )


def _controls(group: tuple[str, str, int, str], claims: dict[str, list[str]]) -> list[Control]:
    chapter, _, size, topic = group
    chapter_of = {"32": "IV", "33": "IV"}
    claimed = [c for c in claims if chapter in {c.split(".")[0], chapter_of.get(c.split("(")[0])}]
    numbered = (f"{chapter}.{area}.{number}" for area in range(3, 9) for number in range(1, 9))
    free = [number for number in numbered if number not in claimed]
    titles = cycle(_TASKS)
    return [
        Control(
            id=number,
            title=next(titles).format(topic),
            group=chapter,
            verifiable=_verifiable(number, claims),
            evidence=EvidenceKind.MEASURED if number in claims else EvidenceKind.DECLARED,
            claims=tuple(Claim(rule=rule, reason="sample") for rule in claims.get(number, ())),
        )
        for number in [*sorted(claimed), *islice(free, size - len(claimed))]
    ]


def _verifiable(number: str, claims: dict[str, list[str]]) -> Verifiable:
    if number in claims:
        return Verifiable.PARTIAL if len(claims[number]) > 1 else Verifiable.FULL
    return Verifiable.PARTIAL if number.endswith("2") else Verifiable.MANUAL


def _status(control: Control, results: tuple[Result, ...]) -> ControlStatus:
    rules = {claim.rule for claim in control.claims}
    bearing = tuple(result for result in results if result.rule in rules)
    verdicts = [result.verdict for result in bearing]
    failed, unknown = verdicts.count(Verdict.FAIL), verdicts.count(Verdict.UNKNOWN)
    passed = verdicts.count(Verdict.PASS)
    status = Status.NOT_TESTED
    if bearing:
        status = Status.FAILING if failed else Status.INCOMPLETE if unknown else Status.PASSING
    return ControlStatus(
        control=control, status=status, passed=passed, failed=failed, unknown=unknown, results=bearing
    )
