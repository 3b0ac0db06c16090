"""Connections tried from this very machine, by the connect engine of the ports scanner."""

from collections.abc import Sequence

from scanners import ScanError, Target
from scanners.facts import Reason
from scanners.kit.knock import Answer, Bounds, Door, Way, untried
from scanners.kit.knock import State as Known
from scanners.ports.course import Manner, State
from scanners.ports.place import address_of
from scanners.ports.sweep import Bounds as SweepBounds
from scanners.ports.sweep import Want, sweep

_WAY: Way = "here"
_STATES: dict[State, Known] = {
    State.OPEN: "open",
    State.CLOSED: "closed",
    State.SILENT: "filtered",
    State.BARRED: "filtered",
    State.UNREACHED: "filtered",
}
_FASTEST = 50.0


class LocalKnocker:
    """Tries connections from this machine."""

    def knock(self, doors: Sequence[Door], bounds: Bounds) -> Sequence[Answer]:
        """One answer for each door, tried one at a time."""
        answers: list[Answer] = []
        for door in doors:
            answers.append(_tried(door, bounds) if bounds.left > 0 else untried(_WAY))
            bounds.progress(len(answers) / len(doors))
        return answers


def _tried(door: Door, bounds: Bounds) -> Answer:
    try:
        address = address_of(Target(address=door.address), bounds.patience)
    except ScanError as error:
        return Answer(state=None, way=_WAY, reason=error.reason, detail=str(error))
    manner = Manner(
        rate=min(_FASTEST, 1 / bounds.pause) if bounds.pause else _FASTEST,
        at_once=1,
        tries=2,
        first_wait=bounds.patience / 2,
        longest_wait=bounds.patience,
    )
    (course,) = sweep(
        [Want(address=address, ports=(door.port,), manner=manner)], SweepBounds(until=bounds.until)
    )
    state = _STATES.get(State(course.states[door.port]))
    if state is None:
        return Answer(state=None, way=_WAY, reason=Reason.TIMED_OUT, detail="time ran out before it answered")
    return Answer(state=state, way=_WAY)
