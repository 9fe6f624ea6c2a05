"""Where one shape comes to rest on another in MuJoCo: writes rest.json for ContactRestTests.

Every shape is dropped from 10 mm above every other one, which is fixed or lies on a plane itself. Kept is, three seconds
later, how high the bodies are and how fast the fastest of their coordinates still changes.

    python make_rest.py > rest.json      # needs mujoco
"""

import json

import mujoco
import numpy as np

CUBE = "-1 -1 -1  1 -1 -1  -1 1 -1  1 1 -1  -1 -1 1  1 -1 1  -1 1 1  1 1 1"
# name: (half height as it lies, geom)
ABOVE = {
    "box": (0.05, '<geom type="box" size=".06 .08 .05"/>'),
    "sphere": (0.05, '<geom size=".05"/>'),
    "capsule": (0.03, '<geom type="capsule" size=".03 .06" euler="90 0 0"/>'),
    "standing cylinder": (0.05, '<geom type="cylinder" size=".05 .05"/>'),
    "lying cylinder": (0.05, '<geom type="cylinder" size=".05 .07" euler="90 0 0"/>'),
    "mesh": (0.05, '<geom type="mesh" mesh="small"/>'),
    "ellipsoid": (0.03, '<geom type="ellipsoid" size=".06 .07 .03"/>'),
}
BELOW = {
    "plane": (0.0, '<geom type="plane" size="5 5 .1"/>'),
    "box": (0.1, '<geom type="box" size=".4 .4 .1"/>'),
    "sphere": (0.3, '<geom size=".3"/>'),
    "capsule": (0.1, '<geom type="capsule" size=".1 .3" euler="90 0 0"/>'),
    "standing cylinder": (0.1, '<geom type="cylinder" size=".3 .1"/>'),
    "lying cylinder": (0.1, '<geom type="cylinder" size=".1 .3" euler="90 0 0"/>'),
    "mesh": (0.1, '<geom type="mesh" mesh="large"/>'),
    "ellipsoid": (0.1, '<geom type="ellipsoid" size=".4 .3 .1"/>'),
    "height field": (0.0, '<geom type="hfield" hfield="flat"/>'),
}
ASSETS = f"""<option timestep="0.002"/><asset>
<mesh name="small" vertex="{CUBE}" scale=".06 .08 .05"/><mesh name="large" vertex="{CUBE}" scale=".4 .4 .1"/>
<hfield name="flat" nrow="3" ncol="3" size="2 2 .1 .1" elevation="0 0 0 0 0 0 0 0 0"/></asset>"""
FLAT = ("plane", "box", "standing cylinder", "mesh", "height field")


def bodies(above, below, fixed):
    upper, geom = ABOVE[above]
    lower, ground = BELOW[below]
    # What stands on something flat stands off its middle.
    x, y = (0.03, 0.02) if below in FLAT else (0, 0)
    base = f'<body pos="0 0 {lower}">{"" if fixed else "<freejoint/>"}{ground}</body>'
    if below in ("plane", "height field"):
        base = ground
    floor = "" if fixed else '<geom type="plane" size="5 5 .1"/>'
    height = round(2 * lower + upper + 0.01, 6)
    return f'{floor}{base}<body pos="{x} {y} {height}"><freejoint/>{geom}</body>'


def rest(world):
    m = mujoco.MjModel.from_xml_string(f"<mujoco>{ASSETS}<worldbody>{world}</worldbody></mujoco>")
    d = mujoco.MjData(m)
    mujoco.mj_step(m, d, 1500)
    return [float(d.qpos[i]) for i in range(2, m.nq, 7)], float(np.abs(d.qvel).max())


cases = []
for fixed in (True, False):
    for below in BELOW:
        if not fixed and below in ("plane", "height field"):
            continue
        for above in ABOVE:
            world = bodies(above, below, fixed)
            heights, speed = rest(world)
            cases.append(
                {
                    "above": above,
                    "below": below,
                    "fixed": fixed,
                    "bodies": world,
                    "heights": [round(h, 7) for h in heights],
                    "speed": float(f"{speed:.2g}"),
                }
            )
document = {"mujoco": mujoco.__version__, "assets": ASSETS, "cases": cases}
print(json.dumps(document, indent=1))
