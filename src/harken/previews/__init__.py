"""Previews of links: fetched behind posts, never before them; bounded in size, time and depth."""
