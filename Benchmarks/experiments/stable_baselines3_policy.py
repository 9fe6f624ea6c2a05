"""Writes the policy of a SAC model of Stable-Baselines3 as a file that `sinew evaluate` and `sinew transfer` act with.

    stable_baselines3_policy.py runs/sb3-hopper-1/model.zip policy.safetensors --env gym:Hopper-v5

Needs stable-baselines3, torch and safetensors from PyPI (`Benchmarks/requirements.txt`).
"""

import argparse
import pathlib

import numpy
import torch
from safetensors.numpy import save_file
from stable_baselines3 import SAC


def export(model, path, environment):
    """Writes layers as Sinew has them: [inputs, outputs], the last of which gives means, then log deviations, before tanh."""
    actor = model.actor
    hidden = [layer for layer in actor.latent_pi if isinstance(layer, torch.nn.Linear)]
    others = [layer for layer in actor.latent_pi if not isinstance(layer, torch.nn.Linear)]
    if model.use_sde or not all(isinstance(layer, torch.nn.ReLU) for layer in others):
        raise SystemExit("only layers with ReLU and without state-dependent exploration can be exported")
    pairs = [(layer.weight, layer.bias) for layer in hidden]
    pairs.append((torch.cat([actor.mu.weight, actor.log_std.weight]), torch.cat([actor.mu.bias, actor.log_std.bias])))
    tensors = {}
    for index, (weight, bias) in enumerate(pairs):
        tensors[f"layers.{index}.weight"] = numpy.ascontiguousarray(weight.detach().cpu().numpy().T)
        tensors[f"layers.{index}.bias"] = bias.detach().cpu().numpy()
    save_file(tensors, str(path), metadata={
        "policy": "gaussian", "environment": environment, "algorithm": "stable-baselines3-sac",
        "step": str(model.num_timesteps),
    })


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--env", required=True, help="where it was trained, such as gym:Hopper-v5")
    arguments = parser.parse_args()
    export(SAC.load(arguments.model, device="cpu"), arguments.out, arguments.env)


if __name__ == "__main__":
    main()
