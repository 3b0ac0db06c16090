"""The scanner: each port is listened to first, and only one that stays silent is asked a question."""

from dataclasses import replace
from functools import partial

from scanners import Gap, Means, Need, Pace, Reason, Target
from scanners.kit.line import Ending, LineEnded, Place, connected
from scanners.kit.rounds import FRAGILE, chosen_ports, clean, make_round
from scanners.services import probes
from scanners.services.facts import Service, ServicesFacts
from scanners.services.probes import Ask, Told

USUAL_PORTS = (21, 23, 3306, 5900, 5901, *probes.USUAL, *probes.INSIDE_TLS)
"""Where these services are usually met."""

_LISTENING = 1.5
"""Seconds in which a port may greet."""
_ASKING = 2.0
"""Seconds for a question that is asked at random."""
_MOST = 128
_GREETING = 16
_OF_OTHERS = frozenset({22, 25, 53, 80, 110, 111, 143, 443, 465, 587, 993, 995, 8000, 8080, 8443, 8888, 9443})
"""Ports of protocols that other scanners know; they are listened to, never asked at random."""
_FOREIGN = (b"HTTP/", b"SSH-", b"\x15\x03", b"<")
"""How answers of protocols begin that need no further question."""
_ASKED_BY_LOGIN = "only a login could tell, and none is tried"
Gaps = tuple[Gap, ...]


class ServicesScanner:
    """Services that speak in the clear or let strangers in, by what they say themselves."""

    name = "services"
    facts = ServicesFacts
    need = Need.NETWORK

    def scan(self, target: Target, means: Means) -> ServicesFacts:
        """All such services among the ports; raises `Unreachable` if no port could even be connected to."""
        look = partial(_look, is_gentle=means.pace is Pace.GENTLE)
        ports = chosen_ports(target, USUAL_PORTS)
        seen = make_round(target, means, ports, look, _undecided, most=_MOST)
        return ServicesFacts(endpoints=seen.found, gaps=seen.gaps)


SCANNER = ServicesScanner()


def _undecided(place: Place) -> Service:
    return Service(locus=place.locus, port=place.port, reached="undecided")


def _look(place: Place, *, is_gentle: bool) -> tuple[Service | None, Gaps]:
    """What one port says; None for none of the protocols."""
    if place.port in probes.INSIDE_TLS:
        return _asked(place, probes.INSIDE_TLS[place.port], inside_tls=True)
    told, is_silent = _greeting(place)
    if told is not None or not is_silent:
        return (None, ()) if told is None else _service(place, told)
    ask = probes.USUAL.get(place.port)
    if ask is not None and not (ask is probes.modbus and is_gentle):
        return _asked(place, ask)
    if place.port in _OF_OTHERS:
        return None, ()
    if is_gentle or place.port in FRAGILE:
        why = FRAGILE.get(place.port, "the host is met gently")
        detail = f"{place.locus} stays silent, and was not asked what it is: {why}"
        gap = Gap(path=f"endpoints[{place.locus}]", reason=Reason.NOT_COLLECTED, detail=detail)
        return _undecided(place), (gap,)
    return _asked_at_random(place)


def _greeting(place: Place) -> tuple[Told | None, bool]:
    """What a greeting tells, and whether there was none."""
    with connected(place) as line:
        try:
            heard = line.hear(
                lambda said: len(said) >= _GREETING or b"\n" in said, seconds=min(_LISTENING, place.timeout)
            )
        except LineEnded as error:
            heard = error.heard
            if not heard:
                return None, True
        return probes.greeted(line, heard), False


def _asked(place: Place, ask: Ask, *, inside_tls: bool = False) -> tuple[Service | None, Gaps]:
    """What a service says to its own question, on the port where it is expected."""
    try:
        with connected(place) as line:
            if inside_tls:
                line.secure()
            told = ask(line)
    except LineEnded as error:
        if error.ending is Ending.NO_TLS:
            return _asked(place, ask)
        raise
    if told is None:
        return None, ()
    if told.protocol == "rdp" and told.tls_offered and not told.login_first:
        told = replace(told, login_first=_rdp_login_first(place))
    return _service(place, told, inside_tls=inside_tls)


def _rdp_login_first(place: Place) -> bool | None:
    """Whether RDP inside TLS wants a login first, on a connection of its own; None if it did not say."""
    try:
        with connected(place) as line:
            return probes.rdp_inside_tls(line)
    except LineEnded:
        return None


def _asked_at_random(place: Place) -> tuple[Service | None, Gaps]:
    """What a silent port of any number says to one question after another; None if to none."""
    quick = replace(place, timeout=min(_ASKING, place.timeout))
    for ask in probes.ELSEWHERE:
        try:
            with connected(quick) as line:
                told = ask(line)
        except LineEnded as error:
            if error.ending in {Ending.SILENT, Ending.CLOSED, Ending.RESET} and not error.heard:
                continue
            return None, ()
        if told is not None:
            return _service(place, told)
        if line.last.startswith(_FOREIGN):
            break
    return None, ()


def _service(place: Place, told: Told, *, inside_tls: bool = False) -> tuple[Service, Gaps]:
    """The service as facts, with a gap for each fact that its protocol would tell to a login alone."""
    tls = True if inside_tls else told.tls_offered
    if tls is None and told.protocol in {"redis", "mqtt", "rtsp"}:
        tls = False  # on this port it was spoken in the clear, and these know no upgrade
    known = {
        "tls_offered": tls,
        "open_access": told.open_access,
        "smb1": told.smb1 if told.protocol == "smb" else None,
        "login_first": told.login_first if told.protocol == "rdp" else None,
    }
    service = Service(
        locus=place.locus,
        port=place.port,
        reached="answered",
        protocol=told.protocol,
        words=clean(told.words),
        **{name: value for name, value in known.items() if value is not None},
    )
    wanted = {"smb": ("smb1",), "rdp": ("tls_offered", "login_first")}.get(
        told.protocol, ("tls_offered", "open_access")
    )
    gaps = tuple(
        Gap(
            path=f"endpoints[{place.locus}].{name}",
            reason=Reason.NOT_COLLECTED,
            detail=f"{told.protocol}: {_ASKED_BY_LOGIN}",
        )
        for name in wanted
        if known[name] is None
    )
    return service, gaps
