"""The estate itself: which server each host runs, and what is wrong with it."""

import getpass
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from compliance.demo.authority import Authority, Identity, found_authority, issue
from compliance.demo.papers import OFFICE, Papers, written
from compliance.demo.remains import plant
from compliance.demo.servers import Server, program, running

ADDRESSES: Mapping[str, str] = {
    "kiosk-north-1": "127.77.1.11",
    "kiosk-north-2": "127.77.1.12",
    "terminal-north-1": "127.77.1.21",
    "gate-north-1": "127.77.1.31",
    "camera-north-1": "127.77.1.41",
    "kiosk-south-1": "127.77.2.11",
    "terminal-south-1": "127.77.2.21",
    "gate-south-1": "127.77.2.31",
    "database-1": "127.77.9.11",
    "office-1": OFFICE,
    "booking-1": "127.77.9.31",
    "exports-1": "127.77.9.41",
    "jump-1": "127.77.9.51",
}
"""Each host's loopback address (RFC 5735 3: all of 127.0.0.0/8 is this machine)."""
_NAMES = {host: f"{host}.parking.example" for host in ADDRESSES}
_NGINX = "nginx-light"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An estate that runs: what is written of it, and the hosts whose program is not installed."""

    papers: Papers
    left_out: Mapping[str, str]
    """Host to the Debian package that it would need."""


@contextmanager
def estate(folder: Path) -> Iterator[Standing]:
    """Make the estate's files in the folder and run its servers until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    built = _Build(folder=folder, authority=found_authority(folder / "authority"))
    servers = [server for part in _PARTS for server in part(built)]
    absent = {server.host: server.package for server in servers if program(server.command[0]) is None}
    plant(folder / "office-1")
    with running([server for server in servers if server.host not in absent], folder / "logs"):
        papers = written(built.folder, root=built.authority.file, web=ADDRESSES["booking-1"])
        yield Standing(papers=papers, left_out=absent)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Build:
    """Where the estate is being made."""

    folder: Path
    authority: Authority

    def home(self, host: str) -> Path:
        """The host's own folder."""
        home = self.folder / host
        home.mkdir(exist_ok=True)
        return home

    def identity(self, host: str, days: tuple[int, int] = (-30, 60)) -> Identity:
        """A certificate for the host's name and address."""
        return issue(self.authority, host, (_NAMES[host], ADDRESSES[host]), days=days)


def _kiosks(built: _Build) -> Iterator[Server]:
    """Three pay stations: one well kept, and two at different sites that share one key and speak old TLS."""
    good = built.identity("kiosk-north-1")
    yield _nginx(built, "kiosk-north-1", 8443, _web(good, "ssl_protocols TLSv1.2 TLSv1.3;", _HEADERS))
    names = ("kiosk-north-2", "kiosk-south-1")
    everywhere = tuple(word for name in names for word in (_NAMES[name], ADDRESSES[name]))
    shared = issue(built.authority, "shared", everywhere, days=(-30, 60))
    old = "ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0;"
    for name in names:
        yield _nginx(built, name, 8443, _web(shared, old, ""))


def _terminals(built: _Build) -> Iterator[Server]:
    """A terminal that speaks TLS 1.0 alone, by an expired certificate; the other one is switched off."""
    name = "terminal-north-1"
    expired = built.identity(name, days=(-400, -3))
    files_ = ("-cert", str(expired.certificate), "-key", str(expired.key))
    weak = ("-tls1", "-cipher", "ALL:@SECLEVEL=0", "-www", "-quiet")
    place = f"{ADDRESSES[name]}:8583"
    command = ("openssl", "s_server", "-accept", place, *files_, *weak)
    yield Server(host=name, package="openssl", command=command, address=ADDRESSES[name], port=8583)


def _gates(built: _Build) -> Iterator[Server]:
    """A barrier that anybody may command by MQTT, and one that asks for a password inside TLS."""
    yield _mosquitto(built, "gate-north-1", 1883, "allow_anonymous true\n")
    own = built.identity("gate-south-1")
    home = built.home("gate-south-1")
    (home / "passwords").write_text("", encoding="ascii")
    closed = f"allow_anonymous false\npassword_file {home}/passwords\n"
    tls = f"certfile {own.certificate}\nkeyfile {own.key}\ntls_version tlsv1.2\n"
    yield _mosquitto(built, "gate-south-1", 8883, tls + closed)


def _cameras(built: _Build) -> Iterator[Server]:
    """A camera whose plate images lie open to whoever looks, in clear."""
    pages = built.home("camera-north-1") / "pages" / "plates"
    pages.mkdir(parents=True, exist_ok=True)
    for plate in ("W-12345A", "G-778BC", "S-901XY"):
        (pages / f"{plate}.jpg").write_bytes(b"\xff\xd8\xff\xd9")
    listing = f"root {pages.parent}; autoindex on;"
    yield _nginx(built, "camera-north-1", 8080, f"listen {_place('camera-north-1', 8080)}; {listing}")


