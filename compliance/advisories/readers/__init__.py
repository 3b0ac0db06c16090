"""One format a file: each takes the bytes of one document and gives what it says, or raises `BadDocument`."""
