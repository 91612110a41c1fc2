"""One verb per file; the only writers of facts. Each commits its rows and its event together."""
