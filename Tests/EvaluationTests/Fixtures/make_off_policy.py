"""Writes off_policy.json: importance sampling, densities and rank agreement, computed with NumPy and SciPy.

pip install numpy scipy; python make_off_policy.py
"""
import json
import numpy as np
from scipy import stats

random = np.random.default_rng(7)


def rounded(array):
    return np.round(array, 6)


def episodes(count, longest, discount):
    """Episodes as rows of padded arrays; present: where an episode tells something of a step, its end included."""
    lengths = random.integers(1, longest + 1, count)
    terminated = random.random(count) < 0.5
    ratios = rounded(random.normal(0, 0.4, (count, longest)))
    rewards = rounded(random.normal(0.5, 1, (count, longest)))
    actions = rounded(random.normal(2, 1, (count, longest)))
    states = rounded(random.normal(2, 1, (count, longest + 1)))
    steps = np.arange(longest)
    inside = steps[None] < lengths[:, None]
    present = inside | terminated[:, None]
    weights = np.exp(np.cumsum(np.where(inside, ratios, 0), axis=1))
    paid = np.where(inside, rewards, 0)
    last = steps[None] == lengths[:, None] - 1
    following = np.where(last & terminated[:, None], 0, discount * states[:, 1:])
    corrected = np.where(inside, rewards + following - actions, 0)
    factors = discount ** steps

    def estimates(counts):
        there = present * counts[:, None]
        summed = (there * weights).sum(0)
        alive = there.sum(0) > 0
        safe = np.where(summed > 0, summed, 1)
        people = np.where(alive, there.sum(0), 1)
        return {
            "per_decision": (factors * (there * weights * paid).sum(0) / people)[alive].sum(),
            "weighted": (factors * (there * weights * paid).sum(0) / safe)[alive].sum(),
            "doubly_robust": np.average(states[:, 0], weights=counts)
            + (factors * (there * weights * corrected).sum(0) / safe)[alive].sum(),
        }

    again = random.multinomial(count, np.ones(count) / count)
    mass = present * weights
    effective = mass.sum(0) ** 2 / (mass ** 2).sum(0)
    return {
        "discount": discount, "lengths": lengths.tolist(), "terminated": terminated.tolist(),
        "log_ratios": ratios.tolist(), "rewards": rewards.tolist(), "action_values": actions.tolist(),
        "state_values": states.tolist(), "once": estimates(np.ones(count)), "counts": again.tolist(),
        "resampled": estimates(again.astype(float)), "effective": effective.tolist(),
    }


def densities():
    """Of a Gaussian cut off at the bounds, and of one squashed by tanh."""
    cases = []
    for squashed in [False, True]:
        for action in [-1, -0.995, -0.7, 0, 0.4, 0.98, 0.99, 1]:
            mean, deviation = float(rounded(random.normal(0, 0.7))), float(rounded(random.uniform(0.05, 1)))
            place = np.arctanh if squashed else lambda x: x
            if abs(action) >= 0.99:
                side = np.sign(action)
                expected = stats.norm.logsf(place(0.99), side * mean, deviation)
            else:
                expected = stats.norm.logpdf(place(action), mean, deviation)
                expected -= np.log(1 - action ** 2) if squashed else 0
            cases.append({"squashed": squashed, "action": action, "mean": mean, "deviation": deviation,
                          "expected": float(expected)})
    return cases


def ranks():
    cases = []
    for first, second in [([1, 2, 3, 4], [1, 3, 2, 4]), ([1, 1, 2, 5, 5, 5], [3, 1, 4, 1, 5, 9]),
                          (random.normal(size=12).tolist(), random.normal(size=12).tolist())]:
        cases.append({"first": first, "second": second, "expected": float(stats.spearmanr(first, second)[0])})
    return cases


with open("off_policy.json", "w") as file:
    json.dump({"episodes": [episodes(6, 5, 0.9), episodes(20, 12, 0.99)], "densities": densities(), "ranks": ranks()}, file)
