"""What reads the log. Each has a stored position, is safe to replay, and can be rebuilt from the facts."""
