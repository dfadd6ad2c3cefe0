"""Forces: nodes that are joined pull each other, all push each other off, none covers another.

Sums are numpy's own, never those of a threaded library: the number of cores must not change a place.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Points = Numbers  # (n, 2), in page units

_STEPS = 90
_PUSHES = 45
_CLEAR = 0.6  # page units: less to push off is none
_FILLED = 1.25  # radius of a disc to that of one which its nodes fill without a gap
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))


def arrange(room: Numbers, pairs: Numbers) -> Points:
    """Places around the origin of nodes that each need `room` (a radius); `pairs` are rows (node, node, weight)."""
    unit = 2 * float(room.mean())
    points = spiral(len(room)) * unit * 1.2
    sources, targets = pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)
    weights = pairs[:, 2]
    for step in range(_STEPS):
        moves = _pull(points, sources, targets, weights, unit) + _push(points, unit) - points * 0.03
        length = np.hypot(*moves.T) + 1e-9
        most = unit * 2 * (1 - step / _STEPS) + 0.5
        points = points + moves * (np.minimum(length, most) / length)[:, None]
    points = _compact(points, _FILLED * float(np.sqrt((room**2).sum())))
    for push in range(_PUSHES):
        moves = _apart(points, room)
        points = points + moves - points * (0.003 if push < _PUSHES / 3 else 0)
        if float(np.abs(moves).max()) < _CLEAR:
            break
    points = points + _apart(points, room)
    centred: Points = points - (points.max(axis=0) + points.min(axis=0)) / 2
    return centred


def spiral(count: int) -> Points:
    """`count` points, evenly over a disc, from its centre outwards, about one apart."""
    number = np.arange(count)
    points: Points = np.sqrt(number)[:, None] * np.column_stack([np.cos(number * _GOLDEN_ANGLE), np.sin(number * _GOLDEN_ANGLE)])
    return points


def _compact(points: Points, radius: float) -> Points:
    """The same picture inside a disc: what lies far out comes in most."""
    distance = np.hypot(*points.T) + 1e-9
    usual = float(np.median(distance)) * 1.2
    compact: Points = points * (radius * np.tanh(distance / usual) / distance)[:, None]
    return compact


def _pull(points: Points, sources: npt.NDArray[np.int64], targets: npt.NDArray[np.int64], weights: Numbers, unit: float) -> Points:
    way = points[targets] - points[sources]
    strength = weights * np.hypot(*way.T) / unit
    moves = np.zeros_like(points)
    for axis in (0, 1):
        pull = way[:, axis] * strength
        moves[:, axis] = np.bincount(sources, pull, len(points)) - np.bincount(targets, pull, len(points))
    return moves


def _push(points: Points, unit: float) -> Points:
    way_x, way_y = _ways(points)
    strength = unit * unit / (way_x**2 + way_y**2 + unit * unit * 0.01)
    return 0.5 * np.column_stack([(way_x * strength).sum(axis=1), (way_y * strength).sum(axis=1)])


def _apart(points: Points, room: Numbers) -> Points:
    """Half of what each two nodes lack in distance."""
    way_x, way_y = _ways(points)
    distance = np.hypot(way_x, way_y) + 1e-6
    lack = np.maximum(0, room[:, None] + room[None, :] - distance) / distance * 0.35
    np.fill_diagonal(lack, 0)
    return np.column_stack([(way_x * lack).sum(axis=1), (way_y * lack).sum(axis=1)])


def _ways(points: Points) -> tuple[Numbers, Numbers]:
    return points[:, None, 0] - points[None, :, 0], points[:, None, 1] - points[None, :, 1]
