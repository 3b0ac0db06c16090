"""What the DNS says of the zone that a host's name stands in."""

from scanners.dns.scan import SCANNER as SCANNER
