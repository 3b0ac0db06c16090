"""Connections that a host's own tools make, where sshd may not forward: nc, else bash, out of POSIX sh."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from scanners import ToolMissing
from scanners.facts import Reason
from scanners.kit.knock import Answer, Bounds, Door, Way, state_said, untried
from scanners.kit.shell import Shell

_LINE = re.compile(rb"knocked ([0-9]{1,6}) ([0-9]{1,3}) ([^\n]*)\n")
_TIMED_OUT = 124
_LONGEST = 120
_SCRIPT = """\
way=
for tool in nc 'busybox nc'; do
  if $tool -h 2>&1 </dev/null | grep -q -e '-[a-zA-Z]*z'; then way=nc; break; fi
done
if [ -z "$way" ] && command -v bash >/dev/null && command -v timeout >/dev/null; then way=bash; fi
echo "way $way"
[ -n "$way" ] || exit 0
while read -r number address port; do
  if [ "$way" = nc ]; then
    said=$($tool -v -z -w SECONDS "$address" "$port" 2>&1 </dev/null); code=$?
  else
    said=$(timeout SECONDS bash -c ': <"/dev/tcp/$0/$1"' "$address" "$port" 2>&1 </dev/null); code=$?
  fi
  echo "knocked $number $code $(printf %s "$said" | tr -cd ' -~' | cut -c 1-400)"
  PAUSE
done <<'DOORS'
"""
_END = "DOORS\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellKnocker:
    """Tries connections from the host of a shell, by programs that it has."""

    shell: Shell

    def knock(self, doors: Sequence[Door], bounds: Bounds) -> Sequence[Answer]:
        """One answer for each door; raises `ToolMissing` where the host has no tool for it."""
        said = self.shell.run(_script(doors, bounds), timeout=max(1.0, bounds.left))
        way = _way(said.stdout)
        heard = {int(m[1]): (int(m[2]), m[3].decode("ascii", "replace")) for m in _LINE.finditer(said.stdout)}
        return [_answer(way, heard.get(number)) for number in range(len(doors))]


def _script(doors: Sequence[Door], bounds: Bounds) -> bytes:
    seconds = str(max(1, round(bounds.patience)))
    pause = f"sleep {max(1, round(bounds.pause))}" if bounds.pause >= 0.5 else ":"  # noqa: PLR2004 (POSIX sleep takes whole seconds)
    lines = "".join(f"{n} {shlex.quote(door.address)} {door.port}\n" for n, door in enumerate(doors))
    body = _SCRIPT.replace("SECONDS", seconds).replace("PAUSE", pause)
    return f"{body}{lines}{_END}".encode()


def _way(stdout: bytes) -> Way:
    match = re.search(rb"^way (nc|bash)$", stdout, re.MULTILINE)
    if match is None:
        raise ToolMissing("the host has neither nc with -z nor bash with timeout to try connections with")
    return "nc" if match[1] == b"nc" else "bash"


def _answer(way: Way, heard: tuple[int, str] | None) -> Answer:
    """What the tool's end means; words that are not its system's make nothing closed."""
    if heard is None:
        return untried(way)
    code, words = heard
    if code == 0:
        return Answer(state="open", way=way)
    if way == "bash" and code == _TIMED_OUT:
        return Answer(state="filtered", way=way)
    if state := state_said(words):
        return Answer(state=state, way=way)
    return Answer(
        state=None, way=way, reason=Reason.INCONCLUSIVE, detail=f"{way} ended with {code}: {words[:_LONGEST]}"
    )
