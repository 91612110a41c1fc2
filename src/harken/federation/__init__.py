"""What passes between servers."""
