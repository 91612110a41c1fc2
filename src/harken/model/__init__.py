"""Frozen structs in our own words. They know no database and no HTTP."""
