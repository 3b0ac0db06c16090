"""The compliance service of Parking United: scan, judge, remember, report."""

__version__ = "0.1.0"
