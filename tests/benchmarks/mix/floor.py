"""The floor that the policy engine is measured against: each rule written by hand, with three values.

One Python function for each kind of rule, called once for each subject, over facts as plain dicts: what a
careful programmer writes who must never take a missing fact for a value. None where it cannot be told.
"""

from datetime import datetime, timedelta

from tests.benchmarks.mix.load import ROLES

MISSING = object()
_MODERN = ("TLSv1.2", "TLSv1.3")
_EVERYWHERE = ("0.0.0.0", "::")
_MONTH = timedelta(hours=720)


def setting(key):
    """The setting is `no`."""

    def judge(host, _role, _zone, _now):
        sshd = host.get("sshd", MISSING)
        if sshd is MISSING:
            return None
        value = sshd.get(key, MISSING)
        if value is MISSING:
            return None
        return value == "no"

    return judge


def listener(allowed):
    """The listener is open to few, or its port is one of the role's."""

    def judge(one, role, _zone, _now):
        addr = one.get("addr", MISSING)
        if addr is not MISSING and addr not in _EVERYWHERE:
            return True
        port = one.get("port", MISSING)
        if port is MISSING or role is None:
            return None
        if port in allowed.get(role, ()):
            return True
        return None if addr is MISSING else False

    return judge


def protocols():
    """Only modern versions are offered, in the zone that this is asked of."""

    def judge(one, _role, zone, _now):
        if zone is None:
            return None
        if zone != "cde":
            return True
        found = one.get("protocols", MISSING)
        if found is MISSING:
            return None
        return all(name in _MODERN for name in found)

    return judge


def expiry(hours):
    """The certificate lasts a while."""
    margin = timedelta(hours=hours)

    def judge(one, _role, _zone, now):
        cert = one.get("cert", MISSING)
        if cert is MISSING:
            return None
        end = cert.get("not_after", MISSING)
        if end is MISSING:
            return None
        return end - now > margin

    return judge


def role_logs(unit):
    """A payment terminal's logs leave it."""
    names = ("auditd", "auditd", unit)
    fields = ("enabled", "active", "active")

    def judge(host, role, _zone, _now):
        if role is None:
            return None
        if role != "payment-terminal":
            return True
        services = host.get("services", MISSING)
        targets = host.get("log_targets", MISSING)
        if services is MISSING or targets is MISSING:
            return None
        is_unknown = False
        for name, field in zip(names, fields, strict=True):
            value = services.get(name, {}).get(field, MISSING)
            if value is MISSING:
                is_unknown = True
            elif not value:
                return False
        sends = _sends(targets)
        return None if sends and is_unknown else sends

    return judge


def _sends(targets):
    """Whether one of the targets is reached by TLS."""
    is_unknown = False
    for target in targets:
        protocol = target.get("protocol", MISSING)
        if protocol == "tls":
            return True
        is_unknown = is_unknown or protocol is MISSING
    return None if is_unknown else False


def package():
    """No old grave flaw."""

    def judge(one, _role, _zone, now):
        is_unknown = False
        for flaw in one.get("vulns", ()):
            cvss, published = flaw.get("cvss", MISSING), flaw.get("published", MISSING)
            if cvss is MISSING or published is MISSING:
                is_unknown = True
            elif cvss >= 7.0 and now - published > _MONTH:
                return False
        return None if is_unknown else True

    return judge


def rules():
    """The three hundred functions: with the name of the list they go over, empty for the host itself."""
    found = [("", setting(f"key{number % 20}")) for number in range(200)]
    for number in range(40):
        ports = {role: (22, 80, 443, 5432)[: 1 + (number + index) % 4] for index, role in enumerate(ROLES)}
        found.append(("listeners", listener(ports)))
    found += [("tls", protocols()) for _ in range(25)]
    found += [("tls", expiry(720 + number)) for number in range(20)]
    found += [("", role_logs(f"unit{number}")) for number in range(14)]
    found.append(("packages", package()))
    return found


def judged(found, facts, role, zone, now):
    """The verdicts of every rule on every subject of one host."""
    verdicts = []
    for name, judge in found:
        if name:
            verdicts += [judge(one, role, zone, now) for one in facts[name]]
        else:
            verdicts.append(judge(facts, role, zone, now))
    return verdicts


def dated(facts):
    """The same facts with their times read."""
    for endpoint in facts["tls"]:
        if "cert" in endpoint:
            endpoint["cert"]["not_after"] = datetime.fromisoformat(endpoint["cert"]["not_after"])
    for one in facts["packages"]:
        for flaw in one.get("vulns", ()):
            flaw["published"] = datetime.fromisoformat(flaw["published"])
    return facts
