"""What server programs on a host are set to do: one program a file, joined in `all.py`."""
