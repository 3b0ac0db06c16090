"""Write the JSON Schemas of the files that people write: `python -m tests.schemas`, or `make schemas`."""

from pathlib import Path

from compliance.policy.schemas import FORMATS, file_schema

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"

if __name__ == "__main__":
    for name in FORMATS:
        (FOLDER / f"{name}.schema.json").write_bytes(file_schema(name))
