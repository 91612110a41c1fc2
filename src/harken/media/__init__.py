"""Pictures, sound, films, files: checked, re-encoded, stored."""
