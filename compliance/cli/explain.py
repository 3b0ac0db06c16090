"""`compliance explain`: why a rule says what it says of a host."""

from typing import Annotated

import typer

from compliance.cli import shown, words


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Id of a rule.", show_default=False)],
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="HOST",
            help="Name of the host, as it was scanned; or (fleet), (estate).",
            show_default=False,
        ),
    ],
    scan: Annotated[
        str, typer.Option("--scan", metavar="ID", help="Which kept scan.", show_default="the host's newest")
    ] = "",
    key: Annotated[
        str | None,
        typer.Option(
            "--key", metavar="KEY", help="One place, as tcp/443.", show_default="those that decided"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    config: words.Config = None,
) -> None:
    """Explain what a RULE says of a host, from the facts that a scan kept.

    It shows the parts of the rule that decided, with each fact's path and seen value, who saw it and when;
    and of what was not seen, why. No host is touched.
    """
    from compliance.actions.explain import Question, answer_document, told_answer
    from compliance.actions.explain import explain as answered
    from compliance.wiring import open_service

    answer = answered(open_service(config), Question(rule=rule, host=host, scan=scan, key=key))
    shown.result(answer_document(answer) if as_json else told_answer(answer))
