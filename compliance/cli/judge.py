"""`compliance judge`: what other rules, another profile or another day would say of facts that were kept."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from compliance.cli import shown, words


def judge(
    scan: Annotated[
        str, typer.Option("--scan", metavar="ID", help="Which kept scan.", show_default="the newest")
    ] = "",
    rules: Annotated[
        list[Path] | None,
        typer.Option(
            "--rules",
            metavar="FILE",
            help="Rules instead of those of the same ids, or besides them; may be given several times.",
            exists=True,
            show_default=False,
        ),
    ] = None,
    profile: Annotated[
        str, typer.Option("--profile", help="Which rules to judge by.", show_default="that of the scan")
    ] = "",
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
            help="The moment, in UTC, at which facts are too old and waivers over.",
            show_default="when they were seen; waivers, now",
        ),
    ] = None,
    waivers: words.Waivers = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    config: words.Config = None,
) -> None:
    """Judge the facts of a kept scan otherwise, and show what would change.

    No host is touched, and nothing is kept. Exit code 1 if something would fail that did not, else 0.
    """
    from compliance.actions.whatif import Question, answer_document, told_answer, try_out
    from compliance.wiring import open_service

    question = Question(
        scan=scan,
        rules=tuple(rules or ()),
        profile=profile,
        as_of=as_of.replace(tzinfo=UTC) if as_of else None,
        waivers=tuple(waivers or ()),
    )
    answer = try_out(open_service(config), question)
    shown.result(answer_document(answer) if as_json else "\n".join(told_answer(answer)))
    fails = any(change.after == "fail" for change in answer.changes)
    raise typer.Exit(shown.Exit.FAILING if fails else shown.Exit.FINE)
