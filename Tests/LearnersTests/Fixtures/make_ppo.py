"""Two updates of PPO with each surrogate in PyTorch: writes ppo.safetensors (before, rollout; after and losses of each surrogate).

A rollout of 4 steps of 2 environments, one minibatch, 5 passes; one row ended, one was cut off by a time limit.

python3 make_ppo.py   (torch and safetensors from PyPI)
"""

import math
from pathlib import Path

import torch
from safetensors.torch import save_file

from reference import forward, named, network, transitions

STEPS, ENVIRONMENTS, OBSERVATIONS, ACTIONS, HIDDEN, UPDATES, EPOCHS = 4, 2, 5, 2, [16, 16], 2, 5
DISCOUNT, DECAY, CLIP, VALUE_WEIGHT, ENTROPY_WEIGHT = 0.99, 0.95, 0.2, 0.5, 0.01
ADVANTAGE_SCALE, PENALTY, SHARPNESS = 0.5, 0.04, 5
generator = torch.Generator().manual_seed(14)
actor = network([OBSERVATIONS, *HIDDEN, ACTIONS], generator=generator)
log_deviation = (0.1 * torch.randn(ACTIONS, generator=generator)).requires_grad_()
value = network([OBSERVATIONS, *HIDDEN, 1], generator=generator)
median = network([OBSERVATIONS, *HIDDEN, 1], generator=generator)
rollout = transitions(STEPS * ENVIRONMENTS, OBSERVATIONS, ACTIONS, generator)
rollout["action"] = torch.randn(STEPS * ENVIRONMENTS, ACTIONS, generator=generator)
rollout["reward"] = 2 * rollout["reward"]
rollout["terminated"] = torch.tensor([0, 0, 1, 0, 0, 0, 0, 0.0]).reshape(-1, 1)
rollout["truncated"] = torch.tensor([0, 0, 0, 0, 0, 1, 0, 0.0]).reshape(-1, 1)
parts = {"actor.": actor, "value.": value, "median.": median}


def everything():
    found = {"actor.log_standard_deviation": log_deviation.detach().clone()}
    for prefix, parameters in parts.items():
        found |= named(prefix, parameters)
    return found


def mean(observation):
    return forward(actor, observation, torch.tanh)


def density(action, centre, log_std):
    return (-0.5 * ((action - centre) / log_std.exp()) ** 2 - log_std - 0.5 * math.log(2 * math.pi)).sum(-1, keepdim=True)


def divergence(mean_p, log_p, mean_q, log_q):
    """KL(p‖q)."""
    spread = ((2 * log_p).exp() + (mean_p - mean_q) ** 2) / (2 * (2 * log_q).exp())
    return (log_q - log_p + spread - 0.5).sum(-1, keepdim=True)


def advantages(values, next_values):
    found, following = torch.zeros_like(values), torch.zeros(ENVIRONMENTS, 1)
    for step in reversed(range(STEPS)):
        rows = slice(step * ENVIRONMENTS, (step + 1) * ENVIRONMENTS)
        ended, cut = rollout["terminated"][rows], rollout["truncated"][rows]
        delta = rollout["reward"][rows] + DISCOUNT * (1 - ended) * next_values[rows] - values[rows]
        following = delta + DISCOUNT * DECAY * (1 - ended) * (1 - cut) * following
        found[rows] = following
    return found


def surrogate(kind, ratio, advantage, median_advantage, backwards):
    if kind == "clip":
        return torch.max(-advantage * ratio, -advantage * ratio.clamp(1 - CLIP, 1 + CLIP)).mean()
    if kind == "bpo":
        best = 1 + CLIP * torch.tanh(median_advantage / (2 * ADVANTAGE_SCALE))
        return ((ratio - best).abs() * advantage.abs()).mean()
    if kind == "mdpo":
        return (backwards - ratio * advantage).mean()
    if kind == "r2vpo":
        return (PENALTY * (ratio - 1) ** 2 - ratio * advantage).mean()
    tau = torch.where(advantage > 0, SHARPNESS, 1.05 * SHARPNESS)
    return -(4 / tau * torch.sigmoid(tau * (ratio - 1)) * advantage).mean()


result = {"before." + name: p for name, p in everything().items()}
result |= {"rollout." + name: p for name, p in rollout.items()}
start = everything()
for kind in ["clip", "bpo", "mdpo", "r2vpo", "sapo"]:
    with torch.no_grad():
        log_deviation.copy_(start["actor.log_standard_deviation"])
        for prefix, parameters in parts.items():
            for name, p in zip(named(prefix, parameters), parameters):
                p.copy_(start[name])
    trained = [*actor, log_deviation, *value, *(median if kind == "bpo" else [])]
    optimiser = torch.optim.Adam(trained, lr=3e-3, eps=1e-5)
    losses = []
    for _ in range(UPDATES):
        with torch.no_grad():
            old_mean, old_log = mean(rollout["observation"]), log_deviation.detach().clone()
            old_density = density(rollout["action"], old_mean, old_log)
            old_value = forward(value, rollout["observation"], torch.tanh)
            advantage = advantages(old_value, forward(value, rollout["next_observation"], torch.tanh))
            returns = advantage + old_value
            if kind != "bpo":
                advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        for _ in range(EPOCHS):
            centre = mean(rollout["observation"])
            ratio = (density(rollout["action"], centre, log_deviation) - old_density).exp()
            values = forward(value, rollout["observation"], torch.tanh)
            error = returns - forward(median, rollout["observation"], torch.tanh)
            loss = surrogate(
                kind, ratio, (returns - values).detach() if kind == "bpo" else advantage, error.detach(),
                divergence(centre, log_deviation, old_mean, old_log))
            losses.append(loss.item())
            near = old_value + (values - old_value).clamp(-CLIP, CLIP)
            value_loss = 0.5 * torch.max((values - returns) ** 2, (near - returns) ** 2).mean()
            if kind == "bpo":
                value_loss = value_loss + (torch.nn.functional.softplus(error) - error / 2).mean()
            entropy = (log_deviation + 0.5 * math.log(2 * math.pi * math.e)).sum()
            optimiser.zero_grad()
            (loss + VALUE_WEIGHT * value_loss - ENTROPY_WEIGHT * entropy).backward()
            torch.nn.utils.clip_grad_norm_(trained, 0.5)
            optimiser.step()
    names = everything()
    result |= {f"{kind}.after.{n}": p for n, p in names.items() if kind == "bpo" or not n.startswith("median")}
    result[f"{kind}.losses"] = torch.tensor(losses)
save_file(result, Path(__file__).parent / "ppo.safetensors")
