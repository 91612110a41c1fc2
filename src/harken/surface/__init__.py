"""What all surfaces share on the way in and out: errors, headers, limits, health."""
