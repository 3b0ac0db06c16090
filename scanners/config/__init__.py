"""How a host is set up, read from inside by one script."""
