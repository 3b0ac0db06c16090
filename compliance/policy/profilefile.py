"""The words of a profile file, `profile/v1`: its structure, before anything in it is understood."""

from typing import Any, Literal

from msgspec import Struct

from compliance.model.rule import Severity


class SelectSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a selection: a pack, a tag or a rule."""

    pack: str = ""
    tag: str = ""
    rule: str = ""


class LeftOutSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule that is left out, as it is written."""

    rule: str
    reason: str


class RefineSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a profile says of a rule in other words; the requirement itself cannot be changed."""

    severity: Severity


class ProfileSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A profile file as it is written."""

    format: Literal["profile/v1"]
    id: str
    title: str
    extends: tuple[str, ...] = ()
    scope: str = ""
    select: tuple[SelectSpec, ...] = ()
    unselect: tuple[LeftOutSpec, ...] = ()
    set: dict[str, Any] = {}
    refine: dict[str, RefineSpec] = {}
    unknown_as: dict[Severity, Literal["fail"]] = {}
