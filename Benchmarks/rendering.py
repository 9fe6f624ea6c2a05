"""Pictures per second of MuJoCo's renderer, for the table of Documentation/rendering.md.

MUJOCO_GL=egl python Benchmarks/rendering.py [ROBOT]   (beside: sinew bench rendering ROBOT)
"""

import statistics
import sys
import time

import mujoco
import numpy

PICTURES = 50

robot = sys.argv[1] if len(sys.argv) > 1 else "humanoid"
model = mujoco.MjModel.from_xml_path(f"Environments/Robots/{robot}/{robot}.xml")
model.vis.global_.offwidth, model.vis.global_.offheight = 640, 480
data = mujoco.MjData(model)
generator = numpy.random.default_rng(1)


def median(renderer):
    """Seconds for a picture, after steps that are not timed."""
    seconds = []
    mujoco.mj_resetData(model, data)
    for _ in range(PICTURES):
        data.ctrl[:] = generator.uniform(*model.actuator_ctrlrange.T)
        mujoco.mj_step(model, data, 5)
        begin = time.perf_counter()
        renderer.update_scene(data)
        renderer.render()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds[10:])


for width, height in [(64, 64), (84, 84), (640, 480)]:
    with mujoco.Renderer(model, height, width) as renderer:
        colours = 1 / median(renderer)
        renderer.enable_depth_rendering()
        print(f"{robot} {width}x{height}: {colours:.0f} colours/s, {1 / median(renderer):.0f} depths/s")
