"""The words we speak: frozen values and pure functions on them. No I/O, no clock."""
