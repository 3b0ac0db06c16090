"""Real TLS servers on loopback, and the bad ones: each a context manager that gives its port.

`old_server` is the one for tests of the whole: TLS 1.0 and an expired certificate.
"""

import base64
import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.servers.pki import Identity, issue

HERE = "127.0.0.1"
WEAKEST = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
_PATIENCE = 15.0
# The 1024-bit MODP group of RFC 2409 s6.2, in hexadecimal.
_MODP_1024 = (
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF"
)


@contextlib.contextmanager
def old_server(folder: Path) -> Iterator[int]:
    """A server of TLS 1.0 alone whose self-signed certificate expired 30 days ago: its port."""
    with openssl_server(issue(folder, "expired", days=(-60, -30)), "-tls1", "-cipher", WEAKEST) as port:
        yield port


@contextlib.contextmanager
def openssl_server(identity: Identity, *options: str) -> Iterator[int]:
    """`openssl s_server` with these options, answering HTTP; it takes one connection at a time."""
    log = identity.chain_file.with_suffix(f".{time.monotonic_ns()}.log")
    files = ["-cert", str(identity.chain_file), "-key", str(identity.key_file)]
    if identity.above_file.stat().st_size:
        files += ["-cert_chain", str(identity.above_file)]
    command = ["openssl", "s_server", "-accept", f"{HERE}:0", *files, *options]
    command += ["-www"] * ("-early_data" not in options)  # it will not do both
    with _running(command, log):
        yield int(
            _waited_for(lambda: re.search(r"ACCEPT \S*:(\d+)", log.read_text("utf-8", "replace")), log)[1]
        )


@contextlib.contextmanager
def nginx_server(folder: Path, directives: str, *identities: Identity) -> Iterator[int]:
    """nginx with these directives in its TLS server; two identities give it two certificates.

    `PORT` in the directives stands for the place it listens on.
    """
    port = free_port()
    pairs = "\n".join(
        f"ssl_certificate {one.chain_file}; ssl_certificate_key {one.key_file};" for one in identities
    )
    home = folder / f"nginx-{port}"
    home.mkdir()
    temporary = "\n".join(
        f"{kind}_temp_path {home}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (home / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {home}/pid; error_log {home}/log;\n"
        "events { worker_connections 512; }\n"
        f"http {{ access_log off; {temporary}\n"
        f"server {{ listen {HERE}:{port} ssl; {pairs}\n"
        f"{directives.replace('PORT', f'{HERE}:{port}')}\nlocation / {{ return 204; }} }} }}\n"
    )
    nginx = next((path for path in ("/usr/sbin/nginx", "/usr/bin/nginx") if Path(path).exists()), "nginx")
    with _running([nginx, "-p", str(home), "-e", f"{home}/log", "-c", f"{home}/nginx.conf"], home / "out"):
        wait_for_port(port)
        yield port


@contextlib.contextmanager
def gnutls_server(folder: Path, identity: Identity, priority: str) -> Iterator[int]:
    """gnutls-serv with this priority string, answering HTTP: its port."""
    port = free_port()
    files = ["--x509certfile", str(identity.chain_file), "--x509keyfile", str(identity.key_file)]
    command = ["gnutls-serv", "--http", "--port", str(port), "--priority", priority, *files]
    with _running(command, folder / f"gnutls-{port}"):
        wait_for_port(port)
        yield port


@contextlib.contextmanager
def tlslite_server(
    identity: Identity, *, lowest: str = "3.0", highest: str = "3.3", plain: bool = False, fault: str = ""
) -> Iterator[int]:
    """tlslite-ng in a process of its own: SSL 3.0 to TLS 1.2 with RC4, 3DES and NULL, strict about names.

    `plain` leaves out what was invented later: extended_master_secret and encrypt_then_mac.
    `fault` is one of `tlslite_child`.
    """
    log = identity.chain_file.with_suffix(f".{time.monotonic_ns()}.log")
    script = Path(__file__).with_name("tlslite_child.py")
    command = [sys.executable, str(script), str(identity.chain_file), str(identity.key_file), lowest, highest]
    command += ["plain"] * plain + [fault] * bool(fault)
    with _running(command, log):
        yield int(_waited_for(lambda: re.search(r"PORT (\d+)", log.read_text("utf-8", "replace")), log)[1])


