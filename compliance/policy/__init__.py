"""Facts and rules become results. Pure: no I/O but reading rule files, no clock."""
