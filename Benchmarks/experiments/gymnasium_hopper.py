"""Learns offline from a file that Python recorded, and takes what was learned back to Python.

    record DIR     trains Stable-Baselines3's SAC in Gymnasium's Hopper-v5 for a while and records 50,000 transitions of it, acting
                   as it explores, into DIR/hopper-v5.hdf5 (D4RL's layout); DIR/recorder.json says how good it is
    evaluate DIR POLICY.safetensors…
                   runs exported policies (of `sinew train td3-bc --dataset DIR/hopper-v5.hdf5`) in the same environment, and prints
                   their returns beside the recorder's

Needs gymnasium[mujoco], stable-baselines3, h5py and safetensors from PyPI.
"""

import argparse
import json
import pathlib

import gymnasium
import h5py
import numpy

EVALUATION_EPISODES = 50


def returns_of(act, episodes, seed):
    """Returns of whole episodes in Hopper-v5; the same seed gives the same first states."""
    environment = gymnasium.make("Hopper-v5")
    returns = []
    for episode in range(episodes):
        observation, _ = environment.reset(seed=seed + episode)
        total, over = 0.0, False
        while not over:
            observation, reward, terminated, truncated, _ = environment.step(act(observation))
            total += reward
            over = terminated or truncated
        returns.append(total)
    return returns


def summary(returns):
    """Mean, standard deviation and a bootstrap interval of the mean."""
    generator = numpy.random.default_rng(0)
    means = generator.choice(returns, (10_000, len(returns))).mean(axis=1)
    low, high = numpy.percentile(means, [2.5, 97.5])
    return {
        "return_mean": float(numpy.mean(returns)), "return_std": float(numpy.std(returns)),
        "return_ci95": [float(low), float(high)], "episodes": len(returns),
    }


def record(folder, steps, transitions, seed):
    from stable_baselines3 import SAC

    folder.mkdir(parents=True, exist_ok=True)
    model = SAC("MlpPolicy", "Hopper-v5", learning_rate=1e-3, learning_starts=5_000, seed=seed,
                policy_kwargs={"net_arch": [128, 128]}, device="cpu")
    model.learn(steps)

    environment = gymnasium.make("Hopper-v5")
    columns = {name: [] for name in ["observations", "actions", "rewards", "terminals", "timeouts"]}
    observation, _ = environment.reset(seed=10_000 + seed)
    for step in range(transitions):
        action, _ = model.predict(observation, deterministic=False)
        following, reward, terminated, truncated, _ = environment.step(action)
        over = terminated or truncated
        # D4RL marks where the recording was cut as a time-out, like the time limit itself.
        cut = not terminated and (truncated or step == transitions - 1)
        for column, value in zip(columns.values(), [observation, action, reward, terminated, cut]):
            column.append(value)
        observation = environment.reset()[0] if over else following
    kinds = {"terminals": bool, "timeouts": bool}
    with h5py.File(folder / "hopper-v5.hdf5", "w") as file:
        for name, column in columns.items():
            file.create_dataset(name, data=numpy.array(column, dtype=kinds.get(name, numpy.float32)), compression="gzip")

    figures = {"training_steps": steps, "seed": seed}
    for name, deterministic in [("as_recorded", False), ("deterministic", True)]:
        figures[name] = summary(returns_of(
            lambda observation: model.predict(observation, deterministic=deterministic)[0], EVALUATION_EPISODES, 20_000))
    (folder / "recorder.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


def exported_policy(path):
    """A deterministic policy from `sinew export`: normalised observations through layers with ReLU, then tanh."""
    from safetensors.numpy import load_file

    weights = load_file(path)
    count = sum(name.endswith(".weight") for name in weights)
    layers = [(weights[f"layers.{place}.weight"], weights[f"layers.{place}.bias"]) for place in range(count)]

    def act(observation):
        value = (observation - weights["normalisation.mean"]) * weights["normalisation.reciprocal_scale"]
        for weight, bias in layers[:-1]:
            value = numpy.maximum(value @ weight + bias, 0)
        return numpy.tanh(value @ layers[-1][0] + layers[-1][1])

    return act


def evaluate(folder, policies):
    figures = {"recorder": json.loads((folder / "recorder.json").read_text())}
    for path in policies:
        figures[str(path)] = summary(returns_of(exported_policy(path), EVALUATION_EPISODES, 20_000))
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record")
    recording.add_argument("folder", type=pathlib.Path)
    recording.add_argument("--steps", type=int, default=100_000)
    recording.add_argument("--transitions", type=int, default=50_000)
    recording.add_argument("--seed", type=int, default=0)
    evaluating = commands.add_parser("evaluate")
    evaluating.add_argument("folder", type=pathlib.Path)
    evaluating.add_argument("policies", type=pathlib.Path, nargs="+")
    arguments = parser.parse_args()
    if arguments.command == "record":
        record(arguments.folder, arguments.steps, arguments.transitions, arguments.seed)
    else:
        evaluate(arguments.folder, arguments.policies)
