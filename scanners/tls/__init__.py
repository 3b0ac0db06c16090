"""TLS as it shows from outside: versions, suites, certificates. An own ClientHello engine, no OpenSSL."""

from scanners.tls.scan import SCANNER as SCANNER
