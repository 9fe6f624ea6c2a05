"""Records pushes in gym-pusht (pip install gym-pusht) for PushTTests: python make_push_t.py > push-t.json"""
import json

import gymnasium
import gym_pusht  # noqa: F401
import numpy as np

environment = gymnasium.make("gym_pusht/PushT-v0").unwrapped


def record(name, pusher, block, targets):
    environment.reset(seed=0)
    environment._setup()
    environment._set_state(np.array([*pusher, *block]))
    centre = environment.block.local_to_world(environment.block.center_of_gravity)
    start = [*environment.agent.position, *centre, environment.block.angle]
    rows = []
    for target in targets:
        observation, reward, _, _, _ = environment.step(np.array(target, dtype=np.float64))
        rows.append([*target, *observation, reward])
    return {"name": name, "start": start, "rows": np.round(rows, 6).tolist()}


random = np.random.default_rng(1)
cases = [
    record("the bar's middle, along the stem", (256, 150), (256, 250, 0), [(256, 150 + 4 * i) for i in range(40)]),
    record("the bar's end, along the stem", (300, 150), (256, 250, 0), [(300, 150 + 4 * i) for i in range(40)]),
    record("the stem's side", (150, 300), (256, 250, 0), [(150 + 6 * i, 330) for i in range(30)]),
    record("at once, as fast as it goes", (150, 300), (256, 250, 0), [(350, 330)] * 20),
    record("the stem's end, turned", (300, 420), (220, 200, 0.5), [(300 - 3 * i, 420 - 5 * i) for i in range(40)]),
    record("off the block", (100, 100), (300, 300, 1), [tuple(random.uniform(50, 150, 2)) for _ in range(20)]),
]
print(json.dumps(cases))
