"""Random models for the differential test, each from its own seed: what the simulation must do as MuJoCo does.

Left out is what differs by design: see "Random models" in Environments/PARITY.md.
"""

import math
import random

AXES = [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
# How much stronger what acts along a slide is, N or N/m, than what acts about a hinge.
STRENGTH = {"hinge": 1, "slide": 10}
SHAPES = ["sphere", "capsule", "cylinder", "box", "ellipsoid", "mesh"]


def text(numbers):
    return " ".join(f"{n:.6g}" for n in numbers)


class Draw(random.Random):
    def numbers(self, count, low, high):
        return [self.uniform(low, high) for _ in range(count)]

    def direction(self):
        while True:
            v = self.numbers(3, -1, 1)
            norm = math.sqrt(sum(x * x for x in v))
            if 0.1 < norm < 1:
                return [x / norm for x in v]

    def quaternion(self):
        while True:
            q = self.numbers(4, -1, 1)
            norm = math.sqrt(sum(x * x for x in q))
            if 0.1 < norm < 1:
                return [x / norm for x in q]

    def chance(self, share):
        return self.random() < share


def shape(draw, kind, low=0.04, high=0.09):
    """The attributes of a geom of a kind, and of a mesh the asset that it needs."""
    sizes = draw.numbers(3, low, high)
    if kind == "mesh":
        # A hull of few corners, none of which lies near the plane of others.
        corners = [[s * x for s, x in zip(sizes, draw.direction())] for _ in range(draw.randint(6, 10))]
        corners += [[s * a for s, a in zip(sizes, axis)] for axis in AXES]
        corners += [[-s * a for s, a in zip(sizes, axis)] for axis in AXES]
        return 'type="mesh"', text(n for corner in corners for n in corner)
    count = {"sphere": 1, "capsule": 2, "cylinder": 2, "box": 3, "ellipsoid": 3}[kind]
    return f'type="{kind}" size="{text(sizes[:count])}"', None


class Tree:
    """A tree of bodies, joints with everything that a joint has, and motors."""

    def __init__(self, draw, bodies, kinds, attributes=True, limits=0, friction=0):
        self.draw, self.bodies, self.joints = draw, [], []
        self.attributes, self.limits, self.friction = attributes, limits, friction
        for index in range(bodies):
            parent = -1 if index == 0 else draw.randint(max(-1, index - 3), index - 1)
            self.bodies.append({"parent": parent, "joints": self.draw_joints(index, kinds, parent < 0)})

    def draw_joints(self, body, kinds, is_root):
        draw = self.draw
        kind = draw.choice([k for k in kinds if is_root or k != "free"])
        if kind == "free":
            return ["<freejoint/>"]
        if kind == "ball":
            return [f'<joint type="ball" pos="{text(draw.numbers(3, -0.1, 0.1))}"/>']
        result = []
        # Hinges of one body cross at right angles in a point, or a slide carries a hinge.
        anchor = text(draw.numbers(3, -0.1, 0.1))
        start = draw.randint(0, 2)
        parts = kind.split("+")
        for number, part in enumerate(parts):
            axis = draw.direction() if "+" not in kind else AXES[(start + number) % 3]
            name = f"j{body}_{number}"
            stop = draw.chance(self.limits)
            text_ = f'<joint name="{name}" type="{part}" axis="{text(axis)}" pos="{anchor}"'
            if self.attributes:
                heavy = STRENGTH[part]
                text_ += f' damping="{draw.uniform(0.1, 0.3) * heavy:.4g}"'
                if draw.chance(0.6):
                    text_ += f' armature="{draw.uniform(0, 0.05) * heavy:.4g}"'
                # Three hinges lose a freedom where the second turns by 90 degrees: it is kept from there.
                firm = 10 if len(parts) == 3 and number == 1 else 1
                if draw.chance(0.5) or part == "slide" or firm > 1:
                    text_ += f' stiffness="{draw.uniform(1, 5) * heavy * firm:.4g}"'
                    text_ += f' springref="{draw.uniform(-0.2, 0.2):.4g}"'
                if draw.chance(self.friction):
                    text_ += f' frictionloss="{draw.uniform(0, 0.1) * heavy:.4g}"'
                if stop:
                    text_ += f' range="{-draw.uniform(0.1, 0.4):.4g} {draw.uniform(0.1, 0.4):.4g}"'
            result.append(text_ + "/>")
            self.joints.append((name, part))
        return result

    def body(self, index):
        draw, entry = self.draw, self.bodies[index]
        kind, points = shape(draw, draw.choice(["sphere", "capsule", "cylinder", "box", "ellipsoid"]))
        place = draw.numbers(3, -0.25, 0.25) if entry["parent"] >= 0 or index else [0, 0, 0]
        inside = "".join(entry["joints"])
        if draw.chance(0.3):
            inertial = draw.numbers(3, 0.004, 0.02)
            moments = [inertial[1] + inertial[2], inertial[0] + inertial[2], inertial[0] + inertial[1]]
            inside += (
                f'<inertial pos="{text(draw.numbers(3, -0.1, 0.1))}" mass="{draw.uniform(0.5, 3):.4g}" '
                f'diaginertia="{text(moments)}" quat="{text(draw.quaternion())}"/>'
            )
        inside += f'<geom {kind} pos="{text(draw.numbers(3, -0.1, 0.1))}" quat="{text(draw.quaternion())}"/>'
        inside += f'<site name="s{index}" pos="{text(draw.numbers(3, -0.1, 0.1))}"/>'
        inside += "".join(self.body(k) for k, other in enumerate(self.bodies) if other["parent"] == index)
        return f'<body name="b{index}" pos="{text(place)}" quat="{text(draw.quaternion())}">{inside}</body>'

    def world(self):
        return "".join(self.body(k) for k, other in enumerate(self.bodies) if other["parent"] < 0)


def model(world, rest="", timestep=0.000125, integrator="Euler", option=""):
    return (
        f'<mujoco><compiler angle="radian"/><option timestep="{timestep}" integrator="{integrator}"{option}/>'
        f'<default><geom contype="0" conaffinity="0"/></default><worldbody>{world}</worldbody>{rest}</mujoco>'
    )


EVERY_JOINT = ["hinge", "slide", "ball", "free", "hinge+hinge", "slide+hinge", "hinge+hinge+hinge"]


SIMPLE_JOINTS = ["hinge", "slide", "free", "hinge+hinge", "slide+hinge"]


def motors(draw, tree):
    parts = [
        f'<motor joint="{name}" gear="{draw.uniform(0.5, 1.5) * STRENGTH[kind]:.4g}" ctrlrange="-1 1"/>'
        for name, kind in tree.joints
        if draw.chance(0.7)
    ]
    return f"<actuator>{''.join(parts)}</actuator>"


def tree(draw, bodies=6, kinds=EVERY_JOINT, **shares):
    while True:
        result = Tree(draw, draw.randint(1, bodies), kinds, **shares)
        if result.joints or not shares:
            return model(result.world(), motors(draw, result))


def turning_slide(draw):
    """A heavy rotor on a slide that its parent turns fast: armature has no weight that could fly outward."""
    axis = draw.direction()
    arm = Tree(draw, 1, ["hinge"], attributes=False)
    kind, _ = shape(draw, "box")
    inner = (
        f'<body pos="{text(draw.numbers(3, 0.1, 0.3))}" quat="{text(draw.quaternion())}">'
        f'<joint name="slide" type="slide" axis="{text(axis)}" armature="{draw.uniform(1, 5):.4g}" '
        f'stiffness="{draw.uniform(50, 200):.4g}" damping="{draw.uniform(1, 10):.4g}"/>'
        f'<geom {kind}/></body>'
    )
    world = arm.world()
    world = world[: world.rindex("</body>")] + inner + "</body>"
    return model(world, '<actuator><motor joint="j0_0" gear="8"/></actuator>', option=' gravity="0 0 0"')


def loop(draw):
    """A chain whose ends, or two of whose bodies, are tied: in a plane, in space, and between bodies that float."""
    soft = 'solref="0.002 1" solimp="0.9995 0.9999 0.001"'
    form = draw.choice(["plane", "space", "float", "weld"])
    if form == "plane":
        lengths = draw.numbers(3, 0.15, 0.3)
        angles = draw.numbers(3, -0.8, 0.8)
        world, ends = "", ""
        for index, (length, angle) in enumerate(zip(lengths, angles)):
            place = "0 0 0" if index == 0 else f"{lengths[index - 1]:.6g} 0 0"
            world += (
                f'<body name="b{index}" pos="{place}" euler="0 {angle + (0.4 if index == 0 else 0.6):.6g} 0">'
                f'<joint name="j{index}" axis="0 1 0" damping="{draw.uniform(0.01, 0.1):.4g}"/>'
                f'<geom type="capsule" size="0.02" fromto="0 0 0 {length:.6g} 0 0"/>'
            )
            ends += "</body>"
        # The last body against another arm that hangs on the world and moves as well.
        other = (
            f'<body name="c" pos="{text([0.3, 0, -0.5])}"><joint name="k" axis="0 1 0" damping="0.05"/>'
            f'<geom type="capsule" size="0.02" fromto="0 0 0 {text([0.1, 0, 0.2])}"/></body>'
        )
        tie = f'<connect body1="b2" body2="c" anchor="{lengths[2]:.6g} 0 0" {soft}/>'
        return model(
            world + ends + other, f'<equality>{tie}</equality><actuator><motor joint="j0" gear="2"/></actuator>'
        )
    if form == "space":
        kinds, count = ["ball", "hinge+hinge", "hinge+hinge+hinge"], draw.randint(4, 6)
    else:
        kinds, count = ["free", "ball", "hinge+hinge"], draw.randint(2, 4)
    while True:
        chain = Tree(draw, count, kinds)
        freedoms = sum(
            6 if "free" in j else 3 if "ball" in j else 1 for b in chain.bodies for j in b["joints"]
        )
        pairs = [
            (a, b) for a in range(count) for b in range(a) if chain.bodies[a]["parent"] != b and chain.bodies[b]["parent"] != a
        ]
        if freedoms >= 8 and pairs:
            break
    first, second = draw.choice(pairs)
    if draw.chance(0.5):
        first, second = second, first
    if form == "weld":
        tie = f'<weld body1="b{first}" body2="b{second}" {soft}/>'
    else:
        tie = f'<connect body1="b{first}" body2="b{second}" anchor="{text(draw.numbers(3, -0.15, 0.15))}" {soft}/>'
    return model(chain.world(), f"<equality>{tie}</equality>" + motors(draw, chain))


def tendon(draw):
    while True:
        result = Tree(draw, draw.randint(2, 5), ["hinge", "slide", "hinge+hinge"])
        if len(result.joints) >= 2:
            break
    tendons, parts = "", ""
    for index in range(draw.randint(1, 2)):
        chosen = draw.sample(result.joints, draw.randint(2, min(3, len(result.joints))))
        tendons += f'<fixed name="t{index}">' + "".join(
            f'<joint joint="{name}" coef="{draw.uniform(-1, 1):.4g}"/>' for name, _ in chosen
        ) + "</fixed>"
        gear = f'gear="{draw.uniform(0.5, 2):.4g}" ctrlrange="-1 1"'
        parts += draw.choice(
            [
                f'<motor tendon="t{index}" {gear}/>',
                f'<position tendon="t{index}" kp="{draw.uniform(2, 20):.4g}" dampratio="{draw.uniform(0.1, 1):.4g}" {gear}/>',
                f'<velocity tendon="t{index}" kv="{draw.uniform(0.1, 1):.4g}" {gear}/>',
            ]
        )
    return model(result.world(), f"<tendon>{tendons}</tendon><actuator>{parts}</actuator>")


def actuator(draw):
    result = Tree(draw, draw.randint(1, 4), ["hinge", "slide", "hinge+hinge", "slide+hinge"])
    parts = ""
    for name, kind in result.joints:
        heavy = STRENGTH[kind]
        gear = f'joint="{name}" gear="{draw.uniform(0.5, 2):.4g}" ctrlrange="-0.7 0.8"'
        if draw.chance(0.4):
            gear += f' forcerange="{-draw.uniform(0.5, 2) * heavy:.4g} {draw.uniform(0.5, 2) * heavy:.4g}"'
        kp, kv = draw.uniform(2, 15) * heavy, draw.uniform(0.05, 0.4) * heavy
        parts += draw.choice(
            [
                f'<motor joint="{name}" gear="{heavy}" ctrlrange="-1 1"/>',
                f'<position {gear} kp="{kp:.4g}" kv="{kv:.4g}"/>',
                f'<position {gear} kp="{kp:.4g}" dampratio="{draw.uniform(0.2, 1.2):.4g}"/>',
                f'<velocity {gear} kv="{kv:.4g}"/>',
                f'<general {gear} gainprm="{kp:.4g}" biastype="affine" '
                f'biasprm="{draw.uniform(-1, 1) * heavy:.4g} {-kp:.4g} {-kv:.4g}"/>',
            ]
        )
    integrator = draw.choice(["Euler", "implicitfast"])
    return model(result.world(), f"<actuator>{parts}</actuator>", integrator=integrator)


COLLIDE = 'contype="1" conaffinity="1"'


def contact_world(draw, geoms, timestep=0.001):
    """A model of (element around the geom, kind, attributes) with the meshes that it needs."""
    assets, world = "", ""
    for index, (opening, kind, attributes, closing, points) in enumerate(geoms):
        if points:
            assets += f'<mesh name="m{index}" vertex="{points}"/>'
            kind += f' mesh="m{index}"'
        world += f"{opening}<geom {kind} {COLLIDE} {attributes}/>{closing}"
    return model(world, f"<asset>{assets}</asset>" if assets else "", timestep=timestep)


def press(draw, above, below):
    """One shape falls on another along a slide, each turned anyhow, without friction: where and which way they touch."""
    kind, points = shape(draw, above)
    opening = f'<body pos="0 0 0.3"><joint type="slide" axis="0 0 1" damping="5"/>'
    turn = f'quat="{text(draw.quaternion())}" condim="1"'
    if below == "plane":
        tilt = [1, draw.uniform(-0.2, 0.2), draw.uniform(-0.2, 0.2), 0]
        ground = ("", 'type="plane" size="1 1 1"', f'quat="{text(tilt)}" condim="1"', "", None)
    else:
        kind_below, points_below = shape(draw, below, 0.08, 0.14)
        where = f'pos="{text(draw.numbers(2, -0.02, 0.02))} 0" quat="{text(draw.quaternion())}" condim="1"'
        ground = ("", kind_below, where, "", points_below)
    return contact_world(draw, [ground, (opening, kind, turn, "</body>", points)])


CUBE = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]


