"""Trains a learner of d3rlpy's on a Minari folder, with the sizes that Sinew's runs had, and says what its policy returns.

    python d3rlpy_offline.py td3-bc FOLDER --environment HalfCheetah-v5 --steps 50000 --seed 1 --hidden 128 --out result.json

Needs d3rlpy, h5py and gymnasium[mujoco]. The policy is the last one, its actions are its mode's; observations are
standardised for the learners that standardise them in Sinew too. Seconds are of updates alone.
"""

import argparse
import json
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import d3rlpy  # noqa: E402
import gymnasium  # noqa: E402
import h5py  # noqa: E402
import numpy  # noqa: E402
import torch  # noqa: E402
from d3rlpy.models.encoders import VectorEncoderFactory  # noqa: E402
from d3rlpy.preprocessing import StandardObservationScaler  # noqa: E402


def dataset(folder):
    parts = {name: [] for name in ("observations", "actions", "rewards", "terminals", "timeouts")}
    with h5py.File(os.path.join(folder, "data", "main_data.hdf5")) as file:
        for name in sorted(file, key=lambda name: int(name.split("_")[1])):
            episode = file[name]
            steps = len(episode["rewards"])
            parts["observations"].append(episode["observations"][:steps])
            parts["actions"].append(episode["actions"][:])
            parts["rewards"].append(episode["rewards"][:])
            ends = episode["terminations"][:].astype(numpy.float32)
            cuts = numpy.zeros(steps, numpy.float32)
            cuts[-1] = 1 - ends[-1]
            parts["terminals"].append(ends)
            parts["timeouts"].append(cuts)
    joined = {name: numpy.concatenate(values).astype(numpy.float32) for name, values in parts.items()}
    return d3rlpy.dataset.MDPDataset(**joined)


def configuration(name, hidden):
    encoder = VectorEncoderFactory([hidden, hidden])
    both = {"actor_encoder_factory": encoder, "critic_encoder_factory": encoder}
    scaled = {"observation_scaler": StandardObservationScaler()}
    algorithms = d3rlpy.algos
    if name == "bc":
        return algorithms.BCConfig(batch_size=256, learning_rate=3e-4, encoder_factory=encoder)
    if name == "td3-bc":
        return algorithms.TD3PlusBCConfig(batch_size=256, alpha=2.5, **both, **scaled)
    if name == "iql":
        return algorithms.IQLConfig(batch_size=256, expectile=0.7, weight_temp=3.0, value_encoder_factory=encoder, **both, **scaled)
    if name == "awac":
        return algorithms.AWACConfig(batch_size=256, **both)
    if name == "cql":
        return algorithms.CQLConfig(batch_size=256, **both)
    if name == "rebrac":
        return algorithms.ReBRACConfig(batch_size=256, **both)
    raise SystemExit(f"unknown algorithm {name}")


def episodes(algorithm, environment, count):
    env, returns = gymnasium.make(environment), []
    for episode in range(count):
        observation, _ = env.reset(seed=episode)
        total, done = 0.0, False
        while not done:
            action = algorithm.predict(observation[None].astype(numpy.float32))[0]
            observation, reward, terminated, truncated, _ = env.step(action)
            total, done = total + reward, terminated or truncated
        returns.append(total)
    return returns


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("algorithm")
    parser.add_argument("folder")
    parser.add_argument("--environment", help="of Gymnasium's; left out, only updates are timed")
    parser.add_argument("--steps", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--episodes", type=int, default=20)
    parser.add_argument("--out")
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    d3rlpy.seed(arguments.seed)
    data = dataset(arguments.folder)
    algorithm = configuration(arguments.algorithm, arguments.hidden).create(device="cpu")
    algorithm.build_with_dataset(data)
    # Some first updates are slower than all others.
    fit = dict(show_progress=False, save_interval=10**9, logger_adapter=d3rlpy.logging.NoopAdapterFactory())
    algorithm.fit(data, n_steps=200, n_steps_per_epoch=200, **fit)
    wall, processor = time.perf_counter(), time.process_time()
    algorithm.fit(data, n_steps=arguments.steps, n_steps_per_epoch=arguments.steps, **fit)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    result = {
        "algorithm": arguments.algorithm, "seed": arguments.seed, "steps": arguments.steps, "hidden": arguments.hidden,
        "clock_ms_per_update": 1000 * wall / arguments.steps, "processor_ms_per_update": 1000 * processor / arguments.steps,
    }
    if arguments.environment:
        returns = episodes(algorithm, arguments.environment, arguments.episodes)
        result |= {"return_mean": float(numpy.mean(returns)), "return_std": float(numpy.std(returns)), "returns": returns}
    text = json.dumps(result)
    if arguments.out:
        with open(arguments.out, "w") as file:
            file.write(text)
    print(text)


main()
