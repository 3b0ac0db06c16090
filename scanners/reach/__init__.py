"""What a host can reach of the others: connections tried from one zone into the next."""

from scanners.reach.facts import Path as Path
from scanners.reach.facts import ReachFacts as ReachFacts
from scanners.reach.facts import Vantage as Vantage
from scanners.reach.scan import SCANNER as SCANNER
