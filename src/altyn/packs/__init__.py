"""Packs: finds, checks and loads pack folders and their contracts; knows the manifest, knows no domain."""
