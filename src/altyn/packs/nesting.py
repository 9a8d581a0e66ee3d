"""Nesting: how deep a YAML document is, and how much its anchors make of it, looked at before anybody builds it.

The builder calls itself for each level, in C: ten thousand brackets end the process. A merge of merges costs nothing to write and
everything to flatten. The parser's events come one after another, so both are seen while they are read, and reading stops there.
"""

from __future__ import annotations

from typing import Any

import yaml

MAX_DEPTH = 100


class TooMuchError(ValueError):
    """A document that is too deep, or grows beyond what may be held; `line` counts from 1."""

    def __init__(self, line: int) -> None:
        super().__init__("nesting")
        self.line = line


def require_modest(text: str, loader: Any, most: int) -> None:
    """Refuse a document that is nested too deeply, or whose aliases stand for more than `most` values.

    Raises:
        TooMuchError; yaml.YAMLError for what is no YAML.
    """
    # Of each collection that is open: its anchor, and how many values it stands for so far.
    open_: list[tuple[str | None, int]] = [(None, 0)]
    weights: dict[str, int] = {}
    for event in yaml.parse(text, Loader=loader):
        weight = 0
        if isinstance(event, yaml.CollectionStartEvent):
            open_.append((event.anchor, 1))
            if event.anchor:
                # Until it ends, an alias to it would be a circle.
                weights[event.anchor] = most + 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, weight = open_.pop()
            if anchor:
                weights[anchor] = weight
        elif isinstance(event, yaml.ScalarEvent):
            weight = 1
            if event.anchor:
                weights[event.anchor] = 1
        elif isinstance(event, yaml.AliasEvent):
            weight = weights.get(str(event.anchor), 1)
        around, so_far = open_[-1]
        open_[-1] = (around, so_far + weight)
        if len(open_) > MAX_DEPTH or so_far + weight > most:
            mark = event.start_mark
            raise TooMuchError(mark.line + 1 if mark else 1)
