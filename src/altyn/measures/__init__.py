"""Measures: indicators as declared data. A measure yields relations; it never holds rows."""

from altyn.measures.measure import Dimension, Measure, Pyramid, load_measure, parse_measure

__all__ = ["Dimension", "Measure", "Pyramid", "load_measure", "parse_measure"]
