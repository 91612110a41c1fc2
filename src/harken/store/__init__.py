"""All SQL but the two search indexes'. Nobody outside knows which database runs."""
