"""TLS as it shows from outside: versions, suites, certificates. An own ClientHello engine, no OpenSSL."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scanners.tls.scan import SCANNER as SCANNER


def __getattr__(name: str) -> object:
    """The scanner, once it is asked for: what runs alone does without the fact types and their library."""
    if name != "SCANNER":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from scanners.tls.scan import SCANNER  # noqa: PLC0415 - see above

    return SCANNER
