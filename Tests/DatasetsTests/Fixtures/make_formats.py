"""Makes formats/ with Python's minari 0.5.4, h5py 3.16 and NumPy 2.4: python make_formats.py

robot-dict-v0       two episodes of a Dict space with a Discrete part, infos among them, written by minari itself
ogbench.npz         OGBench's layout (numpy.savez_compressed): three trajectories of 5, 1 and 4 rows
ogbench-masked.npz  the same trajectories as ogbench's load_dataset gives them, with rewards and masks (numpy.savez)
robomimic.hdf5      robomimic's layout (dataset_states_to_obs.py): demonstrations 0, 2 and 10, the last without next_obs
robomimic-*.hdf5    the same with one thing wrong each: its name says what
"""

import json
import os
import shutil
from pathlib import Path

folder = Path(__file__).parent / "formats"
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir()
os.environ["MINARI_DATASETS_PATH"] = str(folder)

import gymnasium
import h5py
import minari
import numpy as np
from gymnasium.spaces import Box, Dict, Discrete
from minari.data_collector.episode_buffer import EpisodeBuffer

lengths = [3, 2]
space = Dict({
    "goal": Box(-np.inf, np.inf, (2,), np.float32),
    "arm": Dict({"pose": Box(-1, 1, (3,), np.float32), "mode": Discrete(3, start=1)}),
})


def observation(start):
    """Every number says where it is from."""
    return {
        "goal": np.array([start + 0.1, start + 0.2], "f4"),
        "arm": {"pose": np.array([start + 0.3, start + 0.4, start + 0.5], "f4"), "mode": np.int64(1 + start % 3)},
    }


def stacked(rows):
    if isinstance(rows[0], dict):
        return {key: stacked([row[key] for row in rows]) for key in rows[0]}
    return np.stack(rows)


buffers = [
    EpisodeBuffer(
        id=None, seed=index, observations=stacked([observation(10 * index + row) for row in range(steps + 1)]),
        actions=np.full((steps, 1), index + 0.5, "f4"), rewards=[float(row) for row in range(steps)],
        terminations=[False] * (steps - 1) + [index == 0], truncations=[False] * (steps - 1) + [index == 1],
        infos={"success": np.zeros(steps + 1, bool), "inner": {"energy": np.zeros(steps + 1)}},
    )
    for index, steps in enumerate(lengths)
]
minari.create_dataset_from_buffers(
    dataset_id="robot-dict-v0", buffer=buffers, observation_space=space, action_space=Box(-2, 2, (1,), np.float32),
    algorithm_name="none", author="Someone", author_email="someone@example.org",
    code_permalink="https://example.org", description="two short episodes",
)
for leftover in folder.glob("**/namespace_metadata.json"):
    leftover.unlink()

rows = 10
flat = {
    "observations": (np.arange(rows * 3).reshape(rows, 3) / 10).astype("f4"),
    "actions": (np.arange(rows * 2).reshape(rows, 2) / 20 - 0.5).astype("f8"),
    "terminals": np.isin(np.arange(rows), [4, 5, 9]),
    "qpos": np.zeros((rows, 7)),
}
np.savez_compressed(folder / "ogbench.npz", **flat)
kept = ~flat["terminals"]
following = np.concatenate([[False], kept[:-1]])
np.savez(
    folder / "ogbench-masked.npz", observations=flat["observations"][kept], actions=flat["actions"][kept],
    next_observations=flat["observations"][following],
    terminals=np.array([0, 0, 0, 1, 0, 0, 1], "f4"), rewards=np.array([-1, -1, 0, -1, -1, -1, -1], "f4"),
    masks=np.array([1, 1, 0, 1, 1, 1, 1], "f4"),
)

with h5py.File(folder / "robomimic.hdf5", "w") as file:
    data = file.create_group("data")
    data.attrs["env_args"] = json.dumps({"env_name": "Lift", "type": 1, "env_kwargs": {"camera_names": ["x"] * 200}})
    data.attrs["total"] = 9
    for number, steps in [(0, 4), (10, 3), (2, 2)]:
        demo = data.create_group(f"demo_{number}")
        demo.attrs["num_samples"] = steps
        demo.attrs["model_file"] = "<mujoco/>"
        demo["actions"] = np.full((steps, 2), number / 20)
        demo["states"] = np.zeros((steps, 5))
        demo["rewards"] = np.eye(steps)[-1]
        demo["dones"] = np.eye(steps, dtype="i8")[-1]
        for group, shift in [("obs", 0)] + ([("next_obs", 1)] if number != 10 else []):
            row = np.arange(steps)[:, None] + shift + 100.0 * number
            demo.create_dataset(f"{group}/object", data=row + [0.1, 0.2])
            demo.create_dataset(f"{group}/gripper", data=row[:, 0])
            demo.create_dataset(f"{group}/agentview_image", data=np.zeros((steps, 4, 4, 3), "u1"), compression="gzip")
    mask = file.create_group("mask")
    mask["train"] = np.array([b"demo_0", b"demo_2"])


def broken(name, change):
    shutil.copy(folder / "robomimic.hdf5", folder / f"robomimic-{name}.hdf5")
    with h5py.File(folder / f"robomimic-{name}.hdf5", "a") as file:
        change(file["data"])


def replace(group, name, values):
    del group[name]
    group[name] = values


broken("no-obs", lambda data: [data[demo].pop("obs") for demo in data])
broken("nan", lambda data: replace(data["demo_2/obs"], "object", [[1.0, 2.0], [np.nan, 4.0]]))
broken("short", lambda data: replace(data["demo_10/obs"], "gripper", np.zeros(2)))
broken("wide", lambda data: replace(data["demo_2"], "actions", np.zeros((2, 3))))
broken("link", lambda data: replace(data["demo_0"], "rewards", h5py.SoftLink("/elsewhere")))
