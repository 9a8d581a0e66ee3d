"""Operation: what who keeps a machine running looks at: events, the last run, health, diagnosis."""