def rest(draw, above, below):
    """What stands or lies on a level top, a hair above it, comes to rest as deep as in MuJoCo."""
    half = draw.uniform(0.04, 0.08)
    turn = f'euler="0 0 {draw.uniform(0, 3):.4g}"'
    mesh = None
    if above == "sphere":
        kind = f'type="sphere" size="{half:.4g}"'
    elif above == "can":
        kind = f'type="cylinder" size="{draw.uniform(0.03, 0.06):.4g} {half:.4g}"'
    elif above == "mesh":
        sizes = draw.numbers(2, 0.03, 0.07) + [half]
        kind, mesh = 'type="mesh"', text(s * c for corner in CUBE for s, c in zip(sizes, corner))
    elif above == "box":
        kind = f'type="box" size="{text(draw.numbers(2, 0.03, 0.07))} {half:.4g}"'
    else:
        kind = f'type="{above}" size="{half:.4g} {draw.uniform(0.05, 0.1):.4g}"'
        turn = f'euler="1.5707963267948966 {draw.uniform(0, 3):.4g} 0"'
    top, points, place = 0.1, None, f'euler="0 0 {draw.uniform(0, 3):.4g}"'
    if below == "plane":
        ground, top = 'type="plane" size="1 1 1"', 0
    elif below == "box":
        ground = 'type="box" size="0.2 0.25 0.1"'
    elif below == "cylinder":
        ground = 'type="cylinder" size="0.25 0.1"'
    else:
        ground, points = 'type="mesh"', text(
            s * c for corner in CUBE for s, c in zip((0.2, 0.25, 0.1), corner)
        )
    where = f"{text(draw.numbers(2, -0.05, 0.05))} {top + half + 0.0005:.6g}"
    opening = f'<body pos="{where}" {turn}><freejoint/>'
    return contact_world(
        draw, [("", ground, place, "", points), (opening, kind, "", "</body>", mesh)], timestep=0.002
    )


