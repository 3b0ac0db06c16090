"""HTML: one file that needs no network and no script, for the screen and for printing."""

from compliance.report.content import Content
from compliance.report.formats import Format


def _render(content: Content) -> bytes:
    from compliance.report.page import Medium, page  # noqa: PLC0415 (heavy: the law of the light door)

    return page(content, Medium.SCREEN).encode()


FORMAT = Format(name="html", media_type="text/html; charset=utf-8", suffix=".html", render=_render)
