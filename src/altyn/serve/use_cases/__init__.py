"""Use cases: what a person or a door asks of a project; the only place that composes the rooms below."""
