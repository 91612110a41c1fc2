"""The listening desk: who works when, what waits, what matters."""
