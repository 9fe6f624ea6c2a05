"""Writes hopper-airborne.json: MuJoCo's trajectory of hopper.xml in the air under varying torques.

Run with a Python that has mujoco: python make_hopper_airborne.py
"""

import json
import pathlib

import mujoco
import numpy

here = pathlib.Path(__file__).parent
model = mujoco.MjModel.from_xml_path(str(here / "hopper.xml"))
# The comparison is of the equations of motion, so MuJoCo integrates implicitly as the motor row does, with its own step.
model.opt.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
data = mujoco.MjData(model)
data.qpos[:] = [0, 2.5, 0.1, -0.5, -0.8, 0.2]
data.qvel[:] = [1, 0.5, -0.3, 0.4, -0.6, 0.8]
generator = numpy.random.default_rng(7)
start = {"positions": data.qpos.tolist(), "velocities": data.qvel.tolist()}
frames = []
for control_step in range(50):
    data.ctrl[:] = 0.2 * generator.uniform(-1, 1, 3)
    for _ in range(4):
        mujoco.mj_step(model, data)
    frames.append(
        {"control": data.ctrl.tolist(), "positions": data.qpos.tolist(), "velocities": data.qvel.tolist()}
    )
    assert data.ncon == 0 and data.nefc == 0, "the hopper must be in the air and inside its joint ranges"
text = json.dumps({"mujoco": mujoco.__version__, "timestep": model.opt.timestep, "substeps": 4, "start": start, "frames": frames}, indent=1)
(here / "hopper-airborne.json").write_text(text + "\n")
