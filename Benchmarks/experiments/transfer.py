"""Puts SAC policies that were trained here into MuJoCo unchanged: `transfer.py ID RUN…`, such as `transfer.py HalfCheetah-v5 runs/cheetah`.

Needs gymnasium[mujoco] and safetensors. Prints the return and length of episodes under each run's best policy, without noise.
"""

import argparse
import sys
import types

sys.modules.setdefault("imageio", types.ModuleType("imageio"))  # only needed for videos

import gymnasium
import numpy as np
from safetensors.numpy import load_file


def policy(run):
    """The mode of a run's best policy."""
    weights = load_file(f"{run}/best/learner.safetensors")
    layers = sorted(key for key in weights if key.startswith("actor.layers.") and key.endswith(".weight"))

    def act(observation):
        hidden = observation.astype(np.float32)
        for layer in layers:
            hidden = hidden @ weights[layer] + weights[layer.replace("weight", "bias")]
            if layer != layers[-1]:
                hidden = np.maximum(hidden, 0)
        # The last layer gives means, then logarithms of deviations.
        return np.tanh(hidden[:len(hidden) // 2])

    return act


def episode(environment, act, seed):
    observation, _ = environment.reset(seed=seed)
    middle, half = (environment.action_space.high + environment.action_space.low) / 2, (
        environment.action_space.high - environment.action_space.low) / 2
    length, total, ended = 0, 0.0, False
    while not ended:
        observation, reward, terminated, truncated, _ = environment.step(middle + half * act(observation))
        length, total, ended = length + 1, total + reward, terminated or truncated
    return length, total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("environment")
    parser.add_argument("runs", nargs="+")
    parser.add_argument("--episodes", type=int, default=20)
    options = parser.parse_args()
    environment = gymnasium.make(options.environment)
    for run in options.runs:
        act = policy(run)
        lengths, returns = zip(*(episode(environment, act, 100 + index) for index in range(options.episodes)))
        print(
            f"{run} in {options.environment}, {options.episodes} episodes: return {np.mean(returns):.1f} ± {np.std(returns):.1f}, "
            f"length {np.mean(lengths):.0f}")


if __name__ == "__main__":
    main()
