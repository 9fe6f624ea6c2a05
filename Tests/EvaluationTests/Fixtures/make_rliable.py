"""Writes rliable.json: aggregates of drawn scores as the real rliable computes them.

pip install rliable 'pandas<3'; python make_rliable.py
"""
import json
import numpy as np
import rliable
from rliable import library, metrics

RESAMPLES = 50_000
THRESHOLDS = [0.0, 0.25, 0.5, 0.75, 1.0, 1.5]


def case(name, mine, theirs):
    aggregates = lambda x: np.array([
        metrics.aggregate_mean(x), metrics.aggregate_median(x), metrics.aggregate_iqm(x),
        metrics.aggregate_optimality_gap(x)])
    _, intervals = library.get_interval_estimates(
        {"mine": mine}, aggregates, reps=RESAMPLES, random_state=np.random.RandomState(1))
    # What shape a bound is allowed to miss by: the standard deviation of bootstrap bounds over repetitions.
    repeated = [
        library.get_interval_estimates(
            {"mine": mine}, aggregates, reps=2_000, random_state=np.random.RandomState(seed))[1]["mine"]
        for seed in range(10)]
    improvement = lambda x, y: np.array([metrics.probability_of_improvement(x, y)])
    _, improved = library.get_interval_estimates(
        {"pair": (mine, theirs)}, improvement, reps=5_000, random_state=np.random.RandomState(1))
    points = aggregates(mine)
    return {
        "name": name, "mine": mine.T.tolist(), "theirs": theirs.T.tolist(),
        "mean": points[0], "median": points[1], "iqm": points[2], "optimality_gap": points[3],
        "intervals": intervals["mine"].T.tolist(),
        "deviation_of_bounds_at_2000": np.std(repeated, axis=0).T.tolist(),
        "improvement": metrics.probability_of_improvement(mine, theirs),
        "improvement_interval": improved["pair"].ravel().tolist(),
        "thresholds": THRESHOLDS,
        "profile": library.score_distributions(mine, THRESHOLDS).tolist(),
    }


draw = np.random.default_rng(7)
rounded = lambda x: np.round(x, 3)
cases = [
    case("five seeds, four tasks", rounded(draw.normal(0.7, 0.3, (5, 4))), rounded(draw.normal(0.5, 0.3, (5, 4)))),
    case("three seeds, one task", rounded(draw.normal(1.0, 0.2, (3, 1))), rounded(draw.normal(1.1, 0.2, (4, 1)))),
    case("many ties", draw.integers(0, 3, (10, 3)) / 2, draw.integers(0, 3, (6, 3)) / 2),
    case("heavy tails", rounded(draw.standard_cauchy((8, 6))), rounded(draw.standard_cauchy((8, 6)))),
]
same = rounded(draw.uniform(0, 1, (4, 2)))
cases.append(case("the same on both sides", same, same.copy()))
with open("rliable.json", "w") as file:
    json.dump({"rliable": rliable.__version__ if hasattr(rliable, "__version__") else "1.2.0", "cases": cases}, file)
    file.write("\n")
