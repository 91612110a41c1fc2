"""The demo community: Fernmouth and its friends."""
