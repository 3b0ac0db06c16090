"""Templates: the one Jinja environment, which escapes everything and stumbles over what is not there."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from compliance.model.rule import Severity
from compliance.report.words import Look, State, listed, plural, severity_sign


@cache
def environment() -> Environment:
    """The environment of `report_templates`; every value is escaped, whatever the file is called."""
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=PackageLoader("report_templates", "."),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"listed": listed, "plural": plural, "severity_sign": severity_sign}
    made.globals |= {"Look": Look, "Severity": Severity, "State": State}
    return made
