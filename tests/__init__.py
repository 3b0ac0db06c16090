"""Tests of the compliance service."""
