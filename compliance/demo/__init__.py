"""A small parking operator on loopback: a dozen hosts with real servers, several of them wrong."""
