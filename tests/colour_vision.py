"""How far apart two colours are for eyes of every kind.

Eyes without one kind of cones: Machado, Oliveira and Fernandes (2009), A Physiologically-based Model for Simulation of
Color Vision Deficiency, doi:10.1109/TVCG.2009.113, severity 1, on linear light. Difference: CIE 1976, in CIELAB under
D65, where about 2.3 is just seen; marks on a chart need more, since they are small and lie apart.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

EYES = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
APART = 10.0
"""Least difference of two colours that are told apart on one chart."""
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])


def lab(colour: str, eyes: str = "all cones") -> np.ndarray:
    """Return CIELAB of a hex colour as eyes of a kind see it."""
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    ratio = _TO_XYZ @ np.clip(EYES[eyes] @ linear, 0, 1) / _WHITE
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def too_alike(colours: Sequence[str]) -> list[tuple[str, str, str, float]]:
    """Return the pairs that some eyes hardly tell apart: both colours, the eyes, the difference."""
    return [
        (one, other, eyes, round(difference, 1))
        for one, other in itertools.combinations(colours, 2)
        for eyes in EYES
        if (difference := float(np.linalg.norm(lab(one, eyes) - lab(other, eyes)))) < APART
    ]
