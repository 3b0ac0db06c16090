"""The installed command, run as a process with a state folder of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ended:
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


def compliance(*words: str, state: Path, timeout: float = 90, **more: str) -> Ended:
    """Run `compliance WORDS`; nothing of the caller's settings reaches it."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COMPLIANCE_")},
        "COMPLIANCE_STATE": str(state),
        **more,
    }
    ran = subprocess.run(
        [sys.executable, "-m", "compliance", *words],
        capture_output=True,
        timeout=timeout,
        env=environment,
        check=False,
    )
    out, err = ran.stdout.decode("utf-8-sig"), ran.stderr.decode()
    assert "Traceback" not in err, err
    return Ended(ran.returncode, out, err)
