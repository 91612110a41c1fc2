"""Bring the alerts of ears to their owners."""
