"""The command line: parse, call one action, show; heavy rooms are entered inside the commands."""
