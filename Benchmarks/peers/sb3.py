"""Stable-Baselines3: `SAC.train`, and `predict` for one observation."""

import gymnasium
import numpy
import torch
from stable_baselines3 import SAC
from stable_baselines3.common.logger import configure

from . import setting


class Nothing(gymnasium.Env):
    """Only the spaces; it is never stepped."""

    observation_space = gymnasium.spaces.Box(-numpy.inf, numpy.inf, (setting.OBSERVATIONS,), numpy.float32)
    action_space = gymnasium.spaces.Box(-1, 1, (setting.ACTIONS,), numpy.float32)

    def reset(self, seed=None, options=None):
        return numpy.zeros(setting.OBSERVATIONS, numpy.float32), {}

    def step(self, action):
        return numpy.zeros(setting.OBSERVATIONS, numpy.float32), 0.0, False, False, {}


def fill(buffer):
    """Puts the transitions into the library's replay buffer."""
    observation, action, reward, terminated, next_observation = setting.columns(setting.transitions(numpy))
    buffer.observations[:, 0], buffer.actions[:, 0] = observation, action
    buffer.rewards[:, 0], buffer.dones[:, 0] = reward, terminated
    buffer.next_observations[:, 0] = next_observation
    buffer.pos, buffer.full = 0, True


def build(algorithm):
    model = algorithm(
        "MlpPolicy", Nothing(), batch_size=setting.BATCH, buffer_size=setting.TRANSITIONS, seed=0, device="cpu",
        policy_kwargs={"net_arch": [setting.HIDDEN, setting.HIDDEN]})
    model.set_logger(configure(None, []))
    fill(model.replay_buffer)
    return model


def prepare(threads, variant):
    torch.set_num_threads(threads)
    model = build(SAC)
    if variant == "predict":
        observation = numpy.ones(setting.OBSERVATIONS, numpy.float32)

        def predict(count):
            for _ in range(count):
                model.predict(observation, deterministic=True)

        return predict
    return lambda count: model.train(gradient_steps=count, batch_size=setting.BATCH)
