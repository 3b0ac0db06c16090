"""What the benchmark of the policy engine is made of: its load, its floor, and other engines."""
