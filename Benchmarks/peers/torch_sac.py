"""SAC in eager PyTorch, fused by hand: the twin critics are one batched product, Adam is the fused one, targets are
averaged over one flat buffer, a minibatch is one gather from a table in memory."""

import math

import numpy
import torch
import torch.nn.functional as F

from . import setting

OBSERVATIONS, ACTIONS, HIDDEN = setting.OBSERVATIONS, setting.ACTIONS, setting.HIDDEN


def make_layers(sizes, members=None):
    """Weights and biases, all views of one flat tensor."""
    shapes = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        shapes += [(inputs, outputs), (outputs,)] if members is None else [
            (members, inputs, outputs), (members, 1, outputs)]
    flat = torch.empty(sum(math.prod(shape) for shape in shapes))
    parameters = [
        part.view(shape) for part, shape in zip(flat.split([math.prod(shape) for shape in shapes]), shapes)]
    for place, parameter in enumerate(parameters):
        bound = sizes[place // 2] ** -0.5
        parameter.uniform_(-bound, bound)
    return flat, parameters


def mlp(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    if w1.dim() == 2:
        x = torch.relu_(torch.addmm(b1, x, w1))
        return torch.addmm(b3, torch.relu_(torch.addmm(b2, x, w2)), w3)
    x = torch.relu_(torch.baddbmm(b1, x.expand(w1.shape[0], -1, -1), w1))
    return torch.baddbmm(b3, torch.relu_(torch.baddbmm(b2, x, w2)), w3)


def sample(parameters, observation):
    mean, raw = mlp(observation, parameters).chunk(2, dim=1)
    log_std = raw.clamp(-20, 2)
    noise = torch.randn_like(mean)
    u = mean + log_std.exp() * noise
    # log N(u) − log(1 − tanh² u), the latter in its stable form.
    correction = 2 * (0.6931471805599453 - u - F.softplus(-2 * u))
    log_probability = (-0.5 * noise.square() - log_std - 0.9189385332046727 - correction).sum(1)
    return torch.tanh(u), log_probability


class Learner:
    def __init__(self):
        torch.manual_seed(0)
        _, self.actor = make_layers([OBSERVATIONS, HIDDEN, HIDDEN, 2 * ACTIONS])
        self.critic_flat, self.critic = make_layers([OBSERVATIONS + ACTIONS, HIDDEN, HIDDEN, 1], members=2)
        self.target_flat, self.target = make_layers([OBSERVATIONS + ACTIONS, HIDDEN, HIDDEN, 1], members=2)
        self.target_flat.copy_(self.critic_flat)
        self.log_temperature = torch.zeros(1)
        self.optimisers = []
        for parameters in (self.actor, self.critic, [self.log_temperature]):
            for parameter in parameters:
                parameter.requires_grad_(True)
            self.optimisers.append(torch.optim.Adam(parameters, lr=setting.LEARNING_RATE, fused=True))
        self.table = torch.from_numpy(setting.transitions(numpy))

    def update(self):
        rows = self.table[torch.randint(setting.TRANSITIONS, (setting.BATCH,))]
        observation, action, reward, terminated, next_observation = setting.columns(rows)
        actor_optimiser, critic_optimiser, temperature_optimiser = self.optimisers
        with torch.no_grad():
            temperature = self.log_temperature.exp()
            next_action, next_log_probability = sample(self.actor, next_observation)
            values = mlp(torch.cat([next_observation, next_action], 1), self.target)[..., 0]
            value = torch.minimum(values[0], values[1]) - temperature * next_log_probability
            target = reward + setting.DISCOUNT * (1 - terminated) * value

        values = mlp(rows[:, : OBSERVATIONS + ACTIONS], self.critic)[..., 0]
        (0.5 * (values - target).square().sum(0).mean()).backward()
        critic_optimiser.step()
        critic_optimiser.zero_grad()

        # The actor's loss needs no gradient for the critics' weights.
        fixed = [parameter.detach() for parameter in self.critic]
        new_action, log_probability = sample(self.actor, observation)
        values = mlp(torch.cat([observation, new_action], 1), fixed)[..., 0]
        (temperature * log_probability - torch.minimum(values[0], values[1])).mean().backward()
        actor_optimiser.step()
        actor_optimiser.zero_grad()

        entropy = -log_probability.detach().mean()
        (self.log_temperature * (entropy + ACTIONS)).backward()
        temperature_optimiser.step()
        temperature_optimiser.zero_grad()

        with torch.no_grad():
            self.target_flat.lerp_(self.critic_flat, setting.AVERAGING_RATE)


def prepare(threads, variant):
    torch.set_num_threads(threads)
    learner = Learner()

    def run(count):
        for _ in range(count):
            learner.update()

    return run
