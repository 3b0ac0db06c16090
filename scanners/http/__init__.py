"""What web servers show to whoever asks for their first page."""

from scanners.http.scan import SCANNER as SCANNER
