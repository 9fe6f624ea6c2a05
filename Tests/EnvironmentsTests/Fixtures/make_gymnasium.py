"""Writes ROBOT.json beside this file: what Gymnasium's v5 environment of each robot says, for GymnasiumTests.swift.

judgements   observation, reward and termination for given states before and after a step and a given action
airborne     MuJoCo's trajectory of Gymnasium's own model file without contacts or joints at their limits
standing     where the robot comes to rest without control, and the contact forces there
random       length and return of episodes with uniformly random actions times a factor

Run with a Python that has gymnasium[mujoco]: python make_gymnasium.py [--keep-random] [ROBOT…]
The episodes take most of the time; --keep-random takes them over from the present file.
"""

import json
import pathlib
import sys
import types

sys.modules.setdefault("imageio", types.ModuleType("imageio"))  # only needed for videos

import gymnasium
import mujoco
import numpy as np

here = pathlib.Path(__file__).parent

# Per robot: Gymnasium's name; how far its root is lifted for states in the air, and which position that is; by how much
# joints are varied; the share of full torque that keeps it off its limits for 0.4 s; factors and episodes of random
# actions.
ROBOTS = {
    "walker2d": dict(id="Walker2d-v5", lift=(1, 1.5), vary=0.4, torque=0.02, random=[(1, 2000), (0.3, 500), (0, 300)]),
    "half-cheetah": dict(id="HalfCheetah-v5", lift=(1, 2.0), vary=0.2, torque=0.2, random=[(1, 100), (0.3, 100)]),
    "ant": dict(id="Ant-v5", lift=(2, 3.0), vary=0.1, torque=0.05, random=[(1, 400), (0.3, 100)]),
    "inverted-double-pendulum": dict(
        id="InvertedDoublePendulum-v5", lift=None, vary=0.1, torque=0.02, random=[(1, 2000), (0, 500)]
    ),
    "reacher": dict(id="Reacher-v5", lift=None, vary=0.1, torque=0.02, random=[(1, 200)]),
    "swimmer": dict(id="Swimmer-v5", lift=None, vary=0.3, torque=0.3, random=[(1, 40)]),
    "humanoid": dict(id="Humanoid-v5", lift=(2, 2.0), vary=0.1, torque=0.05, random=[(1, 2000), (0, 300)]),
    "pusher": dict(id="Pusher-v5", lift=None, vary=0.1, torque=0.1, random=[(1, 200)]),
}


def bent(name, model, generator, vary):
    """A configuration inside every joint's range, and velocities."""
    positions = model.qpos0.copy()
    for joint in range(model.njnt):
        address = model.jnt_qposadr[joint]
        if model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_FREE:
            quaternion = np.array([1.0, 0, 0, 0]) + 0.2 * generator.uniform(-1, 1, 4)
            positions[address + 3 : address + 7] = quaternion / np.linalg.norm(quaternion)
        elif model.jnt_limited[joint] and model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_HINGE:
            low, high = model.jnt_range[joint]
            low, high = max(low, -1.2), min(high, 1.2)
            positions[address] = (low + high) / 2 + vary * generator.uniform(-1, 1) * (high - low) / 2
        else:
            positions[address] += vary * generator.uniform(-1, 1)
    if name == "pusher":
        # Gymnasium never moves the goal.
        positions[-2:] = 0
    return positions, 0.5 * generator.standard_normal(model.nv)


def judgements(name, robot, generator):
    environment = gymnasium.make(robot["id"]).unwrapped
    environment.reset(seed=0)
    model, data = environment.model, environment.data
    result = []
    for case in range(12):
        start, end = [bent(name, model, generator, 0.5) for _ in range(2)]
        end[0][: 2] = start[0][: 2] + 0.05 * generator.standard_normal(2)
        if robot["lift"]:
            index, height = robot["lift"]
            for positions, _ in (start, end):
                positions[index] += 0.05 * generator.standard_normal()
            if case >= 6:
                end[0][index] += height
        if name == "inverted-double-pendulum" and case >= 6:
            end[0][1:] = [1.5, 0.3]
        if name == "ant" and case < 6:
            # Healthy but off the ground, so that there are no contact forces.
            end[0][2] = 0.97
            end[0][8::2] = [-1.2, 1.2, 1.2, -1.2]
        action = (1.5 * environment.action_space.high * generator.uniform(-1, 1, model.nu)).astype(np.float32)
        environment.set_state(*start)

        def jump(control, frames):
            environment.set_state(*end)
            data.ctrl[:] = control
            # Forces of the motors, and that nothing touches, at the new state; nothing is left of what they were.
            mujoco.mj_forward(model, data)
            mujoco.mj_rnePostConstraint(model, data)

        environment.do_simulation = jump
        observation, reward, terminated, _, _ = environment.step(action)
        if name in ("ant", "humanoid") and np.abs(data.cfrc_ext).max() > 0:
            continue
        result.append(
            {
                "start": {"positions": start[0].tolist(), "velocities": start[1].tolist()},
                "end": {"positions": end[0].tolist(), "velocities": end[1].tolist()},
                "action": action.tolist(),
                "observation": observation.tolist(),
                "reward": float(reward),
                "terminated": bool(terminated),
            }
        )
    assert len(result) >= 4, len(result)
    if name in ("walker2d", "ant", "humanoid", "inverted-double-pendulum"):
        assert len({case["terminated"] for case in result}) == 2, [case["terminated"] for case in result]
    return result


