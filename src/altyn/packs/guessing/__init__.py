"""Guessing: a first contract for a file nobody has declared, from all of its rows, made to be read and corrected."""
