"""What every command shares in showing: streams, exit codes, one-line errors."""

import os
import sys
from enum import IntEnum
from types import FrameType

from compliance.model.errors import ComplianceError


class Exit(IntEnum):
    """Exit codes of every command."""

    FINE = 0
    """Everything looked at passes."""
    FAILING = 1
    """Something fails at or above --fail-on."""
    USAGE = 2
    """The command line is wrong."""
    NOT_SEEN = 3
    """Nothing fails, but something could not be seen."""
    IMPOSSIBLE = 4
    """It could not be done."""


class Interrupted(BaseException):
    """Somebody wants it to end now; unlike KeyboardInterrupt, Typer does not make something else of it."""


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Answer SIGINT."""
    raise Interrupted


def line(text: str) -> None:
    """Say one line on standard error."""
    print(text, file=sys.stderr)  # noqa: T201 (this is the place that prints)


def result(text: str | bytes) -> None:
    """Give a result on standard output, in UTF-8 whatever the locale says."""
    raw = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
    sys.stdout.buffer.write(raw if raw.endswith(b"\n") else raw + b"\n")
    sys.stdout.flush()


def error(trouble: ComplianceError) -> None:
    """Say what could not be done, and what to do about it."""
    line(f"compliance: {trouble.message}")
    if trouble.hint:
        line(f"  hint: {trouble.hint}")


def leave_at_once(code: Exit) -> None:
    """End the process without waiting for looks at hosts that are still going on in threads."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def close_output() -> None:
    """Give up standard output, whose reader has gone, so that Python does not complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
