"""Steps random models in MuJoCo for half a second and writes what came of them, one JSON object a line, for
`DifferentialTests` to do the same here: make.py FILE [SEED]. Needs mujoco."""

import json
import os
import sys

import mujoco
import numpy

import models

SECONDS, PERIODS = 0.5, 20
# Kinds in which no two bodies touch or are tied.
SHAKEN = ["tree", "stop", "dry friction", "turning slide", "tendon", "actuator"]


def trajectory(xml, draw, shakes):
    model = mujoco.MjModel.from_xml_string(xml)
    data = mujoco.MjData(model)
    steps = round(SECONDS / PERIODS / model.opt.timestep)
    if shakes:
        # Another state than the file's: every coordinate displaced, every velocity something.
        mujoco.mj_integratePos(model, data.qpos, numpy.array(draw.numbers(model.nv, -0.3, 0.3)), 1)
        data.qvel[:] = draw.numbers(model.nv, -1, 1)
    states, controls = [(data.qpos.tolist(), data.qvel.tolist())], []
    for _ in range(PERIODS):
        controls.append(draw.numbers(model.nu, -1.2, 1.2))
        data.ctrl[:] = controls[-1]
        for _ in range(steps):
            mujoco.mj_step(model, data)
        states.append((data.qpos.tolist(), data.qvel.tolist()))
    warned = [int(w.number) for w in data.warning]
    if any(warned) or not numpy.isfinite(data.qpos).all():
        raise ValueError("the model is unstable in MuJoCo")
    return {
        "stepsPerPeriod": steps,
        "controls": controls,
        "positions": [s[0] for s in states],
        "velocities": [s[1] for s in states],
    }


def main():
    path, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with open(path + ".part", "w") as file:
        for kind, (count, make) in models.every().items():
            for number in range(count):
                name = f"{seed} {kind} {number}"
                draw = models.Draw(name)
                xml = make(draw, number)
                line = {"name": name, "kind": kind, "xml": xml}
                line.update(trajectory(xml, draw, shakes=kind in SHAKEN))
                file.write(json.dumps(line) + "\n")
    os.replace(path + ".part", path)


if __name__ == "__main__":
    main()
