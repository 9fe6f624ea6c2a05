"""A policy of Stable-Baselines3's SAC, little trained, with what it does after some observations.

python3 make_stable_baselines3.py   (stable-baselines3, gymnasium[mujoco] and safetensors from PyPI)
"""

import sys
from pathlib import Path

import numpy
from safetensors import safe_open
from safetensors.numpy import save_file
from stable_baselines3 import SAC

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "Benchmarks" / "experiments"))
from stable_baselines3_policy import export

model = SAC("MlpPolicy", "Hopper-v5", learning_starts=50, learning_rate=1e-2, seed=3, device="cpu",
            policy_kwargs={"net_arch": [8, 6]})
model.learn(400)
path = HERE / "stable-baselines3-sac.safetensors"
export(model, path, "gym:Hopper-v5")

with safe_open(str(path), "numpy") as file:
    tensors, metadata = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()
observations = numpy.random.default_rng(0).normal(size=(4, 11)).astype(numpy.float32)
tensors["expected.observations"] = observations
tensors["expected.actions"] = model.predict(observations, deterministic=True)[0].astype(numpy.float32)
save_file(tensors, str(path), metadata=metadata)
