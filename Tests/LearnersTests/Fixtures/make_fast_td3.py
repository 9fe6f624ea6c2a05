"""Ten FastTD3 updates in PyTorch (the actor every second one): writes fast-td3.safetensors.

python3 make_fast_td3.py   (torch and safetensors from PyPI)
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

from make_critics import ACTIONS, HIDDEN, OBSERVATIONS, PAIR, SIZE, UPDATES, pair, projection, rest
from reference import Stream, forward, named, network, transitions

ATOMS, REACH = 11, 5.0
generator = torch.Generator().manual_seed(25)
noise = Stream(key=11, stream=22)
z = torch.linspace(-REACH, REACH, ATOMS)

actor = network([OBSERVATIONS, *HIDDEN, ACTIONS], generator=generator)
critics = network([PAIR, *HIDDEN, ATOMS], members=2, generator=generator)
target_critics = [p.detach().clone() for p in network([PAIR, *HIDDEN, ATOMS], members=2, generator=generator)]
batch = transitions(SIZE, OBSERVATIONS, ACTIONS, generator)


def state():
    return named("actor.", actor) | named("critics.", critics) | named("target_critics.", target_critics)


before, losses = state(), []
actor_optimiser = torch.optim.AdamW(actor, lr=3e-4, weight_decay=0.01)
critic_optimiser = torch.optim.AdamW(critics, lr=3e-4, weight_decay=0.01)
for update in range(1, UPDATES + 1):
    with torch.no_grad():
        smoothing = (noise.normal(SIZE, ACTIONS) * 0.2).clamp(-0.5, 0.5)
        action = (torch.tanh(forward(actor, batch["next_observation"])) + smoothing).clamp(-1, 1)
        probability = forward(target_critics, pair(batch["next_observation"], action)).softmax(-1)
        means = (probability * z).sum(-1, keepdim=True)
        chosen = torch.where(means[0] <= means[1], probability[0], probability[1])
        target = projection(chosen, batch["reward"] + rest(batch) * z, REACH)
    logits = forward(critics, pair(batch["observation"], batch["action"]))
    critic_loss = -(target * logits.log_softmax(-1)).sum(-1).mean(-1).sum()
    critic_optimiser.zero_grad()
    critic_loss.backward()
    critic_optimiser.step()
    losses.append([critic_loss.item(), 0.0])
    if update % 2 == 0:
        value = forward(critics, pair(batch["observation"], torch.tanh(forward(actor, batch["observation"]))))
        actor_loss = -(value.softmax(-1) * z).sum(-1, keepdim=True).min(0).values.mean()
        actor_optimiser.zero_grad()
        actor_loss.backward()
        actor_optimiser.step()
        losses[-1][1] = actor_loss.item()
    with torch.no_grad():
        for follower, leader in zip(target_critics, critics):
            follower.lerp_(leader, 0.05)

fixture = {f"before.{k}": v for k, v in before.items()} | {f"after.{k}": v for k, v in state().items()}
fixture |= {f"batch.{k}": v for k, v in batch.items()} | {"losses": torch.tensor(losses)}
save_file(fixture, Path(__file__).parent / "fast-td3.safetensors")
