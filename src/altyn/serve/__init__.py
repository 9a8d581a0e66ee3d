"""Serve: the use cases, and the doors through which people and programs reach them."""
