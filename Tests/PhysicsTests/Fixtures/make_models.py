"""Writes joints.json, MuJoCo's trajectory of joints.xml, and models.json, what MuJoCo makes of model files.

joints.xml has bodies with several joints of which the engine makes no single one. models.json holds counts, masses and
inertias of the models that come with gymnasium and dm_control, which tests read where those are installed.

Run with a Python that has mujoco, gymnasium and dm_control: python make_models.py
"""

import json
import pathlib

import dm_control
import gymnasium
import mujoco
import numpy

here = pathlib.Path(__file__).parent


def trajectory():
    model = mujoco.MjModel.from_xml_path(str(here / "joints.xml"))
    data = mujoco.MjData(model)
    data.qpos[:] = 0.1 * numpy.cos(numpy.arange(model.nq))
    data.qvel[:] = 0.5 * numpy.sin(numpy.arange(model.nv) + 1)
    start = {"positions": data.qpos.tolist(), "velocities": data.qvel.tolist()}
    frames = []
    for _ in range(20):
        mujoco.mj_step(model, data, 40)
        frames.append({"positions": data.qpos.tolist(), "velocities": data.qvel.tolist()})
    return {"mujoco": mujoco.__version__, "substeps": 40, "start": start, "frames": frames}


def properties(path):
    model = mujoco.MjModel.from_xml_path(str(path))
    inertias = numpy.sort(model.body_inertia, axis=1)
    return {
        "positions": model.nq,
        "velocities": model.nv,
        "controls": model.nu,
        "masses": [float(f"{mass:.9g}") for mass in model.body_mass],
        "inertias": [[float(f"{moment:.7g}") for moment in row] for row in inertias],
    }


def main():
    (here / "joints.json").write_text(json.dumps(trajectory()))
    folders = {
        "gymnasium": pathlib.Path(gymnasium.__file__).parent / "envs" / "mujoco" / "assets",
        "dm_control": pathlib.Path(dm_control.__file__).parent / "suite",
    }
    models = {
        f"{name}/{path.name}": properties(path)
        for name, folder in folders.items()
        for path in sorted(folder.glob("*.xml"))
    }
    (here / "models.json").write_text(json.dumps({"mujoco": mujoco.__version__, "models": models}))


if __name__ == "__main__":
    main()
