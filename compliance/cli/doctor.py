"""`compliance doctor`: what this installation can and cannot do."""

import typer

from compliance.cli import shown, words


def doctor(config: words.Config = None) -> None:
    """Say what this installation can and cannot do.

    What is missing is named with what to type about it.

    Exit code 4 if something is missing.
    """
    from compliance.wiring import examine

    findings = examine(config)
    for finding in findings:
        shown.result(f"{'ok     ' if finding.fine else 'MISSING'}  {finding.what}: {finding.told}")
    raise typer.Exit(shown.Exit.FINE if all(finding.fine for finding in findings) else shown.Exit.IMPOSSIBLE)
