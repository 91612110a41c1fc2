"""A small community, so that `make run` shows a newcomer a living place."""
