#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the arrays that the examples read, beside itself. Needs NumPy; two runs write the same bytes."""
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent
random = np.random.RandomState(2024)  # NumPy promises never to change its numbers.

# A straight line, 2 x + 1, measured with some noise.
x = np.linspace(-2, 2, 32, dtype=np.float32).reshape(32, 1)
noise = 0.2 * random.standard_normal((32, 1)).astype(np.float32)
np.save(FOLDER / "line_x.npy", x)
np.save(FOLDER / "line_y.npy", 2 * x + 1 + noise)

# Three clouds of points in the plane, and the number of the cloud that each point is from.
labels = np.arange(30) % 3
centres = np.array([[0, 1.5], [-1.5, -1], [1.5, -1]])
np.save(FOLDER / "points.npy", (centres[labels] + 0.5 * random.standard_normal((30, 2))).astype(np.float32))
np.save(FOLDER / "labels.npy", labels)

# The weights of a network with 8 hidden units, before any training.
np.save(FOLDER / "weight1.npy", (0.7 * random.standard_normal((2, 8))).astype(np.float32))
np.save(FOLDER / "weight2.npy", (0.35 * random.standard_normal((8, 3))).astype(np.float32))
