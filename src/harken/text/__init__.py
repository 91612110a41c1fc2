"""What the text of a post means: its length, its mentions, tags and links, its HTML."""
