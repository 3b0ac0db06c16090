"""Where the system log is sent, how it is guarded on the way, and whether it waits if the way is closed."""

import re
from collections.abc import Iterator

from scanners.config.systemfacts import LogForward, Transport
from scanners.facts import UNKNOWN
from scanners.kit.collector import Dump

_LEGACY = re.compile(r"^\S+\s+(@@?)(?:\([^)]*\))?\[?([\w.:-]+?)\]?(?::\d+)?(?:;.*)?$")
_RELP = re.compile(r":omrelp:\[?([\w.-]+)")
_OBJECT = re.compile(r"\b(action|global)\s*\(([^)]*)\)", re.IGNORECASE)
_PARAMETER = re.compile(r"([\w.]+)\s*=\s*\"([^\"]*)\"")
_NG_DESTINATION = re.compile(r"destination\s+\S+\s*\{(.*?)\}\s*;", re.DOTALL)
_NG_DRIVER = re.compile(r"\b(network|syslog|tcp6?|udp6?)\s*\(\s*\"?([\w.:-]+)\"?")
_TLS_DRIVERS = ("gtls", "ossl", "mbedtls")


def forwards(files: tuple[Dump, ...]) -> tuple[LogForward, ...]:
    """Targets of rsyslog, syslog-ng and systemd-journal-upload as their files configure them."""
    found: list[LogForward] = []
    own = [line.strip() for dump in files if "rsyslog" in dump.path for line in dump.lines]
    rows = [*_legacy(own), *_objects("\n".join(own))]
    for dump in files:
        if "syslog-ng" in dump.path:
            rows += _syslog_ng("\n".join(dump.lines))
        elif "journal-upload" in dump.path:
            urls = (line.partition("=")[2].strip() for line in dump.lines if line.strip().startswith("URL"))
            rows += [(_host(url), "https", url.startswith("https:"), True) for url in urls if url]
    for number, (host, transport, encrypted, queued) in enumerate(dict.fromkeys(rows), 1):
        found.append(
            LogForward(
                locus=f"log-forward/{host}/{number}",
                host=host,
                transport=transport,
                encrypted=encrypted,
                queued=UNKNOWN if queued is None else queued,
            )
        )
    return tuple(found)


_Row = tuple[str, Transport, bool, bool | None]


def _legacy(lines: list[str]) -> Iterator[_Row]:
    """Lines of rsyslog's old form: a `$` directive holds for all actions after it, a queue for the next."""
    driver, mode, queue = "", "0", False
    for line in lines:
        word, _, value = line.partition(" ")
        if word.lower() == "$defaultnetstreamdriver":
            driver = value.strip()
        elif word.lower() == "$actionsendstreamdrivermode":
            mode = value.strip()
        elif word.lower() == "$actionqueuefilename":
            queue = True
        elif match := _LEGACY.match(line):
            is_tcp = match[1] == "@@"
            yield match[2], "tcp" if is_tcp else "udp", is_tcp and _by_tls(driver, mode), queue
            queue = False
        elif match := _RELP.search(line):
            yield match[1], "relp", False, queue
            queue = False


def _objects(text: str) -> Iterator[_Row]:
    """Actions of rsyslog's newer form."""
    shared: dict[str, str] = {}
    for kind, body in _OBJECT.findall(text):
        said = {key.lower(): value for key, value in _PARAMETER.findall(body)}
        if kind.lower() == "global":
            shared |= said
            continue
        queued = "queue.filename" in said
        if said.get("type", "").lower() == "omfwd" and "target" in said:
            driver = said.get(
                "streamdriver", said.get("streamdriver.name", shared.get("defaultnetstreamdriver", ""))
            )
            mode = said.get("streamdrivermode", said.get("streamdriver.mode", "0"))
            is_tcp = said.get("protocol", "udp").lower() == "tcp"
            yield said["target"], "tcp" if is_tcp else "udp", is_tcp and _by_tls(driver, mode), queued
        elif said.get("type", "").lower() == "omrelp" and "target" in said:
            yield said["target"], "relp", said.get("tls", "off").lower() == "on", queued


def _syslog_ng(text: str) -> Iterator[_Row]:
    for block in _NG_DESTINATION.findall(text):
        for driver, host in _NG_DRIVER.findall(block):
            by_tls = "tls" in re.findall(r"transport\s*\(\s*\"?(\w+)", block) or re.search(
                r"\btls\s*\(", block
            )
            is_udp = driver.startswith("udp") or "udp" in re.findall(r"transport\s*\(\s*\"?(\w+)", block)
            yield host, "udp" if is_udp else "tcp", bool(by_tls), "disk-buffer" in block


def _by_tls(driver: str, mode: str) -> bool:
    return driver.lower() in _TLS_DRIVERS and mode == "1"


def _host(url: str) -> str:
    return re.sub(r"^\w+://|[:/].*$", "", url)
