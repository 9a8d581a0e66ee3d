"""Rivals: other programs doing the same work, each in a locked environment of its own, never imported by Altyn."""