def sha1_certificate(folder: Path) -> Identity:
    """A self-signed certificate with a SHA-1 signature, which only the openssl program still makes."""
    good = issue(folder, "sha1")
    files = ("-key", str(good.key_file), "-out", str(good.chain_file))
    command = ["openssl", "req", "-x509", "-sha1", *files, "-days", "30", "-subj", "/CN=test sha1"]
    subprocess.run(command, check=True, timeout=20, stdin=subprocess.DEVNULL, capture_output=True)
    return good


def dh_parameters(folder: Path) -> Path:
    """A file with the 1024-bit Diffie-Hellman group of RFC 2409."""
    path = folder / "dh1024.pem"
    prime = b"\x00" + bytes.fromhex(_MODP_1024)
    numbers = b"\x02\x81" + bytes([len(prime)]) + prime + b"\x02\x01\x02"  # PKCS 3: the prime, then 2
    text = base64.encodebytes(b"\x30\x81" + bytes([len(numbers)]) + numbers).decode()
    path.write_text(f"-----BEGIN DH PARAMETERS-----\n{text}-----END DH PARAMETERS-----\n")
    return path


@contextlib.contextmanager
def bad_server(say: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """A server that does with each connection what `say` does; it should end when the event is set."""
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def one(sock: socket.socket) -> None:
        with sock, contextlib.suppress(OSError):
            say(sock, stop)

    def accept(listener: socket.socket) -> None:
        while not stop.is_set():
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=one, args=(sock,)))
            threads[-1].start()

    with socket.create_server((HERE, 0), backlog=64) as listener:
        first = threading.Thread(target=accept, args=(listener,))
        first.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stop.set()
            listener.shutdown(socket.SHUT_RDWR)
            first.join()
            for thread in threads:
                thread.join()


def silent(sock: socket.socket, stop: threading.Event) -> None:
    """Take everything and say nothing."""
    sock.settimeout(0.05)
    while not stop.is_set():
        try:
            if not sock.recv(4096):
                return
        except TimeoutError:
            continue


def resetting(sock: socket.socket, stop: threading.Event) -> None:
    """Read a little, then reset."""
    sock.recv(16)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def closing(sock: socket.socket, stop: threading.Event) -> None:
    """Read, then close without a word."""
    sock.recv(65536)


def garbage(sock: socket.socket, stop: threading.Event) -> None:
    """Answer with bytes of no protocol."""
    sock.recv(65536)
    sock.sendall(bytes(range(128, 256)))


def babbling(sock: socket.socket, stop: threading.Event) -> None:
    """Send well-formed handshake records of nothing, for ever."""
    sock.recv(65536)
    record = b"\x16\x03\x03\x40\x00" + b"\x0b\x00\x00\x00" * 4096
    while not stop.is_set():
        sock.sendall(record)


def flooding(sock: socket.socket, stop: threading.Event) -> None:
    """Send garbage for ever."""
    while not stop.is_set():
        sock.sendall(b"\xf0\x0f" * 4096)


def dripping(sock: socket.socket, stop: threading.Event) -> None:
    """Send what could become a record, a byte a second."""
    for byte in b"\x16\x03\x03\x20\x00" + bytes(1000):
        sock.sendall(bytes([byte]))
        if stop.wait(1.0):
            return


def greeting(words: bytes) -> Callable[[socket.socket, threading.Event], None]:
    """A server that speaks first, as SSH and SMTP do."""

    def say(sock: socket.socket, stop: threading.Event) -> None:
        sock.sendall(words)
        silent(sock, stop)

    return say


def plain_http(sock: socket.socket, stop: threading.Event) -> None:
    """Answer as a web server without TLS does."""
    sock.recv(65536)
    sock.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as sock:
        sock.bind((HERE, 0))
        return sock.getsockname()[1]


def wait_for_port(port: int) -> None:
    """Wait until something listens on the port."""

    def listens() -> bool:
        with socket.socket() as sock:
            sock.settimeout(1.0)
            return sock.connect_ex((HERE, port)) == 0

    _waited_for(listens, None)


@contextlib.contextmanager
def _running(command: list[str], log: Path) -> Iterator[None]:
    """A process that ends with the block; what it prints stands in the log."""
    with log.open("wb") as out:
        environment = {**os.environ, "OPENSSL_CONF": "/dev/null"}
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT, env=environment
        )
    try:
        yield
    finally:
        process.kill()
        process.communicate()


def _waited_for(true: Callable[[], object], log: Path | None) -> object:
    """What comes true in time."""
    ends = time.monotonic() + _PATIENCE
    while time.monotonic() < ends:
        if found := true():
            return found
        time.sleep(0.01)
    said = log.read_text("utf-8", "replace")[-500:] if log else ""
    raise AssertionError(f"the server did not start: {said}")
