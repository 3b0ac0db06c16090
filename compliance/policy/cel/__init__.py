"""CEL, the Common Expression Language: parsed, typed, run with three values."""
