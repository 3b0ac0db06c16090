"""A TLS server of tlslite-ng on a free port: CHAIN KEY LOWEST HIGHEST [plain|FAULT], prints `PORT n`.

Faults: `telling` answers bad padding otherwise than a bad MAC, `careless` does not look at padding.
"""

import contextlib
import socket
import sys
import threading
from pathlib import Path

from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey
from tlslite.errors import TLSBadRecordMAC, TLSDecryptionFailed
from tlslite.recordlayer import RecordLayer
from tlslite.utils.constanttime import ct_check_cbc_mac_and_pad


class Telling(RecordLayer):
    def _decryptThenMAC(self, recordType, data):  # noqa: N802, N803 - the library's names
        state = self._readState
        if not state.encContext:
            return data
        block = state.encContext.block_size
        plain = state.encContext.decrypt(data)[block if self.version >= (3, 2) else 0 :]
        fill = plain[-1] + 1
        if fill > len(plain):
            raise TLSDecryptionFailed
        self._look(plain, fill)
        if not ct_check_cbc_mac_and_pad(
            plain, state.macContext, state.getSeqNumBytes(), recordType, self.version, block
        ):
            raise TLSBadRecordMAC
        return plain[: -fill - state.macContext.digest_size]

    def _look(self, plain, fill):
        if set(plain[-fill:]) != {fill - 1}:
            raise TLSDecryptionFailed


class Careless(Telling):
    def _look(self, plain, fill):
        plain[-fill:] = bytes([fill - 1]) * fill


LAYERS = {"telling": Telling, "careless": Careless}


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
    settings.useExtendedMasterSecret = settings.useEncryptThenMAC = plain != "plain"
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print("PORT", listener.getsockname()[1], flush=True)

    def serve(sock: socket.socket) -> None:
        with contextlib.suppress(Exception), sock:
            line = TLSConnection(sock)
            line._recordLayer.__class__ = LAYERS.get(plain, RecordLayer)
            line.handshakeServer(certChain=chain, privateKey=key, settings=settings)
            if plain in LAYERS:
                line.read(1, 2)

    while True:
        sock, _ = listener.accept()
        threading.Thread(target=serve, args=(sock,), daemon=True).start()


main(*sys.argv[1:])
