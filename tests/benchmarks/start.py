"""How light the front door is: CPU seconds of `compliance --help`, beside a bare interpreter's."""

import os
import resource
import statistics
import subprocess
import sys

RUNS = 9
BAR = 0.4


def main() -> int:
    """Print the figures and the bar; 1 if it falls short."""
    helped, bare = [], []
    for _ in range(RUNS):
        helped.append(_cpu_seconds("-m", "compliance", "--help"))
        bare.append(_cpu_seconds("-c", "pass"))
    ours, floor = statistics.median(helped), statistics.median(bare)
    print(f"compliance --help {ours:.3f} s of CPU, a bare Python {floor:.3f} s, medians of {RUNS}")
    print(f"bar help-cpu-seconds: {ours:.3f} (want <= {BAR}) {'ok' if ours <= BAR else 'short'}")
    return int(ours > BAR)


def _cpu_seconds(*words: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL, env=dict(os.environ))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
