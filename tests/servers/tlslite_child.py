"""A TLS server of tlslite-ng on a free port: CHAIN KEY LOWEST HIGHEST [plain], prints `PORT n`."""

import contextlib
import socket
import sys
import threading
from pathlib import Path

from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey


def main(chain_file: str, key_file: str, lowest: str, highest: str, plain: str = "") -> None:
    chain = X509CertChain()
    chain.parsePemList(Path(chain_file).read_text("ascii"))
    key = parsePEMKey(Path(key_file).read_text("ascii"), private=True)
    settings = HandshakeSettings()
    settings.minVersion = tuple(int(part) for part in lowest.split("."))
    settings.maxVersion = tuple(int(part) for part in highest.split("."))
    settings.cipherNames = [*settings.cipherNames, "rc4", "3des", "null"]
    settings.macNames = [*settings.macNames, "md5"]
    settings.minKeySize = 512
    settings.useExtendedMasterSecret = settings.useEncryptThenMAC = not plain
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print("PORT", listener.getsockname()[1], flush=True)

    def serve(sock: socket.socket) -> None:
        with contextlib.suppress(Exception), sock:
            TLSConnection(sock).handshakeServer(certChain=chain, privateKey=key, settings=settings)

    while True:
        sock, _ = listener.accept()
        threading.Thread(target=serve, args=(sock,), daemon=True).start()


main(*sys.argv[1:])
