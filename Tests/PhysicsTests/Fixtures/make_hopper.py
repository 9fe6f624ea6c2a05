"""Writes hopper-airborne.json and hopper-landing.json: MuJoCo's trajectories of hopper.xml.

In the air under varying torques, away from the joints' limits; and let go at the reference pose without torques, where
it lands on its foot with all joints against their limits and topples.

Run with a Python that has mujoco: python make_hopper.py
"""

import json
import pathlib

import mujoco
import numpy

here = pathlib.Path(__file__).parent
substeps = 4


def record(name, positions, velocities, controls, airborne):
    model = mujoco.MjModel.from_xml_path(str(here / "hopper.xml"))
    # Damping is implicit here as in the motor row, and so is nothing else: the comparison is of the model.
    model.opt.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    data = mujoco.MjData(model)
    data.qpos[:] = positions
    data.qvel[:] = velocities
    frames = []
    for control in controls:
        data.ctrl[:] = control
        for _ in range(substeps):
            mujoco.mj_step(model, data)
            assert not airborne or data.nefc == 0, "no contact, no joint at its limit"
        frames.append(
            {"control": data.ctrl.tolist(), "positions": data.qpos.tolist(), "velocities": data.qvel.tolist()}
        )
    result = {
        "mujoco": mujoco.__version__,
        "timestep": model.opt.timestep,
        "substeps": substeps,
        "start": {"positions": list(positions), "velocities": list(velocities)},
        "frames": frames,
    }
    (here / name).write_text(json.dumps(result, indent=1) + "\n")


generator = numpy.random.default_rng(7)
record(
    "hopper-airborne.json",
    [0, 2.5, 0.1, -0.5, -0.8, 0.2],
    [1, 0.5, -0.3, 0.4, -0.6, 0.8],
    0.2 * generator.uniform(-1, 1, (50, 3)),
    airborne=True,
)
record("hopper-landing.json", [0, 1.25, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0], numpy.zeros((75, 3)), airborne=False)
