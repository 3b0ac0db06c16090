"""`compliance rules`: what is judged, and whether a rule file of your own is sound."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from compliance.cli import shown, words

app = typer.Typer(
    no_args_is_help=True,
    help="List the rules, show one whole, check and test rule files.",
    rich_markup_mode=None,
)


class Shape(StrEnum):
    """How the outcome of rule tests is shown."""

    PLAIN = "plain"
    TAP = "tap"
    JUNIT = "junit"


class Sheet(StrEnum):
    """How the coverage of controls is shown."""

    PLAIN = "plain"
    JSON = "json"


@app.command("list")
def list_rules(
    profile: words.Profile = "default",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    config: words.Config = None,
) -> None:
    """List the rules of a profile: severity, id, and the good state that each asks for."""
    from compliance.actions.rules import listed_rules, rules_document
    from compliance.wiring import open_policies

    policies = open_policies(config)
    rules = listed_rules(policies, profile)
    if as_json:
        shown.result(rules_document(policies, rules))
        return
    width = max((len(rule.id) for rule in rules), default=0)
    for rule in rules:
        shown.result(f"{rule.severity:<9} {rule.id:<{width}}  {rule.title}")
    shown.line(f"{len(rules)} rules; compliance rules show RULE tells one whole")


@app.command("show")
def show_rule(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Id of a rule.", show_default=False)],
    config: words.Config = None,
) -> None:
    """Show one RULE: what it asks, why, how to mend it, and which controls it bears on."""
    from compliance.actions.rules import told_rule
    from compliance.wiring import open_policies

    shown.result(told_rule(open_policies(config), rule))


@app.command("explain")
def explain_rule(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Id of a rule.", show_default=False)],
    profile: words.Profile = "default",
    config: words.Config = None,
) -> None:
    """Explain what a RULE comes to under a profile: every value in force, and the file:line it comes from."""
    from compliance.actions.rules import told_effective
    from compliance.wiring import open_policies

    shown.result(told_effective(open_policies(config), rule, profile))


@app.command("coverage")
def show_coverage(
    framework: Annotated[
        str, typer.Option("--framework", help="Id of a framework.", show_default="all of them")
    ] = "",
    profile: Annotated[
        str, typer.Option("--profile", help="Count its rules alone.", show_default="all rules")
    ] = "",
    output: Annotated[Sheet, typer.Option("--format", help="How to show it.")] = Sheet.PLAIN,
    config: words.Config = None,
) -> None:
    """Show how far rules reach of each control (decided, measured, tracked, not-reached), what is missing."""
    from compliance.actions.coverage import coverage, coverage_document, told_coverage
    from compliance.wiring import open_policies

    found = coverage(open_policies(config), framework, profile)
    shown.result(coverage_document(found) if output is Sheet.JSON else "\n".join(told_coverage(found)))


@app.command("fields")
def list_fields(
    path: Annotated[
        str, typer.Argument(metavar="[PATH]", help="A fact, as host.tls.", show_default="all of them")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    config: words.Config = None,
) -> None:
    """List the facts that rules may read: path, type, who sees it, and what it means."""
    from compliance.actions.fields import fields_below, fields_document, told_fields
    from compliance.wiring import open_policies

    fields = fields_below(open_policies(config), path)
    shown.result(fields_document(fields) if as_json else "\n".join(told_fields(fields)))


@app.command("check")
def check_rules(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Rule files or folders of them.", exists=True, show_default=False
        ),
    ],
) -> None:
    """Check rule FILEs: every mistake with its file, line and column; then run the tests beside the rules."""
    from compliance.actions.rules import check
    from compliance.wiring import fact_types

    outcome = check(files, fact_types())
    for failed in outcome.failed:
        shown.line(failed)
    shown.line(f"{outcome.rules} rules and {outcome.cases} test cases, {len(outcome.failed)} of them failed")
    raise typer.Exit(shown.Exit.FAILING if outcome.failed else shown.Exit.FINE)


@app.command("test")
def prove_rules(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE...]",
            help="Rule files or folders of them.",
            exists=True,
            show_default="the shipped packs",
        ),
    ] = None,
    output: Annotated[Shape, typer.Option("--format", help="How to show the outcome.")] = Shape.PLAIN,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Change each operator and literal too: some test must notice.")
    ] = False,
) -> None:
    """Run the tests that stand beside the rules, and say how many places each of them judged.

    Then each fact that a test gives is taken away, one at a time: a verdict may only become unknown.

    Exit code 1 if a test fails or is lacking, a verdict leaks, or a mutant survives without a reason in the
    rule's file.
    """
    from compliance.actions.prove import prove, summary
    from compliance.wiring import fact_types

    proof = prove(tuple(files or ()), fact_types(), with_mutants=mutants)
    shown.result(proof.told(output))
    for text in summary(proof):
        shown.line(text)
    raise typer.Exit(shown.Exit.FINE if proof.holds else shown.Exit.FAILING)
