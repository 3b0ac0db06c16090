"""How benchmarks take the time and hold it to a bar."""

from collections.abc import Callable
from time import process_time


def best(work: Callable[[], object], *, times: int = 9) -> float:
    """The fewest seconds of CPU that some runs took: what else the machine does only makes a run slower."""
    found = []
    for _ in range(times):
        began = process_time()
        work()
        found.append(process_time() - began)
    return min(found)


def bar(name: str, value: float, most: float) -> bool:
    """Print one bar; whether it is held."""
    fits = value <= most
    print(f"bar {name}: {value:.3f} (want <= {most:g}) {'ok' if fits else 'short'}")
    return fits
