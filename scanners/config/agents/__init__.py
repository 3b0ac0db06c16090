"""What guards, watches, backs up and runs by itself on a host; joined in `all.py`."""
