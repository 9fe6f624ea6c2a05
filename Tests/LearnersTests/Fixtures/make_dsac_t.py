"""Ten updates of DSAC-T in PyTorch: writes dsac-t.safetensors (before, minibatch, after, losses).

The order of steps is that of the paper's released code: every gradient is that of the networks before any of them steps.

python3 make_dsac_t.py   (torch and safetensors from PyPI)
"""

import math
from pathlib import Path

import torch
from safetensors.torch import save_file

from reference import Stream, forward, named, network, transitions

OBSERVATIONS, ACTIONS, SIZE, HIDDEN, UPDATES = 5, 2, 8, [16, 16], 10
generator = torch.Generator().manual_seed(13)
noise = Stream(key=11, stream=22)
gelu = torch.nn.functional.gelu

actor = network([OBSERVATIONS, *HIDDEN, 2 * ACTIONS], generator=generator)
target_actor = [p.detach().clone() for p in network([OBSERVATIONS, *HIDDEN, 2 * ACTIONS], generator=generator)]
critics = network([OBSERVATIONS + ACTIONS, *HIDDEN, 2], members=2, generator=generator)
targets = [p.detach().clone() for p in network([OBSERVATIONS + ACTIONS, *HIDDEN, 2], members=2, generator=generator)]
log_alpha = torch.tensor(1.0, requires_grad=True)
batch = transitions(SIZE, OBSERVATIONS, ACTIONS, generator)
# Returns of different sizes, so that limits and weights matter.
batch["reward"] = batch["reward"] * torch.tensor([0.1, 1, 10, 100, 0.1, 1, 10, 100]).reshape(SIZE, 1)
before = named("actor.", actor) | named("target_actor.", target_actor)
before |= named("critics.", critics) | named("target_critics.", targets)
before["temperature.logarithm"] = log_alpha.detach().clone()
before["running_deviation.value"] = torch.zeros(2, 1, 1)
running = None


def sample(parameters, observation):
    mean, raw = forward(parameters, observation, gelu).chunk(2, dim=-1)
    log_std = raw.clamp(-20, 0.5)
    xi = noise.normal(SIZE, ACTIONS)
    u = mean + log_std.exp() * xi
    density = -0.5 * xi**2 - log_std - 0.5 * math.log(2 * math.pi)
    squash = 2 * (math.log(2) - u - torch.nn.functional.softplus(-2 * u))
    return torch.tanh(u), (density - squash).sum(-1, keepdim=True)


def distribution(parameters, observation, action):
    mean, raw = forward(parameters, torch.cat([observation, action], -1), gelu).chunk(2, dim=-1)
    return mean, torch.nn.functional.softplus(raw)


def huber(x, y):
    return torch.nn.functional.huber_loss(x, y, delta=50, reduction="none")


actor_optimiser = torch.optim.Adam(actor, lr=1e-4)
critic_optimiser = torch.optim.Adam(critics, lr=1e-4)
alpha_optimiser = torch.optim.Adam([log_alpha], lr=3e-4)
losses = []
for update in range(1, UPDATES + 1):
    moves_all = update % 2 == 0
    alpha = log_alpha.exp().detach()
    actor_loss = None
    if moves_all:
        action, log_probability = sample(actor, batch["observation"])
        actor_loss = (alpha * log_probability - distribution(critics, batch["observation"], action)[0].min(0).values).mean()
        alpha_loss = -(log_alpha * (log_probability.detach() - ACTIONS)).mean()
        actor_gradients = torch.autograd.grad(actor_loss, actor)
        alpha_gradient = torch.autograd.grad(alpha_loss, [log_alpha])

    with torch.no_grad():
        next_action, next_log = sample(target_actor, batch["next_observation"])
        next_mean, next_deviation = distribution(targets, batch["next_observation"], next_action)
        sampled = next_mean + next_deviation * noise.normal(2, SIZE, 1).clamp(-3, 3)
        chosen = torch.where(next_mean[0] <= next_mean[1], sampled[0], sampled[1])
        rest = 0.99 * (1 - batch["terminated"])
        y_q = batch["reward"] + rest * (next_mean.min(0).values - alpha * next_log)
        y_z = batch["reward"] + rest * (chosen - alpha * next_log)
    mean, deviation = distribution(critics, batch["observation"], batch["action"])
    with torch.no_grad():
        latest = deviation.mean(1, keepdim=True)
        running = latest if running is None else (1 - 0.005) * running + 0.005 * latest
        limited = mean + torch.clamp(y_z - mean, -3 * running, 3 * running)
        scale = torch.clamp(running**2 / (deviation**2 + 0.1), 0.1, 10)
    still = deviation.detach()
    terms = huber(mean, y_q.expand_as(mean)) + deviation * (still**2 - huber(mean.detach(), limited)) / (still + 0.1)
    critic_loss = (scale * terms).mean(dim=(1, 2)).sum()
    critic_optimiser.zero_grad()
    critic_loss.backward()
    critic_optimiser.step()
    if moves_all:
        for parameter, gradient in zip(actor, actor_gradients):
            parameter.grad = gradient
        log_alpha.grad = alpha_gradient[0]
        actor_optimiser.step()
        alpha_optimiser.step()
        with torch.no_grad():
            for target, source in ((target_actor, actor), (targets, critics)):
                for target_parameter, parameter in zip(target, source):
                    target_parameter.lerp_(parameter, 0.005)
    losses.append([critic_loss.item(), actor_loss.item() if moves_all else 0.0])

after = named("actor.", actor) | named("target_actor.", target_actor)
after |= named("critics.", critics) | named("target_critics.", targets)
after["temperature.logarithm"] = log_alpha.detach().clone()
after["running_deviation.value"] = running.clone()
fixture = {f"before.{k}": v for k, v in before.items()} | {f"after.{k}": v for k, v in after.items()}
fixture |= {f"batch.{k}": v for k, v in batch.items()} | {"losses": torch.tensor(losses)}
save_file(fixture, Path(__file__).parent / "dsac-t.safetensors")
