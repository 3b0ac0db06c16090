"""`compliance facts`: what was seen, as JSON, unjudged."""

from compliance.cli import shown, words


def facts(
    hosts: words.Hosts,
    ports: words.Ports = None,
    scanners: words.Scanners = None,
    login: words.Login = "",
    outside_window: words.OutsideWindow = False,
    config: words.Config = None,
    quiet: words.Quiet = False,
) -> None:
    """Print what was seen of HOSTs as JSON, unjudged.

    Nothing is kept.

    Exit code 3 if something could not be seen.
    """
    import typer

    from compliance.actions.choose import Order
    from compliance.actions.see import facts_document, see
    from compliance.cli.progress import watching
    from compliance.wiring import open_service

    order = Order(
        hosts=words.hosts_typed(hosts),
        ports=words.ports_typed(ports),
        scanners=words.names_typed(scanners),
        login=login,
        outside_window=outside_window,
    )
    service = open_service(config)
    with watching(order.hosts, quiet=quiet) as watch:
        sight = see(service, order, watch)
    shown.result(facts_document(sight))
    raise typer.Exit(shown.Exit.NOT_SEEN if sight.blanks else shown.Exit.FINE)
