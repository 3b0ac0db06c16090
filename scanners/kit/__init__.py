"""What scanners share: a shell on a host, and the finding of scanners."""
