"""Bundles of advisories become values of the model: recognised by their content, bounded, never fetched."""
