"""MuJoCo's side of the comparison in README.md.

`python compare_with_mujoco.py`: the model, and the random policy. Needs gymnasium[mujoco].
"""

import pathlib
import sys
import types

sys.modules.setdefault("imageio", types.ModuleType("imageio"))  # only needed for videos

import gymnasium
import mujoco
import numpy as np


def random_policy(scale, episodes):
    """Length, return and contacts of episodes with uniformly random actions times scale."""
    environment = gymnasium.make("Hopper-v5")
    data = environment.unwrapped.data
    generator = np.random.default_rng(0)
    lengths, returns, depth = [], [], 0.0
    for episode in range(episodes):
        environment.reset(seed=episode)
        length, total, ended = 0, 0.0, False
        while not ended:
            action = scale * generator.uniform(-1, 1, 3).astype(np.float32)
            _, reward, terminated, truncated, _ = environment.step(action)
            length, total, ended = length + 1, total + reward, terminated or truncated
            depth = max([depth] + [-contact.dist for contact in data.contact])
        lengths.append(length)
        returns.append(total)
    print(
        f"random x {scale}, {episodes} episodes: length {np.mean(lengths):.1f} ± {np.std(lengths):.1f}, "
        f"return {np.mean(returns):.1f} ± {np.std(returns):.1f}, deepest contact {1000 * depth:.1f} mm"
    )


def same_model():
    """Greatest difference of joint positions between our model and Gymnasium's, both in MuJoCo, in the air."""
    theirs = gymnasium.make("Hopper-v5").unwrapped.model
    ours = mujoco.MjModel.from_xml_path(str(pathlib.Path(__file__).with_name("hopper.xml")))
    ours.opt.integrator = theirs.opt.integrator
    generator = np.random.default_rng(0)
    states = [mujoco.MjData(theirs), mujoco.MjData(ours)]
    worst = 0.0
    for state in states:
        state.qpos[1] = 2
    for step in range(170):
        if step % 4 == 0:
            control = generator.uniform(-1, 1, 3)
        for state, model in zip(states, (theirs, ours)):
            state.ctrl[:] = control
            mujoco.mj_step(model, state)
        worst = max(worst, np.abs(states[0].qpos - states[1].qpos).max())
    print(f"hopper.xml against Hopper-v5's model, both in MuJoCo, 0.34 s in the air: {worst:.1e}")


same_model()
for scale, episodes in [(1, 2000), (0.3, 500), (0, 300)]:
    random_policy(scale, episodes)
