"""Trains Stable-Baselines3's SAC in an environment of Gymnasium, with one thread, into a folder that `sinew plot` and
`sinew compare` read as a run: config.yaml, and metrics.jsonl with the returns of deterministic actions. What was learned is beside
them, as model.zip, and as policy.safetensors for `sinew transfer`.

    stable_baselines3_sac.py Hopper-v5 --steps 100000 --seed 1 --out runs/sb3-hopper-1

Settings are Sinew's defaults but for the network's, which both are told: two layers of --hidden, batch 256, 5,000 random steps, an
update a step, step sizes 3e-4, discount 0.99, averaging rate 0.005, entropy −actions. Seconds are of learning and evaluations, as in Sinew's runs.

Needs gymnasium[mujoco], stable-baselines3 and torch from PyPI (`Benchmarks/requirements.txt`).
"""

import argparse
import json
import pathlib
import time

import gymnasium
import numpy
import torch
from stable_baselines3 import SAC
from stable_baselines3_policy import export


def evaluate(model, environment, episodes, seed):
    """Returns and lengths of whole episodes."""
    returns, lengths = [], []
    for episode in range(episodes):
        observation, _ = environment.reset(seed=seed + episode)
        total, length, over = 0.0, 0, False
        while not over:
            action, _ = model.predict(observation, deterministic=True)
            observation, reward, terminated, truncated, _ = environment.step(action)
            total, length, over = total + reward, length + 1, terminated or truncated
        returns.append(float(total))
        lengths.append(length)
    return returns, lengths


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("environment", help="an id of Gymnasium's, such as Hopper-v5")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--every", type=int, default=10_000, help="steps between evaluations")
    parser.add_argument("--episodes", type=int, default=10)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    arguments.out.mkdir(parents=True)
    settings = {
        "algorithm": "stable-baselines3-sac", "environment": f"gym:{arguments.environment}", "seed": arguments.seed,
        "steps": arguments.steps, "hidden_size": arguments.hidden,
    }
    (arguments.out / "config.yaml").write_text("".join(f"{key}: {value}\n" for key, value in settings.items()))
    model = SAC(
        "MlpPolicy", arguments.environment, learning_starts=5_000, seed=arguments.seed, device="cpu",
        policy_kwargs={"net_arch": [arguments.hidden, arguments.hidden]})
    watching = gymnasium.make(arguments.environment)
    wall, processor = time.perf_counter(), time.process_time()
    with (arguments.out / "metrics.jsonl").open("w") as metrics:
        for step in range(arguments.every, arguments.steps + 1, arguments.every):
            model.learn(arguments.every, reset_num_timesteps=False, log_interval=None)
            returns, lengths = evaluate(model, watching, arguments.episodes, 1_000_000 + arguments.seed)
            metrics.write(json.dumps({
                "step": step, "seconds": round(time.perf_counter() - wall, 3),
                "processor_seconds": round(time.process_time() - processor, 3),
                "evaluation_return_mean": float(numpy.mean(returns)), "evaluation_return_std": float(numpy.std(returns)),
                "evaluation_length_mean": float(numpy.mean(lengths)), "evaluation_episodes": arguments.episodes,
            }) + "\n")
            metrics.flush()
    model.save(arguments.out / "model.zip")
    export(model, arguments.out / "policy.safetensors", settings["environment"])


if __name__ == "__main__":
    main()
