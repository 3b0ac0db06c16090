"""Findings become a document."""
