"""A web server by Python's own library, plain or inside TLS: answers from a table and remembers."""

import contextlib
import http.server
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.servers.pki import Identity
from tests.servers.tls import HERE

Shown = tuple[int, list[tuple[str, str]], bytes]
HTML = ("Content-Type", "text/html; charset=utf-8")


@dataclass(kw_only=True)
class Web:
    """Where it listens, and each request's method, path and names of headers."""

    port: int
    asked: list[tuple[str, str]] = field(default_factory=list)


@contextlib.contextmanager
def web_server(pages: Mapping[str, Shown], identity: Identity | None = None) -> Iterator[Web]:
    """Shows these pages by path, 404 for all others."""
    web = Web(port=0)

    class Handler(http.server.BaseHTTPRequestHandler):
        server_version, sys_version = "TestWeb", ""

        def answer(self) -> None:
            web.asked.append((self.command, self.path))
            status, headers, body = pages.get(self.path, (404, [], b"nothing here"))
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value.replace("PORT", str(web.port)))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            return

    for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS"):
        setattr(Handler, f"do_{method}", Handler.answer)

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_about: object) -> None:
            return  # a client that hangs up in its handshake is what a scanner is

        def finish_request(self, request: object, address: object) -> None:
            if identity is not None:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(identity.chain_file, identity.key_file)
                request = context.wrap_socket(request, server_side=True)
            super().finish_request(request, address)
            if identity is not None:
                request.close()

    server = Server((HERE, 0), Handler)
    web.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
