"""Figures of scikit-learn's Gaussian process, and of log EI in 60 digits: gaussian_process.json.

    python -m venv env && env/bin/pip install scikit-learn mpmath && env/bin/python make_gaussian_process.py
"""

import json
import pathlib

import mpmath
import numpy as np
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

random = np.random.default_rng(7)
points = random.uniform(size=(14, 3))
values = np.sin(5 * points[:, 0]) + 2 * (points[:, 1] - 0.4) ** 2 + 0.1 * random.normal(size=14)
places = random.uniform(size=(6, 3))

SIGNAL, LENGTHS, NOISE = 1.7, [0.3, 0.8, 2.0], 0.02
given = GaussianProcessRegressor(
    ConstantKernel(SIGNAL) * Matern(LENGTHS, nu=2.5) + WhiteKernel(NOISE), optimizer=None, alpha=0).fit(points, values)
likelihood, gradient = given.log_marginal_likelihood(given.kernel_.theta, eval_gradient=True)
mean, deviation = given.predict(places, return_std=True)

fitted = GaussianProcessRegressor(
    ConstantKernel(1, (0.05, 20)) * Matern([0.5] * 3, [(0.05, 3)] * 3, nu=2.5) + WhiteKernel(0.1, (1e-6, 1)),
    normalize_y=True, n_restarts_optimizer=40, alpha=0, random_state=0).fit(points, values)

mpmath.mp.dps = 60
improvements = []
for z in [-60, -30, -25.01, -24.99, -10, -3, -1.001, -0.999, 0, 2, 8]:
    x = mpmath.mpf(z)
    improvements.append([z, float(mpmath.log(mpmath.npdf(x) + x * mpmath.ncdf(x)))])

result = {
    "points": points.tolist(), "values": values.tolist(), "places": places.tolist(),
    "signal": SIGNAL, "lengths": LENGTHS, "noise": NOISE,
    "likelihood": likelihood, "gradient": gradient.tolist(),
    "mean": mean.tolist(), "variance": (deviation ** 2 - NOISE).tolist(),
    "greatestLikelihood": fitted.log_marginal_likelihood_value_,
    "logImprovements": improvements,
}
pathlib.Path(__file__).with_name("gaussian_process.json").write_text(json.dumps(result, indent=1) + "\n")
