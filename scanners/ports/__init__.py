"""Which TCP ports answer, and what answers there: an own connect scan, then a word with each open port."""

from scanners.ports.facts import Port as Port
from scanners.ports.facts import PortsFacts as PortsFacts
from scanners.ports.facts import UdpPort as UdpPort
from scanners.ports.scan import SCANNER as SCANNER
