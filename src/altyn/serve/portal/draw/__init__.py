"""Drawing: charts, maps and words, as text and SVG."""
