"""Clustering: accepted pairs become clusters; a cluster held together by a weak bridge is taken apart at it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

ClusterLabels = NDArray[np.int64]


def components(left: NDArray[Any], right: NDArray[Any], total: int) -> ClusterLabels:
    """The smallest row number of each row's component; shape (total,)."""
    labels = np.arange(total, dtype=np.int64)
    a, b = left.astype(np.int64), right.astype(np.int64)
    while len(a):
        low, high = np.minimum(labels[a], labels[b]), np.maximum(labels[a], labels[b])
        apart = low != high
        if not apart.any():
            break
        a, b = a[apart], b[apart]
        np.minimum.at(labels, high[apart], low[apart])
        while True:
            further = labels[labels]
            if (further == labels).all():
                break
            labels = further
    return labels


def clusters(
    left: NDArray[Any], right: NDArray[Any], scores: NDArray[Any], total: int, threshold: float
) -> ClusterLabels:
    """Clusters of rows under a threshold; shape (total,), the smallest row number of each cluster.

    Pairs join in order of score. Two groups join only if what is known between them speaks for it on the whole: pairs that
    were compared and speak against it count too, so that one bridge does not make one of two people.

    Args:
        left: rows of the compared pairs, also of those under the threshold.
        right: the other rows.
        scores: weights in bits.
        total: number of rows.
        threshold: least weight of an accepted pair.
    """
    good = scores >= threshold
    labels = components(left[good], right[good], total)
    inside = labels[left] == labels[right]
    sizes = np.bincount(labels, minlength=total)
    # Components all of whose compared pairs agree need no second look.
    doubtful = np.zeros(total, bool)
    doubtful[labels[left[inside & ~good]]] = True
    look = inside & doubtful[labels[left]] & (sizes[labels[left]] > 2)  # noqa: PLR2004
    if not look.any():
        return labels
    groups = _joined(left[look], right[look], scores[look] - threshold)
    out = labels.copy()
    rows = np.fromiter(groups, np.int64, len(groups))
    out[rows] = np.fromiter(groups.values(), np.int64, len(groups))
    return out


def _joined(left: NDArray[Any], right: NDArray[Any], weights: NDArray[Any]) -> dict[int, int]:
    """Agglomeration in order of weight; row -> smallest row of its group."""
    order = np.lexsort((right, left, -weights))
    links: dict[int, dict[int, float]] = {}
    group: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    pairs = list(zip(left[order].tolist(), right[order].tolist(), weights[order].tolist(), strict=True))
    for a, b, weight in pairs:
        # Beyond a few bits a pair is decided; its size must not outvote the others.
        clipped = max(-12.0, min(12.0, weight))
        for x, y in ((a, b), (b, a)):
            links.setdefault(x, {})[y] = clipped
            group.setdefault(x, x)
            members.setdefault(x, [x])
    for a, b, weight in pairs:
        if weight < 0:
            break
        x, y = group[a], group[b]
        if x == y:
            continue
        if sum(links[x].get(z, 0.0) for z in (y,)) < 0:
            continue
        low, high = min(x, y), max(x, y)
        for other, value in links.pop(high).items():
            if other != low:
                links[low][other] = links[low].get(other, 0.0) + value
                links[other][low] = links[low][other]
            links[other].pop(high, None)
        links[low].pop(high, None)
        for row in members.pop(high):
            group[row] = low
            members[low].append(row)
    return group
