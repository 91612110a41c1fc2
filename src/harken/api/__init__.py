"""Interfaces for programs, each in its own vocabulary."""
