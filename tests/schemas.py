"""Write what is made from the code: the JSON Schemas of files that people write, and the page of coverage.

`python -m tests.schemas`, or `make schemas`.
"""

from pathlib import Path

from compliance.actions.coverage import coverage, coverage_page
from compliance.policy.schemas import FORMATS, file_schema
from compliance.wiring import open_policies

DOCS = Path(__file__).parents[1] / "docs"
FOLDER = DOCS / "schemas"


def page() -> str:
    """The page of coverage, as the shipped rules and frameworks make it."""
    return coverage_page(coverage(open_policies(None)))


if __name__ == "__main__":
    for name in FORMATS:
        (FOLDER / f"{name}.schema.json").write_bytes(file_schema(name))
    (DOCS / "coverage.md").write_text(page(), encoding="utf-8")
