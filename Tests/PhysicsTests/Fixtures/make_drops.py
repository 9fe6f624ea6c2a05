"""Makes drops.json: how deep a dropped sphere sinks in MuJoCo, and where it rests. Needs mujoco."""

import json
import pathlib

import mujoco

RADIUS = 0.1
CASES = [
    # height of the centre, timestep, solref, solimp
    (0.2, 0.002, "0.02 1", "0.8 0.8 0.01"),
    (0.5, 0.002, "0.02 1", "0.8 0.8 0.01"),
    (0.2, 0.002, "0.02 1", "0.9 0.95 0.001"),
    (1.0, 0.002, "0.02 1", "0.9 0.95 0.001"),
    (0.2, 0.002, "0.1 0.5", "0.9 0.9 0.01"),
    (0.2, 0.01, "0.02 1", "0.8 0.8 0.01"),
    (0.2, 0.005, "0.02 1", "0.9 0.95 0.001"),
]


def drop(height, timestep, solref, solimp):
    softness = f'solref="{solref}" solimp="{solimp}"'
    model = mujoco.MjModel.from_xml_string(f"""
        <mujoco><option timestep="{timestep}"/><worldbody><geom type="plane" size="5 5 0.1" {softness}/>
        <body pos="0 0 {height}"><freejoint/><geom size="{RADIUS}" {softness}/></body></worldbody></mujoco>""")
    data = mujoco.MjData(model)
    lowest = height
    for _ in range(round(3 / timestep)):
        mujoco.mj_step(model, data)
        lowest = min(lowest, data.qpos[2])
    return {
        "height": height, "timestep": timestep, "solref": solref, "solimp": solimp,
        "deepest": RADIUS - lowest, "resting": RADIUS - data.qpos[2]}


path = pathlib.Path(__file__).with_name("drops.json")
path.write_text(json.dumps({"mujoco": mujoco.__version__, "drops": [drop(*case) for case in CASES]}, indent=1) + "\n")
