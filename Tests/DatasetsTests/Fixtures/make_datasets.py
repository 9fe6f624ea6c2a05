"""Makes the dataset files in this folder with Python's minari 0.5.4 and h5py 3.16: python make_datasets.py

minari/pendulum/test-v0  three episodes of Gymnasium's pendulum, written by minari itself
d4rl.hdf5                D4RL's layout, with next_observations, gzip, an enumeration for truth values, and infos
plain.hdf5               the same without next_observations and attributes, not compressed
broken/*.hdf5            the same with one thing wrong each: its name says what
"""

import json
import os
import shutil
from pathlib import Path

here = Path(__file__).parent
os.environ["MINARI_DATASETS_PATH"] = str(here / "minari")

import gymnasium
import h5py
import minari
import numpy as np
from minari.data_collector.episode_buffer import EpisodeBuffer

for folder in ["minari", "broken"]:
    shutil.rmtree(here / folder, ignore_errors=True)
(here / "broken").mkdir()


def episode(environment, seed):
    observation, _ = environment.reset(seed=seed)
    environment.action_space.seed(seed)
    observations, actions, rewards, terminations, truncations = [observation], [], [], [], []
    while True:
        action = environment.action_space.sample()
        observation, reward, terminated, truncated, _ = environment.step(action)
        observations.append(observation)
        actions.append(action)
        rewards.append(reward)
        terminations.append(terminated)
        truncations.append(truncated)
        if terminated or truncated:
            return EpisodeBuffer(
                id=None, seed=seed, observations=np.array(observations), actions=np.array(actions),
                rewards=rewards, terminations=terminations, truncations=truncations, infos={},
            )


pendulum = gymnasium.make("Pendulum-v1", max_episode_steps=5)
minari.create_dataset_from_buffers(
    dataset_id="pendulum/test-v0", buffer=[episode(pendulum, seed) for seed in range(3)], env=pendulum,
    algorithm_name="random", author="Someone", author_email="someone@example.org",
    code_permalink="https://example.org", description="three short episodes",
)

rng = np.random.default_rng(0)
rows = 40
terminals = np.zeros(rows, bool)
timeouts = np.zeros(rows, bool)
terminals[9] = timeouts[24] = timeouts[39] = True
fields = {
    "observations": rng.normal(size=(rows, 3)).astype("f4"),
    "actions": rng.uniform(-1, 1, size=(rows, 2)).astype("f4"),
    "rewards": rng.normal(size=rows).astype("f8"),
    "terminals": terminals,
    "timeouts": timeouts,
    "next_observations": rng.normal(size=(rows, 3)).astype("f4"),
}


def d4rl(path, fields, **options):
    with h5py.File(here / path, "w") as file:
        for name, values in fields.items():
            if values is not None:
                file.create_dataset(name, data=values, **options)
        file.create_group("infos").create_dataset("qpos", data=np.zeros((3, 2)))
        return file


def changed(**changes):
    return {**fields, "next_observations": None, **changes}


d4rl("d4rl.hdf5", fields, compression="gzip")
with h5py.File(here / "d4rl.hdf5", "a") as file:
    file.attrs["env"] = "hopper"
    file.attrs["action_low"] = [-2.0, -1.0]
    file.attrs["action_high"] = [2.0, 1.0]
d4rl("plain.hdf5", changed())
d4rl("broken/no-rewards.hdf5", changed(rewards=None))
d4rl("broken/short-actions.hdf5", changed(actions=fields["actions"][:-1]))
d4rl("broken/flat-actions.hdf5", changed(actions=np.zeros((rows, 2, 1), "f4")))
d4rl("broken/text-rewards.hdf5", changed(rewards=np.array([b"x"] * rows)))
poisoned = fields["observations"].copy()
poisoned[17, 1] = np.nan
d4rl("broken/nan.hdf5", changed(observations=poisoned))
d4rl("broken/half-true.hdf5", changed(terminals=np.where(np.arange(rows) == 7, 0.5, 0).astype("f4")))
d4rl("broken/lzf.hdf5", changed(), compression="lzf")
with h5py.File(here / "broken/dangling.hdf5", "w") as file:
    for name in fields:
        file[name] = h5py.SoftLink("/elsewhere")
with h5py.File(here / "broken/linked.hdf5", "w") as file:
    for name in fields:
        file[name] = h5py.ExternalLink("../d4rl.hdf5", "/" + name)
with h5py.File(here / "broken/virtual.hdf5", "w") as file:
    for name, values in fields.items():
        layout = h5py.VirtualLayout(values.shape, values.dtype)
        layout[:] = h5py.VirtualSource("../d4rl.hdf5", name, values.shape)
        file.create_virtual_dataset(name, layout)
with h5py.File(here / "broken/external.hdf5", "w") as file:
    for name, values in fields.items():
        file.create_dataset(name, values.shape, values.dtype, external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])
with h5py.File(here / "broken/unwritten.hdf5", "w") as file:
    for name, values in fields.items():
        file.create_dataset(name, (1 << 40, *values.shape[1:]), values.dtype, chunks=(64, *values.shape[1:]))
(here / "broken/text.hdf5").write_text("not HDF5 at all\n" * 40)
(here / "broken/empty.hdf5").write_text("")
(here / "broken/truncated.hdf5").write_bytes((here / "d4rl.hdf5").read_bytes()[:9000])

# Four walks of 25 steps each with nothing that says where they end: with next observations and without.
steps = rng.normal(size=(4, 26, 3)).astype("f4") * 0.01
walks = np.cumsum(steps, axis=1) + rng.normal(size=(4, 1, 3)).astype("f4") * 10
walk_fields = {
    "observations": walks[:, :-1].reshape(-1, 3),
    "actions": rng.uniform(-1, 1, size=(100, 2)).astype("f4"),
    "rewards": rng.normal(size=100).astype("f4"),
    "terminals": np.zeros(100, bool),
}
d4rl("no-timeouts.hdf5", walk_fields)
d4rl("no-timeouts-next.hdf5", {**walk_fields, "next_observations": walks[:, 1:].reshape(-1, 3)})


def minari_folder(path, libver, layout):
    """Two episodes of five steps, the metadata beside the arrays or, as Minari 0.4 had them, with them."""
    (here / path / "data").mkdir(parents=True, exist_ok=True)
    box = '{"type": "Box", "dtype": "float32", "shape": [%d], "low": [%s], "high": [%s]}'
    about = {
        "total_episodes": 2,
        "total_steps": 10,
        "dataset_id": f"{path}",
        "minari_version": layout,
        "observation_space": box % (1, "-1.0", "1.0"),
        "action_space": box % (1, "-1.0", "1.0"),
    }
    with h5py.File(here / path / "data/main_data.hdf5", "w", libver=libver) as file:
        for index in range(2):
            group = file.create_group(f"episode_{index}")
            group["observations"] = np.zeros((6, 1), "f4")
            group["actions"] = np.zeros((5, 1), "f4")
            group["rewards"] = np.zeros(5, "f4")
            group["terminations"] = np.zeros(5, bool)
            group["truncations"] = np.zeros(5, bool)
        if layout.startswith("0.4"):
            for name, value in about.items():
                file.attrs[name] = value
        else:
            (here / path / "data/metadata.json").write_text(json.dumps({**about, "data_format": "hdf5"}))


minari_folder("latest-v0", "latest", "0.5.4")
minari_folder("old-v0", ("earliest", "v110"), "0.4.3")

for leftover in here.glob("**/namespace_metadata.json"):
    leftover.unlink()
