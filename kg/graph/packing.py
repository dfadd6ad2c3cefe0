"""Packing: discs side by side without covering each other, those that are tied close together."""

from __future__ import annotations

import math

import numpy as np

from kg.graph.forces import Numbers, Points, spiral

_TRIES = 900  # places that are looked at for one disc
_GAP = 24.0  # between discs
_HIGHER = 1.14  # rows of discs stand this much farther apart: room for the names of topics


def pack(radii: list[float], ties: Numbers, wide: float) -> Points:
    """Centres of discs, in the order given (the largest first); the whole is `wide` times as wide as high."""
    centres = np.zeros((len(radii), 2))
    wide *= _HIGHER
    grid = spiral(_TRIES)
    for number in range(1, len(radii)):
        placed, reach = centres[:number], np.array(radii[:number]) + radii[number] + _GAP
        weights = ties[number, :number]
        target = (weights[:, None] * placed).sum(axis=0) / weights.sum() if weights.sum() else np.zeros(2)
        outside = float((np.hypot(*placed.T) + reach).max()) * 1.02
        places = np.concatenate([grid * (outside / math.sqrt(_TRIES)) * np.array([wide, 1]), _touching(placed, reach)])
        distances = np.hypot(places[:, None, 0] - placed[None, :, 0], places[:, None, 1] - placed[None, :, 1])
        places = places[(distances >= reach[None, :] - 1e-6).all(axis=1)]
        cost = np.hypot(*(places - target).T) + 1.5 * np.hypot(places[:, 0] / wide, places[:, 1])
        centres[number] = places[int(np.argmin(cost))]
    spread: Points = centres * np.array([1, _HIGHER])
    return spread


def _touching(placed: Points, reach: Numbers) -> Points:
    """Places that touch one disc each."""
    angles = np.arange(36) * math.pi / 18
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    found: Points = (placed[:, None, :] + reach[:, None, None] * 1.001 * circle[None, :, :]).reshape(-1, 2)
    return found
