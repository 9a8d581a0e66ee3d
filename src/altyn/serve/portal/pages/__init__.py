"""Pages: one file a kind."""
