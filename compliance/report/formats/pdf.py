"""PDF: the same page on A4, tagged for those who cannot see it (PDF/UA-1), bounded in length."""

from compliance.model.errors import ReportFailed
from compliance.report.bounds import bounded
from compliance.report.content import Content
from compliance.report.formats import Format

_MOST_ROWS = 2000
"""About 60 pages; what is left out is counted in the document and stands in the HTML and JSON forms."""


def _render(content: Content) -> bytes:
    from compliance.report.page import Medium, page  # noqa: PLC0415 (heavy: the law of the light door)

    return written(page(bounded(content, _MOST_ROWS), Medium.PAPER))


def written(text: str) -> bytes:
    """An HTML page on paper; raises `ReportFailed` if it refers to anything outside itself."""
    from weasyprint import HTML  # noqa: PLC0415 (heavy: the law of the light door)
    from weasyprint.urls import FatalURLFetchingError, URLFetcher  # noqa: PLC0415 (the same)

    # A link elsewhere means that an escape is missing in a template, and then no document is better than one
    # that took in a file of this machine.
    fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)
    try:
        document = HTML(string=text, url_fetcher=fetcher).write_pdf(pdf_variant="pdf/ua-1")
    except FatalURLFetchingError as error:
        raise ReportFailed(
            f"the PDF would have read something outside itself: {error}",
            hint="a report template misses an escape; the report was not written",
        ) from error
    return bytes(document)


FORMAT = Format(name="pdf", media_type="application/pdf", suffix=".pdf", render=_render)
