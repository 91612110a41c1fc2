"""From text to terms, from a query to posts."""
