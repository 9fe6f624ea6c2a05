"""Small environments that do one thing each, good or bad, for the tests."""

import os
import signal
import time

import gymnasium
import numpy as np
from gymnasium import spaces


class Line(gymnasium.Env):
    """A point on a line: the action is its speed. Success beyond 1."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 20}
    observation_space = spaces.Box(-np.inf, np.inf, (2,), np.float64)
    action_space = spaces.Box(-0.1, 0.3, (1,), np.float64)

    def __init__(self, start=0.0, render_mode=None):
        self.start, self.render_mode = start, render_mode

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.x = self.start + 0.1 * self.np_random.standard_normal()
        self.count = 0
        return self.see(), {}

    def see(self):
        return np.array([self.x, self.count], np.float64)

    def step(self, action):
        assert self.action_space.contains(action), f"{action} is not in {self.action_space}"
        self.x += float(action[0])
        self.count += 1
        return self.see(), 10 * self.x, self.x < -1, False, {"is_success": self.x > 1}

    def render(self):
        picture = np.zeros((6, 8, 3), np.uint8)
        picture[:, : max(0, min(8, int(self.x))), 0] = 255
        picture[0, 0] = (1, 2, 3)
        return picture


class Tree(gymnasium.Env):
    """Dict and Tuple of Boxes of several kinds."""

    observation_space = spaces.Dict({
        "zebra": spaces.Box(-1, 1, (2, 2), np.float32),
        "camera": spaces.Box(0, 255, (4, 5, 3), np.uint8),
        "body": spaces.Tuple((spaces.Box(-5, 5, (), np.float64), spaces.Box(0, 9, (3,), np.int64))),
    })
    action_space = spaces.Dict({
        "push": spaces.Box(np.array([-1, -2], np.float32), np.array([1, 2], np.float32)),
        "grip": spaces.Tuple((spaces.Box(0, 4, (1,), np.int32),)),
    })

    def see(self):
        rng = self.np_random
        return {
            "zebra": rng.uniform(-1, 1, (2, 2)).astype(np.float32),
            "camera": rng.integers(0, 256, (4, 5, 3), dtype=np.uint8),
            "body": (rng.uniform(-5, 5), rng.integers(0, 10, 3)),
        }

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.see(), {}

    def step(self, action):
        assert self.action_space.contains(action), f"{action!r} is not in {self.action_space}"
        reward = float(action["push"][0] + 10 * action["push"][1] + 100 * action["grip"][0][0])
        return self.see(), reward, False, False, {}


class Bad(Line):
    """Does what it is told to, in its fifth step."""

    def __init__(self, fault="", where="step", render_mode=None):
        super().__init__(render_mode=render_mode)
        self.fault, self.where, self.total = fault, where, 0
        if fault == "space":
            self.observation_space = spaces.Dict({"a": spaces.Box(0, 1, (1,)), "b": spaces.Discrete(3)})
        if fault == "action":
            self.action_space = spaces.Discrete(2)
        if fault == "unbounded":
            self.action_space = spaces.Box(-np.inf, np.inf, (1,), np.float64)
        if where == "make":
            self.misbehave()

    def reset(self, *, seed=None, options=None):
        if self.where == "reset":
            self.misbehave()
        return super().reset(seed=seed)

    def step(self, action):
        result = super().step(action)
        self.total += 1
        if self.total == 5 and self.where == "step":
            changed = self.misbehave()
            if changed is not None:
                return (*changed, *result[2:])
        return result

    def misbehave(self):
        if self.fault == "raise":
            raise ValueError("the motor is\nbroken")
        if self.fault == "exit":
            raise SystemExit(3)
        if self.fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault == "hang":
            time.sleep(3600)
        if self.fault == "quit":
            os._exit(7)
        if self.fault == "nan":
            return np.array([0.0, np.nan]), 0.0
        if self.fault == "reward":
            return np.zeros(2), float("nan")
        if self.fault == "shape":
            return np.zeros(3), 0.0
        if self.fault == "print":
            print("an environment speaks")
        return None


gymnasium.register("SinewTests/Line-v0", Line, max_episode_steps=20)
gymnasium.register("SinewTests/Tree-v0", Tree, max_episode_steps=7)
gymnasium.register("SinewTests/Bad-v0", Bad, max_episode_steps=200)
