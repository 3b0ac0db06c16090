"""What SSH servers show before anybody logs in."""

from scanners.ssh.facts import SshFacts as SshFacts
from scanners.ssh.scan import SCANNER as SCANNER
