"""The log: what changed, in order, written in the transaction of the change."""
