"""Engines: the only rooms where a query becomes rows. DuckDB here; Spark beside it when one machine is not enough."""
