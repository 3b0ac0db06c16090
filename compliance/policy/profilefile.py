"""The words of a profile file, `profile/v1`: its structure, before anything in it is understood."""

from typing import Annotated, Any, Literal

from msgspec import Struct

from compliance.model.framework import Questionnaire
from compliance.model.rule import Severity
from compliance.policy.filewords import cel, says


class SelectSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a selection: a pack, a tag or a rule."""

    pack: Annotated[str, says("All rules of this pack.")] = ""
    tag: Annotated[str, says("All rules with this tag.")] = ""
    rule: Annotated[str, says("This rule.")] = ""


class LeftOutSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule that is left out, as it is written."""

    rule: Annotated[str, says("The rule that is left out.")]
    reason: Annotated[str, says("Why; reports list it.")]


class RefineSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a profile says of a rule in other words; the requirement itself cannot be changed."""

    severity: Annotated[Severity, says("How bad a failure is here.")]


class QuestionnaireSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A questionnaire of a framework, as it is written."""

    framework: Annotated[str, says("The framework's id, as pci-dss-4.0.1.")]
    name: Annotated[Questionnaire, says("Which of its questionnaires.")]


class ProfileSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A profile file as it is written."""

    format: Literal["profile/v1"]
    id: Annotated[str, says("What --profile takes.")]
    title: Annotated[str, says("What it is for.")]
    extends: Annotated[tuple[str, ...], says("Other profiles, laid over each other from left to right.")] = ()
    scope: Annotated[str, cel("The hosts that it speaks of.")] = ""
    questionnaire: Annotated[
        QuestionnaireSpec | None,
        says("Adds the rules that bear on its controls, and narrows reports to these."),
    ] = None
    select: Annotated[tuple[SelectSpec, ...], says("The rules that are added.")] = ()
    unselect: Annotated[tuple[LeftOutSpec, ...], says("The rules that are left out, and why.")] = ()
    set: Annotated[dict[str, Any], says("Parameters, as rule-id.parameter: value.")] = {}
    refine: Annotated[dict[str, RefineSpec], says("By rule: another severity.")] = {}
    unknown_as: Annotated[
        dict[Severity, Literal["fail"]], says("By severity: what was not seen counts as failing.")
    ] = {}