def airborne(name, robot, generator):
    model = gymnasium.make(robot["id"]).unwrapped.model
    substeps = gymnasium.make(robot["id"]).unwrapped.frame_skip
    native = model.opt.integrator
    integrators = mujoco.mjtIntegrator.mjINT_IMPLICITFAST, native, mujoco.mjtIntegrator.mjINT_RK4
    states = [mujoco.MjData(model) for _ in integrators]
    for attempt in range(1000):
        positions, velocities = bent(name, model, generator, robot["vary"])
        if robot["lift"]:
            positions[robot["lift"][0]] += robot["lift"][1]
        if name in ("reacher", "pusher"):
            velocities[-2 if name == "reacher" else -4 :] = 0
        frames, clear = [], True
        for state in states:
            mujoco.mj_resetData(model, state)
            state.qpos[:] = positions
            state.qvel[:] = velocities
        steps = round(0.4 / (model.opt.timestep * substeps))
        for _ in range(steps):
            control = robot["torque"] * model.actuator_ctrlrange[:, 1] * generator.uniform(-1, 1, model.nu)
            for state, integrator in zip(states, integrators):
                # Damping is implicit in the first as in our motors' rows; the others say what integrators matter.
                model.opt.integrator = integrator
                state.ctrl[:] = control
                for _ in range(substeps):
                    mujoco.mj_step(model, state)
                    # The pusher's table carries its object along a direction in which it cannot move.
                    clear = clear and (state.nefc == 0 or name == "pusher")
            frames.append(
                {
                    "control": control.tolist(),
                    "positions": states[0].qpos.tolist(),
                    "velocities": states[0].qvel.tolist(),
                    "nativePositions": states[1].qpos.tolist(),
                }
            )
        if clear:
            break
    assert clear, "no contact, no joint at its limit"
    return {
        "start": {"positions": positions.tolist(), "velocities": velocities.tolist()},
        "integratorDifference": float(np.abs(states[0].qpos - states[2].qpos).max()),
        "frames": frames,
    }


def standing(robot):
    environment = gymnasium.make(robot["id"]).unwrapped
    model, data = environment.model, environment.data
    mujoco.mj_resetData(model, data)
    for _ in range(round(5 / model.opt.timestep)):
        mujoco.mj_step(model, data)
    mujoco.mj_forward(model, data)
    mujoco.mj_rnePostConstraint(model, data)
    return {"positions": data.qpos.tolist(), "contactForces": data.cfrc_ext.flatten().tolist()}


def random_policy(robot, scale, episodes):
    environment = gymnasium.make(robot["id"])
    generator = np.random.default_rng(0)
    lengths, returns, depth = [], [], 0.0
    for episode in range(episodes):
        environment.reset(seed=episode)
        length, total, ended = 0, 0.0, False
        space = environment.action_space
        while not ended:
            action = scale * generator.uniform(space.low, space.high).astype(np.float32)
            _, reward, terminated, truncated, _ = environment.step(action)
            length, total, ended = length + 1, total + reward, terminated or truncated
            contacts = environment.unwrapped.data.contact
            depth = max([depth] + [-contact.dist for contact in contacts])
        lengths.append(length)
        returns.append(total)
    result = {
        "scale": scale,
        "episodes": episodes,
        "length": float(np.mean(lengths)),
        "lengthDeviation": float(np.std(lengths)),
        "reward": float(np.sum(returns) / np.sum(lengths)),
        "return": float(np.mean(returns)),
        "returnDeviation": float(np.std(returns)),
        "depth": float(depth),
    }
    print(robot["id"], result)
    return result


arguments = [argument for argument in sys.argv[1:] if argument != "--keep-random"]
for name in arguments or ROBOTS:
    robot = ROBOTS[name]
    generator = np.random.default_rng(11)
    environment = gymnasium.make(robot["id"])
    model = environment.unwrapped.model
    result = {
        "gymnasium": gymnasium.__version__,
        "mujoco": mujoco.__version__,
        "observationSize": int(environment.observation_space.shape[0]),
        "actionLow": environment.action_space.low.tolist(),
        "actionHigh": environment.action_space.high.tolist(),
        "controlPeriod": float(environment.unwrapped.dt),
        "timeLimit": environment.spec.max_episode_steps,
        "mass": float(model.body_mass.sum()),
        "judgements": judgements(name, robot, generator),
        "airborne": airborne(name, robot, generator),
        "standing": standing(robot) if name == "ant" else None,
    }
    if "--keep-random" in sys.argv:
        result["random"] = json.loads((here / f"{name}.json").read_text())["random"]
    else:
        result["random"] = [random_policy(robot, scale, episodes) for scale, episodes in robot["random"]]
    (here / f"{name}.json").write_text(json.dumps(result) + "\n")
