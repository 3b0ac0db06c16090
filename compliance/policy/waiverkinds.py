"""The kinds of waivers that standards know: what each must say before it is taken."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, Protocol

from msgspec import Struct

from compliance.model.waiver import WaiverKind
from compliance.policy.filewords import says

YEARLY = timedelta(days=365)


class WorksheetSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The worksheet of a compensating control."""

    constraint: Annotated[str, says("What keeps the requirement from being met as it stands.")]
    objective: Annotated[str, says("What the requirement is for, and how the other control serves it.")]
    risk: Annotated[str, says("What risk is left while the requirement is not met.")]
    control: Annotated[str, says("What is done instead, and why it goes beyond what is asked anyway.")]
    validation: Annotated[str, says("How it was tried and found to work.")]
    maintenance: Annotated[str, says("How it is kept working.")]
    reviewed: Annotated[str, says("The day of its last review, as 2026-10-02; it counts for a year.")]


class Said(Protocol):
    """What a waiver says of its kind."""

    @property
    def kind(self) -> WaiverKind:
        """Its kind."""

    @property
    def controls(self) -> tuple[str, ...]:
        """The controls that it concerns."""

    @property
    def worksheet(self) -> WorksheetSpec | None:
        """The worksheet of a compensating control."""

    @property
    def proof(self) -> str:
        """Where it lies what shows it."""


def lacking_of_kind(
    said: Said, until: date | None, customisable: Mapping[str, bool] | None
) -> Iterator[tuple[str, str]]:
    """What a waiver lacks for its kind: the field, and what is wrong.

    `customisable` says of every control, as `pci-dss-4.0.1/8.3.6`, whether it is open to the customised
    approach; None leaves controls unchecked.
    """
    if said.kind is not WaiverKind.ACCEPTED and not said.controls:
        yield "kind", f"a waiver of the kind {said.kind} names the controls that it concerns"
    if customisable is not None:
        yield from _unknown(said.controls, customisable)
    if said.kind is WaiverKind.COMPENSATING_CONTROL:
        yield from _worksheet(said.worksheet, until)
    elif said.worksheet is not None:
        yield "worksheet", "only a compensating control has a worksheet"
    if said.kind in _PROVED and not said.proof.strip():
        yield "kind", _PROVED[said.kind]
    if said.kind is WaiverKind.CUSTOMISED_APPROACH:
        closed = [control for control in said.controls if not (customisable or {}).get(control, True)]
        yield from (("controls", f"{control} is closed to the customised approach") for control in closed)


_PROVED: Mapping[WaiverKind, str] = {
    WaiverKind.CUSTOMISED_APPROACH: "a customised approach needs proof: controls matrix and risk analysis",
    WaiverKind.NOT_APPLICABLE: "what is not applicable needs proof: why, and where that is shown",
}


def _unknown(controls: Collection[str], known: Mapping[str, bool]) -> Iterator[tuple[str, str]]:
    for control in controls:
        if control not in known:
            yield "controls", f"there is no control {control!r}; write it as pci-dss-4.0.1/8.3.6"


def _worksheet(sheet: WorksheetSpec | None, until: date | None) -> Iterator[tuple[str, str]]:
    if sheet is None:
        yield "kind", "a compensating control needs its worksheet"
        return
    for name in WorksheetSpec.__struct_fields__:
        if not getattr(sheet, name).strip():
            yield "worksheet", f"the worksheet's {name} says nothing"
    try:
        reviewed = date.fromisoformat(sheet.reviewed)
    except ValueError:
        yield "worksheet", f"{sheet.reviewed!r} is no day; write it as 2027-03-31"
        return
    if until is not None and until - reviewed > YEARLY:
        yield "until", "a compensating control ends within a year of the review of its worksheet"
