"""Ten TD3 updates in PyTorch (the actor and the targets every second one): writes td3.safetensors.

python3 make_td3.py   (torch and safetensors from PyPI)
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

from reference import Stream, forward, named, network, transitions

OBSERVATIONS, ACTIONS, SIZE, HIDDEN, UPDATES = 5, 2, 8, [16, 16], 10
generator = torch.Generator().manual_seed(8)
noise = Stream(key=11, stream=22)

actor = network([OBSERVATIONS, *HIDDEN, ACTIONS], generator=generator)
critics = network([OBSERVATIONS + ACTIONS, *HIDDEN, 1], members=2, generator=generator)
target_actor = [p.detach().clone() for p in network([OBSERVATIONS, *HIDDEN, ACTIONS], generator=generator)]
target_critics = [p.detach().clone() for p in network([OBSERVATIONS + ACTIONS, *HIDDEN, 1], members=2, generator=generator)]
batch = transitions(SIZE, OBSERVATIONS, ACTIONS, generator)


def state():
    return (
        named("actor.", actor) | named("critics.", critics)
        | named("target_actor.", target_actor) | named("target_critics.", target_critics)
    )


def value(parameters, observation, action):
    return forward(parameters, torch.cat([observation, action], -1))


before = state()
actor_optimiser = torch.optim.Adam(actor, lr=3e-4)
critic_optimiser = torch.optim.Adam(critics, lr=3e-4)
losses = []
for update in range(1, UPDATES + 1):
    with torch.no_grad():
        smoothing = (noise.normal(SIZE, ACTIONS) * 0.2).clamp(-0.5, 0.5)
        action = (torch.tanh(forward(target_actor, batch["next_observation"])) + smoothing).clamp(-1, 1)
        following = value(target_critics, batch["next_observation"], action).min(0).values
        target = batch["reward"] + 0.99 * (1 - batch["terminated"]) * following
    critic_loss = sum(torch.nn.functional.mse_loss(q, target) for q in value(critics, batch["observation"], batch["action"]))
    critic_optimiser.zero_grad()
    critic_loss.backward()
    critic_optimiser.step()
    losses.append(critic_loss.item())
    if update % 2 == 0:
        action = torch.tanh(forward(actor, batch["observation"]))
        actor_loss = -value(critics, batch["observation"], action)[0].mean()
        actor_optimiser.zero_grad()
        actor_loss.backward()
        actor_optimiser.step()
        with torch.no_grad():
            for follower, leader in zip(target_actor + target_critics, actor + critics):
                follower.lerp_(leader, 0.005)

fixture = {f"before.{k}": v for k, v in before.items()} | {f"after.{k}": v for k, v in state().items()}
fixture |= {f"batch.{k}": v for k, v in batch.items()} | {"losses": torch.tensor(losses)}
save_file(fixture, Path(__file__).parent / "td3.safetensors")
