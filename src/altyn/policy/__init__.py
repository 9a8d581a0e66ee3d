"""Policy: who may read what, for what, and the record of it. The only way to rows."""
