"""What mosquitto is set to do: each listener with what holds for it, by the defaults of its version."""

from dataclasses import dataclass, field

from scanners.config.servers.blocks import lines, marked
from scanners.config.servers.facts import Broker
from scanners.config.servers.places import is_loopback
from scanners.facts import Reason
from scanners.kit.collector import Missing

_PORT = 1883
_CLOSED_SINCE = 2
"""From 2.0 on, nobody comes in without a name unless told, and without a listener only this machine does."""
_LISTENER_WORDS = (
    "tls_version",
    "require_certificate",
    "cafile",
    "capath",
    "certfile",
    "keyfile",
    "psk_file",
    "protocol",
    "socket_domain",
)
_SHARED_WORDS = ("allow_anonymous", "password_file", "acl_file", "plugin", "auth_plugin")
_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 (read, not bound)


@dataclass(slots=True)
class _Listener:
    port: int
    address: str
    words: dict[str, str] = field(default_factory=dict)


def mosquitto(text: str) -> tuple[Broker, ...]:
    """Each listener of the collector's section; raises `Missing` if a file is hidden."""
    version = next(iter(marked(text, "V")), "")
    if not version:
        raise Missing(Reason.GARBLED, "its version, which decides its defaults, is not known")
    closed = int(version.split(".")[0]) >= _CLOSED_SINCE
    found: dict[str, Broker] = {}
    said = [lines(text, root, "-") for root in dict.fromkeys(marked(text, "R"))]
    for each in said + [[] for _ in marked(text, "I")]:
        for broker in _brokers(each, closed=closed):
            found[broker.locus] = broker
    return tuple(found.values())


def _brokers(said: list[str], *, closed: bool) -> list[Broker]:
    listeners, shared = _read(said)
    if not listeners:
        only = _Listener(_PORT, "127.0.0.1" if closed else "")
        only.words = {"allow_anonymous": shared.get("allow_anonymous", "true")} if closed else {}
        listeners = [only]
    return [
        _broker(each, {**({} if _apart(shared) else shared), **each.words}, closed=closed)
        for each in listeners
    ]


def _apart(shared: dict[str, str]) -> bool:
    """Whether what is said of access holds for one listener alone."""
    return shared.get("per_listener_settings") == "true"


def _read(said: list[str]) -> tuple[list[_Listener], dict[str, str]]:
    """Listeners in order, and words that hold for all; `port` and `bind_address` make a listener too."""
    shared: dict[str, str] = {}
    default = _Listener(_PORT, "")
    listeners = [default]
    used = False
    for line in said:
        key, _, value = line.partition("\t")
        if key == "listener":
            port, _, address = value.partition(" ")
            listeners.append(_Listener(int(port), address.strip()))
        elif key in ("port", "bind_address"):
            used = True
            default.port = int(value) if key == "port" else default.port
            default.address = value if key == "bind_address" else default.address
        elif key in _LISTENER_WORDS or (_apart(shared) and key in _SHARED_WORDS):
            listeners[-1].words[key] = value
        else:
            shared[key] = value
    return (listeners if used or default.words.keys() & {"certfile", "psk_file"} else listeners[1:]), shared


def _broker(listener: _Listener, words: dict[str, str], *, closed: bool) -> Broker:
    address = "*" if listener.address in _EVERYWHERE else listener.address
    in_files = listener.port == 0
    return Broker(
        locus=f"broker/{address}:{listener.port}",
        address=address,
        port=listener.port,
        loopback=in_files or is_loopback(address),
        tls=bool(words.get("certfile") or words.get("psk_file")),
        tls_version=words.get("tls_version", ""),
        anonymous=words.get("allow_anonymous", "false" if closed else "true") == "true",
        client_certificates=words.get("require_certificate") == "true",
        access_list=any(words.get(key) for key in ("acl_file", "plugin", "auth_plugin")),
    )
