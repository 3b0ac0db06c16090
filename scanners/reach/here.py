"""Connections tried from this very machine, by the connect engine of the ports scanner."""

from collections.abc import Mapping, Sequence

from scanners import ScanError, Target
from scanners.facts import Reason
from scanners.kit.knock import Answer, Bounds, Door, Way, untried
from scanners.kit.knock import State as Known
from scanners.ports.course import Course, Manner, State
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
"""Tries a second at one destination."""


class LocalKnocker:
    """Tries connections from this machine."""

    def knock(self, doors: Sequence[Door], bounds: Bounds) -> Sequence[Answer]:
        """One answer for each door; destinations side by side, unless only one try may be made at once."""
        rounds = [[door] for door in doors] if bounds.at_once == 1 else [doors]
        answers: list[Answer] = []
        for part in rounds:
            answers += _tried(part, bounds) if bounds.left > 0 else [untried(_WAY)] * len(part)
            bounds.progress(len(answers) / len(doors))
        return answers


def _tried(doors: Sequence[Door], bounds: Bounds) -> list[Answer]:
    names = {door.address: _looked_up(door.address, bounds) for door in doors}
    ports: dict[str, list[int]] = {}
    for door in doors:
        found = names[door.address]
        if isinstance(found, str):
            ports.setdefault(found, []).append(door.port)
    manner = Manner(
        rate=min(_FASTEST, 1 / bounds.pause) if bounds.pause else _FASTEST,
        at_once=1,
        tries=2,
        first_wait=bounds.patience / 2,
        longest_wait=bounds.patience,
    )
    wants = [Want(address=address, ports=tuple(each), manner=manner) for address, each in ports.items()]
    courses = {course.address: course for course in sweep(wants, SweepBounds(until=bounds.until))}
    return [_answer(names[door.address], door.port, courses) for door in doors]


def _looked_up(name: str, bounds: Bounds) -> str | Answer:
    """The address of a name, or why it has none."""
    try:
        return address_of(Target(address=name), bounds.patience)
    except ScanError as error:
        return Answer(state=None, way=_WAY, reason=Reason.INCONCLUSIVE, detail=str(error))


def _answer(found: str | Answer, port: int, courses: Mapping[str, Course]) -> Answer:
    if isinstance(found, Answer):
        return found
    state = _STATES.get(State(courses[found].states[port]))
    return untried(_WAY) if state is None else Answer(state=state, way=_WAY)
