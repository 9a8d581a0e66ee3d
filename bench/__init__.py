"""Bench: Altyn and its rival on the same data in one run; CPU seconds, ratios and peak memory."""
