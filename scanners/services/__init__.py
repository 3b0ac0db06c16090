"""Services that speak in the clear or let strangers in, by harmless questions; no login is ever tried."""

from scanners.services.scan import SCANNER as SCANNER
