import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

from tests.servers.tls import old_server

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def on_a_terminal(*words, columns, state):
    """What the command shows on a terminal of that width; progress goes elsewhere."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {**os.environ, "COMPLIANCE_STATE": str(state), "TERM": "xterm-256color"}
    environment.pop("COLUMNS", None)
    command = [sys.executable, "-m", "compliance", *words]
    shown = b""
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL, env=environment) as running:
        os.close(theirs)
        with contextlib.suppress(OSError):
            while chunk := os.read(ours, 65536):
                shown += chunk
        running.wait(timeout=60)
    os.close(ours)
    return shown.decode()


def test_a_terminal_gets_colour_and_no_line_that_is_wider_than_it(tmp_path):
    with old_server(tmp_path) as port:
        words = ("scan", "127.0.0.1", "--ports", str(port), "--scanners", "tls")
        shown = on_a_terminal(*words, columns=64, state=tmp_path)
    assert COLOUR.search(shown)
    plain = COLOUR.sub("", shown).splitlines()
    assert len(plain) > 10
    assert max(map(len, plain)) <= 64


def test_nobody_gets_colour_who_does_not_want_it(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    with old_server(tmp_path) as port:
        words = ("scan", "127.0.0.1", "--ports", str(port), "--scanners", "tls")
        shown = on_a_terminal(*words, columns=100, state=tmp_path)
    assert "\x1b[3" not in shown
    assert "TLSv1.0" in shown
