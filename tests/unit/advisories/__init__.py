"""Advisories: bundles, readers, what is kept and what is matched."""