def _web_shop(built: _Build) -> Iterator[Server]:
    """The booking site: its certificate ends in days, its payment page takes scripts without saying which."""
    pages = built.home("booking-1") / "pages"
    pages.mkdir(exist_ok=True)
    for name in ("index.html", "pay.html", "tag.js"):
        (pages / name).write_bytes(files("compliance.demo").joinpath("pages", name).read_bytes())
    soon = built.identity("booking-1", days=(-80, 6))
    yield _nginx(built, "booking-1", 8443, _web(soon, "ssl_protocols TLSv1.2;", f"root {pages};"))


def _back_office(built: _Build) -> Iterator[Server]:
    """A database without a password, exports for all to list, an old sshd, and one host to log in to."""
    address = ADDRESSES["database-1"]
    redis = ("redis-server", "--bind", address, "--port", "6379", "--protected-mode", "no", "--save", "")
    place = ("--dir", str(built.home("database-1")))
    yield Server(host="database-1", package="redis-server", command=redis + place, address=address, port=6379)
    address, shown = ADDRESSES["exports-1"], built.home("exports-1") / "shown"
    shown.mkdir(exist_ok=True)
    listing = (sys.executable, "-m", "http.server", "--bind", address, "--directory", str(shown), "8000")
    yield Server(host="exports-1", package="python3", command=listing, address=address, port=8000)
    weak = "KexAlgorithms diffie-hellman-group1-sha1\nCiphers aes128-cbc,3des-cbc\nMACs hmac-md5,hmac-sha1\n"
    yield _sshd(built, "jump-1", weak + "PasswordAuthentication yes\n")
    yield _sshd(built, "office-1", "PasswordAuthentication no\n")


_PARTS: tuple[Callable[[_Build], Iterator[Server]], ...] = (
    _kiosks,
    _terminals,
    _gates,
    _cameras,
    _web_shop,
    _back_office,
)
_HEADERS = (
    'add_header Strict-Transport-Security "max-age=31536000" always; add_header X-Frame-Options DENY always; '
    "add_header Content-Security-Policy \"default-src 'self'; frame-ancestors 'none'\" always; "
    "add_header X-Content-Type-Options nosniff always; add_header Referrer-Policy no-referrer always; "
    'server_tokens off; location / { default_type text/html; return 200 "<title>Pay station</title>"; }'
)


def _place(host: str, port: int) -> str:
    return f"{ADDRESSES[host]}:{port}"


def _web(identity: Identity, protocols: str, more: str) -> str:
    pair = f"ssl_certificate {identity.certificate}; ssl_certificate_key {identity.key};"
    return f"listen PLACE ssl; {pair} {protocols} {more}"


def _nginx(built: _Build, host: str, port: int, directives: str) -> Server:
    home = built.home(host)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {home}/{kind};" for kind in kinds)
    configuration = home / "nginx.conf"
    configuration.write_text(
        f"daemon off; master_process off; pid {home}/pid; error_log {home}/error.log;\n"
        "events { worker_connections 64; }\n"
        "http { types { text/html html; text/javascript js; image/jpeg jpg; } access_log off;\n"
        f"{temporary}\n"
        f"server {{ {directives.replace('PLACE', _place(host, port))} }} }}\n",
        encoding="utf-8",
    )
    command = ("nginx", "-p", str(home), "-e", f"{home}/error.log", "-c", str(configuration))
    return Server(host=host, package=_NGINX, command=command, address=ADDRESSES[host], port=port)


def _mosquitto(built: _Build, host: str, port: int, lines: str) -> Server:
    configuration = built.home(host) / "mosquitto.conf"
    configuration.write_text(
        f"user {getpass.getuser()}\nlistener {port} {ADDRESSES[host]}\n{lines}", encoding="utf-8"
    )
    command = ("mosquitto", "-c", str(configuration))
    return Server(host=host, package="mosquitto", command=command, address=ADDRESSES[host], port=port)


def _sshd(built: _Build, host: str, lines: str) -> Server:
    home = built.home(host)
    for key in ("host_key", "login_key"):
        _ssh_key(home / key)
    if (home / "login_key.pub").exists():
        (home / "authorized_keys").write_bytes((home / "login_key.pub").read_bytes())
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd wants it; its service would make it
    configuration = home / "sshd_config"
    configuration.write_text(
        f"ListenAddress {_place(host, 2222)}\nHostKey {home}/host_key\nPidFile {home}/sshd.pid\n"
        f"AuthorizedKeysFile {home}/authorized_keys\nStrictModes no\nUsePAM no\n{lines}",
        encoding="utf-8",
    )
    # By its whole path: sshd starts itself anew for each connection.
    command = (program("sshd") or "sshd", "-D", "-e", "-f", str(configuration))
    return Server(host=host, package="openssh-server", command=command, address=ADDRESSES[host], port=2222)


def _ssh_key(path: Path) -> None:
    maker = program("ssh-keygen")
    if maker is None or path.exists():
        return
    command = [maker, "-q", "-t", "ed25519", "-N", "", "-C", path.parent.name, "-f", str(path)]
    subprocess.run(command, check=True, timeout=30, stdin=subprocess.DEVNULL)  # noqa: S603 (fixed arguments)