def coupling(draw):
    """Joints that follow others through gears of any law."""
    while True:
        result = Tree(draw, draw.randint(2, 4), ["hinge", "slide", "hinge+hinge"])
        if len(result.joints) >= 2:
            break
    first, second = draw.sample([name for name, _ in result.joints], 2)
    law = text([0, draw.uniform(-2, 2)] + draw.choice([[0, 0, 0], draw.numbers(3, -0.5, 0.5)]))
    tie = f'<joint joint1="{first}" joint2="{second}" polycoef="{law}" solref="0.002 1" solimp="0.9995 0.9999 0.001"/>'
    return model(result.world(), f"<equality>{tie}</equality>" + motors(draw, result))


def every():
    """Kinds with how many there are of each, 200 together, and what draws one by its number."""
    pairs = [(a, b) for a in SHAPES for b in ["plane"] + SHAPES]
    pressed = [pair for pair in pairs if "ellipsoid" not in pair]
    round_ = [pair for pair in pairs if "ellipsoid" in pair]
    rested = [
        (a, b)
        for a in ["sphere", "capsule", "cylinder", "can", "box", "mesh"]
        for b in ["plane", "box", "cylinder", "mesh"]
    ]
    return {
        "tree": (36, lambda draw, k: tree(draw)),
        "stop": (10, lambda draw, k: tree(draw, 3, SIMPLE_JOINTS, limits=0.7)),
        "dry friction": (8, lambda draw, k: tree(draw, 3, SIMPLE_JOINTS, friction=0.7)),
        "turning slide": (8, lambda draw, k: turning_slide(draw)),
        "loop": (30, lambda draw, k: loop(draw)),
        "tendon": (14, lambda draw, k: tendon(draw)),
        "actuator": (18, lambda draw, k: actuator(draw)),
        "coupling": (10, lambda draw, k: coupling(draw)),
        "press": (len(pressed), lambda draw, k: press(draw, *pressed[k])),
        "ellipsoid": (len(round_), lambda draw, k: press(draw, *round_[k])),
        "rest": (len(rested), lambda draw, k: rest(draw, *rested[k])),
    }
