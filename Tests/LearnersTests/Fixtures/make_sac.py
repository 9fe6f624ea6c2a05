"""Ten soft actor-critic updates in PyTorch: writes sac.safetensors (before, minibatch, after).

python3 make_sac.py   (torch and safetensors from PyPI)
"""

import math
from pathlib import Path

import torch
from safetensors.torch import save_file

from reference import Stream, forward, named, network, transitions

OBSERVATIONS, ACTIONS, SIZE, HIDDEN, UPDATES = 5, 2, 8, [16, 16], 10
generator = torch.Generator().manual_seed(7)
noise = Stream(key=11, stream=22)

actor = network([OBSERVATIONS, *HIDDEN, 2 * ACTIONS], generator=generator)
critics = network([OBSERVATIONS + ACTIONS, *HIDDEN, 1], members=2, generator=generator)
targets = [p.detach().clone() for p in network([OBSERVATIONS + ACTIONS, *HIDDEN, 1], members=2, generator=generator)]
log_alpha = torch.zeros((), requires_grad=True)
batch = transitions(SIZE, OBSERVATIONS, ACTIONS, generator)
before = named("actor.", actor) | named("critics.", critics) | named("target_critics.", targets)
before["temperature.logarithm"] = log_alpha.detach().clone()


def sample(observation):
    mean, raw = forward(actor, observation).chunk(2, dim=-1)
    log_std = raw.clamp(-20, 2)
    xi = noise.normal(SIZE, ACTIONS)
    u = mean + log_std.exp() * xi
    density = -0.5 * xi**2 - log_std - 0.5 * math.log(2 * math.pi)
    squash = 2 * (math.log(2) - u - torch.nn.functional.softplus(-2 * u))
    return torch.tanh(u), (density - squash).sum(-1, keepdim=True)


def value(parameters, observation, action):
    return forward(parameters, torch.cat([observation, action], -1))


actor_optimiser = torch.optim.Adam(actor, lr=3e-4)
critic_optimiser = torch.optim.Adam(critics, lr=3e-4)
alpha_optimiser = torch.optim.Adam([log_alpha], lr=3e-4)
losses = []
for _ in range(UPDATES):
    alpha = log_alpha.exp().detach()
    with torch.no_grad():
        action, log_probability = sample(batch["next_observation"])
        following = value(targets, batch["next_observation"], action).min(0).values - alpha * log_probability
        target = batch["reward"] + 0.99 * (1 - batch["terminated"]) * following
    critic_loss = sum(0.5 * torch.nn.functional.mse_loss(q, target) for q in value(critics, batch["observation"], batch["action"]))
    critic_optimiser.zero_grad()
    critic_loss.backward()
    critic_optimiser.step()

    action, log_probability = sample(batch["observation"])
    actor_loss = (alpha * log_probability - value(critics, batch["observation"], action).min(0).values).mean()
    actor_optimiser.zero_grad()
    actor_loss.backward()
    actor_optimiser.step()

    alpha_loss = -(log_alpha * (log_probability.detach() - ACTIONS)).mean()
    alpha_optimiser.zero_grad()
    alpha_loss.backward()
    alpha_optimiser.step()

    with torch.no_grad():
        for target_parameter, parameter in zip(targets, critics):
            target_parameter.lerp_(parameter, 0.005)
    losses.append([critic_loss.item(), actor_loss.item()])

after = named("actor.", actor) | named("critics.", critics) | named("target_critics.", targets)
after["temperature.logarithm"] = log_alpha.detach().clone()
fixture = {f"before.{k}": v for k, v in before.items()} | {f"after.{k}": v for k, v in after.items()}
fixture |= {f"batch.{k}": v for k, v in batch.items()} | {"losses": torch.tensor(losses)}
save_file(fixture, Path(__file__).parent / "sac.safetensors")
