"""Writes equalities.json: loops, welds and couplings of joints between bodies that move, as MuJoCo moves them.

Each has a model (couplings of joints apart, as indices), a state to start from and the state after 0.3 s. The models are drawn
from seeds: where bodies are, how they are turned, what joints they hang on, which body or joint comes first. Every second one
starts from a state that MuJoCo came to. MuJoCo's constraints are made as hard as they get, and its step is 0.05 ms, of fourth order.

Run with a Python that has mujoco: python make_equalities.py
"""

import json
import math
import pathlib
import random

import mujoco
import numpy

here = pathlib.Path(__file__).parent
HARD = 'solref="0.0004 1" solimp="0.9999 0.9999 0.001 0.5 2"'


def numbers(values):
    return " ".join(f"{value:.6g}" for value in values)


def direction(draw):
    vector = [draw.gauss(0, 1) for _ in range(3)]
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector]


def place(draw, spread):
    turned = direction(draw)
    return (
        f'pos="{numbers(draw.uniform(-spread, spread) for _ in range(3))}" '
        f'axisangle="{numbers(turned)} {draw.uniform(-150, 150):.4g}"'
    )


def joints(draw, kind):
    def at():
        return f'pos="{numbers(draw.uniform(-0.1, 0.1) for _ in range(3))}"'

    if kind == "free":
        return "<freejoint/>"
    if kind == "ball":
        return f'<joint type="ball" {at()}/>'
    if kind == "gimbal":
        where = at()
        return f'<joint axis="1 0 0" {where}/><joint axis="0 1 0" {where} damping="0.02"/>'
    if kind == "both":
        return f'<joint type="slide" axis="{numbers(direction(draw))}"/><joint axis="{numbers(direction(draw))}" {at()}/>'
    row = f'damping="{draw.choice([0, 0.05])}" armature="{draw.choice([0, 0.02])}"'
    return f'<joint type="{kind}" axis="{numbers(direction(draw))}" {at()} {row}/>'


def body(draw, name, kind, inner="", spread=0.4):
    sizes = numbers(draw.uniform(0.03, 0.12) for _ in range(3))
    shift = numbers(draw.uniform(-0.1, 0.1) for _ in range(3))
    return (
        f'<body name="{name}" {place(draw, spread)}>{joints(draw, kind)}'
        f'<geom type="box" size="{sizes}" pos="{shift}"/>{inner}</body>'
    )


def compose(seed, tie, kinds):
    """Two trees of two bodies and a fixed part on the second; what is tied are the outer bodies."""
    draw = random.Random(seed)
    part = f'<body name="part" {place(draw, 0.2)}><geom size="0.05"/></body>'
    one = body(draw, "a", kinds[0], body(draw, "b", kinds[1], spread=0.2))
    two = body(draw, "c", kinds[2], body(draw, "d", kinds[3], part, spread=0.2))
    world = one + two if seed % 2 else two + one
    ends = ["b", draw.choice(["d", "part", "c"])]
    draw.shuffle(ends)
    anchor = numbers(draw.uniform(-0.2, 0.2) for _ in range(3))
    if tie == "connect":
        equality = f'<connect body1="{ends[0]}" body2="{ends[1]}" anchor="{anchor}" {HARD}/>'
    elif tie == "weld":
        equality = f'<weld body1="{ends[0]}" body2="{ends[1]}" {HARD}/>'
    else:
        equality = ""
    return (
        '<mujoco><option timestep="%s"/><default><geom contype="0" conaffinity="0"/></default>'
        f"<worldbody>{world}</worldbody><equality>{equality}%s</equality></mujoco>"
    )


def couplings(model, seed, count):
    """Disjoint pairs of hinges and slides, in both orders; the last without a leader."""
    draw = random.Random(seed)
    linear = [
        index for index in range(model.njnt)
        if mujoco.mjtJoint(model.jnt_type[index]) in (mujoco.mjtJoint.mjJNT_HINGE, mujoco.mjtJoint.mjJNT_SLIDE)
    ]
    draw.shuffle(linear)
    result = []
    for _ in range(count):
        if len(linear) < 2:
            break
        follower, leader = linear.pop(), linear.pop()
        polynomial = [[0, 1], [0, -0.7], [0, 0.5, 0.4], [0, 1.3, -0.2, 0.3, 0.1]][draw.randrange(4)]
        result.append({"follower": follower, "leader": leader, "polynomial": polynomial})
    if seed % 3 == 0 and linear:
        result.append({"follower": linear.pop(), "leader": None, "polynomial": [0]})
    return result


def run(template, pairs, warm):
    spec = mujoco.MjSpec.from_string(template % (0.00005, ""))
    names = [f"j{index}" for index in range(len(spec.joints))]
    for joint, name in zip(spec.joints, names):
        joint.name = name
    for pair in pairs:
        equality = spec.add_equality(type=mujoco.mjtEq.mjEQ_JOINT)
        equality.name1 = names[pair["follower"]]
        equality.name2 = "" if pair["leader"] is None else names[pair["leader"]]
        equality.objtype = mujoco.mjtObj.mjOBJ_JOINT
        values = (pair["polynomial"] + [0] * 5)[:5]
        equality.data[:5] = values
        equality.solref[:] = [0.0004, 1]
        equality.solimp[:] = [0.9999, 0.9999, 0.001, 0.5, 2]
    model = spec.compile()
    model.opt.integrator = mujoco.mjtIntegrator.mjINT_RK4
    model.opt.solver = mujoco.mjtSolver.mjSOL_NEWTON
    model.opt.tolerance = 1e-12
    model.opt.iterations = 200
    data = mujoco.MjData(model)

    def step(seconds):
        for _ in range(round(seconds / model.opt.timestep)):
            mujoco.mj_step(model, data)

    def state():
        return {"positions": data.qpos.tolist(), "velocities": data.qvel.tolist()}

    if warm:
        step(0.3)
    start = state()
    step(0.3)
    return {"mjcf": template % (0.001, ""), "couplings": pairs, "start": start, "end": state()}


def main():
    draw = random.Random(7)
    kinds = ["hinge", "slide", "ball", "gimbal", "both"]
    cases = []
    for tie in ("connect", "weld", "joint"):
        for index in range(12):
            seed = 100 * ("connect", "weld", "joint").index(tie) + index
            chosen = [draw.choice(kinds + ["free"] * (tie != "joint")), draw.choice(kinds),
                      draw.choice(kinds + ["free"] * 2), draw.choice(kinds)]
            if tie == "weld" and not {"free"} & {chosen[0], chosen[2]}:
                chosen[2] = "free"
            template = compose(seed, tie, chosen)
            plain = mujoco.MjModel.from_xml_string(template % (0.001, ""))
            pairs = couplings(plain, seed, 1 + index % 2) if tie == "joint" else []
            case = run(template, pairs, index % 2 == 1)
            largest = max(abs(value) for value in case["end"]["velocities"])
            print(tie, index, chosen, len(pairs), f"{largest:.3g}")
            cases.append({"name": f"{tie} {index}: {', '.join(chosen)}", **case})
    (here / "equalities.json").write_text(json.dumps({"mujoco": mujoco.__version__, "cases": cases}, indent=0) + "\n")


main()
