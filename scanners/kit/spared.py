"""Ports that are spared, because a device behind them may fall over, are owned up to."""

from collections.abc import Iterable

from scanners import Gap, Means, Reason

_SHOWN = 8


def spared_gaps(ports: Iterable[int], means: Means) -> tuple[Gap, ...]:
    """A gap for the ports among these that are spared; none where none is."""
    spared = sorted(means.spared_ports.intersection(ports))
    if not spared:
        return ()
    shown = ", ".join(map(str, spared[:_SHOWN])) + (" ..." if len(spared) > _SHOWN else "")
    detail = f"tcp/{shown} was spared, as told; what stands there was not looked at"
    return (Gap(path="endpoints", reason=Reason.NOT_PERMITTED, detail=detail),)
