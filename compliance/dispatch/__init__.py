"""Tasks are carried to hosts, observations are brought back."""
