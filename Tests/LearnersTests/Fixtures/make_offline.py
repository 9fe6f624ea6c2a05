"""Ten updates of behaviour cloning, TD3+BC and implicit Q-learning in PyTorch: writes bc, td3-bc and iql.safetensors.

python3 make_offline.py   (torch and safetensors from PyPI)
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

from reference import Stream, forward, named, network, transitions

OBSERVATIONS, ACTIONS, SIZE, HIDDEN, UPDATES = 5, 2, 8, [16, 16], 10
mse = torch.nn.functional.mse_loss


def value(parameters, observation, action):
    return forward(parameters, torch.cat([observation, action], -1))


def follow(targets, sources):
    with torch.no_grad():
        for follower, leader in zip(targets, sources):
            follower.lerp_(leader, 0.005)


def step(optimiser, loss):
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


class Problem:
    """Networks and a minibatch; observations are normalised before the networks see them."""

    def __init__(self, seed):
        self.generator = generator = torch.Generator().manual_seed(seed)
        self.actor = network([OBSERVATIONS, *HIDDEN, ACTIONS], generator=generator)
        self.critics = network([OBSERVATIONS + ACTIONS, *HIDDEN, 1], members=2, generator=generator)
        self.value = network([OBSERVATIONS, *HIDDEN, 1], generator=generator)
        target = lambda *arguments, **named: [p.detach().clone() for p in network(*arguments, **named)]
        self.target_actor = target([OBSERVATIONS, *HIDDEN, ACTIONS], generator=generator)
        self.target_critics = target([OBSERVATIONS + ACTIONS, *HIDDEN, 1], members=2, generator=generator)
        # No action touches its bounds, and log σ starts within its own.
        self.log_deviation = (torch.rand(ACTIONS, generator=generator) - 1).requires_grad_()
        self.batch = transitions(SIZE, OBSERVATIONS, ACTIONS, generator)
        mean, scale = torch.randn(OBSERVATIONS, generator=generator), torch.rand(OBSERVATIONS, generator=generator) + 0.5
        self.normalisation = {"normalisation.mean": mean, "normalisation.reciprocal_scale": 1 / scale}
        self.s = (self.batch["observation"] - mean) * (1 / scale)
        self.s2 = (self.batch["next_observation"] - mean) * (1 / scale)
        self.a, self.r, self.d = (self.batch[name] for name in ("action", "reward", "terminated"))

    def write(self, name, state, update):
        before = state()
        losses = [loss for number in range(1, UPDATES + 1) for loss in update(number)]
        fixture = {f"before.{k}": v for k, v in (before | self.normalisation).items()}
        fixture |= {f"after.{k}": v for k, v in state().items()} | {f"batch.{k}": v for k, v in self.batch.items()}
        fixture["losses"] = torch.tensor([loss.item() for loss in losses])
        save_file(fixture, Path(__file__).parent / f"{name}.safetensors")


def behaviour_cloning():
    p = Problem(1)
    optimiser = torch.optim.Adam(p.actor, lr=3e-4)

    def update(_):
        loss = mse(torch.tanh(forward(p.actor, p.s)), p.a)
        step(optimiser, loss)
        return [loss]

    p.write("bc", lambda: named("actor.", p.actor), update)


def td3_bc():
    p = Problem(2)
    noise = Stream(key=11, stream=22)
    actor_optimiser = torch.optim.Adam(p.actor, lr=3e-4)
    critic_optimiser = torch.optim.Adam(p.critics, lr=3e-4)
    last = [torch.tensor(0.0)]

    def update(number):
        with torch.no_grad():
            smoothing = (noise.normal(SIZE, ACTIONS) * 0.2).clamp(-0.5, 0.5)
            action = (torch.tanh(forward(p.target_actor, p.s2)) + smoothing).clamp(-1, 1)
            target = p.r + 0.99 * (1 - p.d) * value(p.target_critics, p.s2, action).min(0).values
        critic_loss = sum(mse(q, target) for q in value(p.critics, p.s, p.a))
        step(critic_optimiser, critic_loss)
        if number % 2 == 0:
            action = torch.tanh(forward(p.actor, p.s))
            q = value(p.critics, p.s, action)[0]
            weight = 2.5 / q.abs().mean().detach()
            last[0] = -weight * q.mean() + mse(action, p.a)
            step(actor_optimiser, last[0])
            follow(p.target_actor + p.target_critics, p.actor + p.critics)
        return [critic_loss, last[0]]

    def state():
        return (
            named("actor.", p.actor) | named("critics.", p.critics)
            | named("target_actor.", p.target_actor) | named("target_critics.", p.target_critics)
        )

    p.write("td3-bc", state, update)


def implicit_q_learning():
    p = Problem(3)
    actor = p.actor + [p.log_deviation]
    actor_optimiser = torch.optim.Adam(actor, lr=3e-4)
    critic_optimiser = torch.optim.Adam(p.critics, lr=3e-4)
    value_optimiser = torch.optim.Adam(p.value, lr=3e-4)
    # The step size falls to nothing over twice as many updates as are made here; rewards are scaled for returns from
    # -150 to 350.
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(actor_optimiser, 2 * UPDATES)
    reward = p.r * (1000 / 500)

    def update(_):
        with torch.no_grad():
            target_value = value(p.target_critics, p.s, p.a).min(0).values
        state_value = forward(p.value, p.s)
        u = target_value - state_value
        value_loss = (torch.where(u > 0, 0.7, 0.3) * u**2).mean()
        advantage = u.detach()
        step(value_optimiser, value_loss)

        weight = torch.exp(3 * advantage).clamp(max=100)
        deviation = p.log_deviation.clamp(-5, 2).exp()
        distribution = torch.distributions.Normal(torch.tanh(forward(p.actor, p.s)), deviation)
        actor_loss = -(weight * distribution.log_prob(p.a).sum(-1, keepdim=True)).mean()
        step(actor_optimiser, actor_loss)
        schedule.step()

        with torch.no_grad():
            target = reward + 0.99 * (1 - p.d) * forward(p.value, p.s2)
        critic_loss = sum(mse(q, target) for q in value(p.critics, p.s, p.a))
        step(critic_optimiser, critic_loss)
        follow(p.target_critics, p.critics)
        return [value_loss, actor_loss, critic_loss]

    def state():
        return (
            named("actor.", p.actor) | {"actor.log_standard_deviation": p.log_deviation.detach().clone()}
            | named("state_value.", p.value)
            | named("critics.", p.critics) | named("target_critics.", p.target_critics)
        )

    p.write("iql", state, update)


if __name__ == "__main__":
    behaviour_cloning()
    td3_bc()
    implicit_q_learning()
