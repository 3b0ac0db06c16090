"""Sections as the collector gives them, for tests that read no host."""

from scanners.kit.collector import Section, Sections


def said(**texts: str | int) -> Sections:
    """Sections by name (`_` for `-`): a text that was seen, or the code of one that was not."""
    named = {}
    for key, value in texts.items():
        name = key.replace("_", "-")
        code, text = (value, "") if isinstance(value, int) else (0, value)
        named[name] = Section(name=name, code=code, text=text)
    return Sections(named=named)


def dumped(files: dict[str, str]) -> str:
    """A dump of configuration files by path, as the collector gives it."""
    lines = []
    for path, text in files.items():
        lines.append(f"F {path}")
        lines += [f"|{line}" for line in text.splitlines() if line.strip() and line.strip()[0] not in "#;"]
    return "\n".join(lines)
