"""Harken: a microblog server that listens."""

__version__ = "0.1.0"
