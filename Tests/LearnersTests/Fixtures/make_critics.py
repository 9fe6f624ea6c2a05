"""Ten updates each of REDQ, DroQ, RLPD, TQC, CrossQ, XQC, FlashSAC, SimbaV2 and FastSAC in PyTorch: writes redq, droq, rlpd, tqc,
crossq, xqc, flash-sac, simba-v2 and fast-sac.safetensors.

All are soft actor-critic with other critics, so that they share the loop below and each says what its critics are.

python3 make_critics.py   (torch and safetensors from PyPI)
"""

import math
from pathlib import Path

import torch
from safetensors.torch import save_file

from critic_networks import BatchNormMLP, HypersphericalMLP, PlainMLP, ResidualMLP
from reference import Stream, transitions

OBSERVATIONS, ACTIONS, SIZE, HIDDEN, UPDATES = 5, 2, 8, [16, 16], 10
PAIR = OBSERVATIONS + ACTIONS
functional = torch.nn.functional


class SoftActorCritic:
    """The loop; `critic_loss(batch, alpha)` and `value(observation, action)` are the method's own."""

    learning_rate, beta1, policy_delay, initial_temperature, entropy_share = 3e-4, 0.9, 1, 1.0, 1.0
    log_std, actor_training, has_targets, averaging_rate = (-20, 2), False, True, 0.005
    actor_first, actor_sees_both, beta2, weight_decay = False, False, 0.999, 0.0

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)
        self.noise = Stream(key=11, stream=22)
        self.actor = self.make_actor()
        self.critics = self.make_critics()
        self.targets = self.make_critics() if self.has_targets else None
        self.log_alpha = torch.tensor(math.log(self.initial_temperature), requires_grad=True)

    def make_actor(self):
        return PlainMLP([OBSERVATIONS, *HIDDEN, 2 * ACTIONS], generator=self.generator)

    def deviation(self, raw):
        return raw.clamp(*self.log_std)

    def sample(self, observation, training=False):
        xi = self.noise.normal(len(observation), ACTIONS)
        mean, raw = self.actor(observation, training).chunk(2, dim=-1)
        log_std = self.deviation(raw)
        u = mean + log_std.exp() * xi
        density = -0.5 * xi**2 - log_std - 0.5 * math.log(2 * math.pi)
        squash = 2 * (math.log(2) - u - functional.softplus(-2 * u))
        return torch.tanh(u), (density - squash).sum(-1, keepdim=True)

    def state(self):
        values = self.actor.named("actor.") | self.critics.named("critics.")
        values |= self.targets.named("target_critics.") if self.targets else {}
        return values | {"temperature.logarithm": self.log_alpha.detach().clone()}

    def rate(self, update):
        return self.learning_rate

    def after_step(self, module):
        pass

    def write(self, name):
        batch = transitions(SIZE, OBSERVATIONS, ACTIONS, self.generator)
        before, losses = self.state(), []
        modules = [self.actor.parameters, self.critics.parameters, [self.log_alpha]]
        optimisers = [
            torch.optim.AdamW(m, lr=self.learning_rate, betas=(self.beta1, self.beta2), weight_decay=decay)
            for m, decay in zip(modules, [self.weight_decay, self.weight_decay, 0.0])
        ]

        def descend(index, loss, update):
            optimisers[index].zero_grad()
            loss.backward()
            optimisers[index].param_groups[0]["lr"] = self.rate(update)
            optimisers[index].step()

        def update_critics(alpha, update):
            critic_loss = self.critic_loss(batch, alpha)
            descend(1, critic_loss, update)
            self.after_step(self.critics)
            losses[-1][0] = critic_loss.item()

        def update_actor(alpha, update):
            observation = batch["observation"]
            seen = torch.cat([observation, batch["next_observation"]]) if self.actor_sees_both else observation
            action, log_probability = (part[:SIZE] for part in self.sample(seen, self.actor_training))
            actor_loss = (alpha * log_probability - self.value(observation, action)).mean()
            descend(0, actor_loss, update)
            self.after_step(self.actor)
            target = -self.entropy_share * ACTIONS
            descend(2, -(self.log_alpha * (log_probability.detach() + target)).mean(), update)
            losses[-1][1] = actor_loss.item()

        for update in range(UPDATES):
            losses.append([0.0, 0.0])
            moves_actor = (update + 1) % self.policy_delay == 0
            if moves_actor and self.actor_first:
                update_actor(self.log_alpha.exp().detach(), update)
            alpha = self.log_alpha.exp().detach()
            update_critics(alpha, update)
            if moves_actor and not self.actor_first:
                update_actor(alpha, update)
            if self.targets:
                with torch.no_grad():
                    for target, source in zip(self.targets.parameters, self.critics.parameters):
                        target.lerp_(source, self.averaging_rate)
        fixture = {f"before.{k}": v.contiguous() for k, v in before.items()}
        fixture |= {f"after.{k}": v.contiguous() for k, v in self.state().items()}
        fixture |= {f"batch.{k}": v for k, v in batch.items()} | {"losses": torch.tensor(losses)}
        save_file(fixture, Path(__file__).parent / f"{name}.safetensors")


def rest(batch):
    return 0.99 * (1 - batch["terminated"])


def pair(observation, action):
    return torch.cat([observation, action], -1)


class REDQ(SoftActorCritic):
    members, subset, dropout, layer_norm, policy_delay = 5, 2, 0.0, False, 2

    def make_critics(self):
        return PlainMLP([PAIR, *HIDDEN, 1], self.members, self.dropout, self.layer_norm, self.noise, self.generator)

    def critic_loss(self, batch, alpha):
        value = self.critics(pair(batch["observation"], batch["action"]), True)
        with torch.no_grad():
            action, log_probability = self.sample(batch["next_observation"])
            following = self.targets(pair(batch["next_observation"], action), True)
            if self.subset < self.members:
                following = following[self.noise.uniform(self.members).argsort(descending=True)[: self.subset]]
            target = batch["reward"] + rest(batch) * (following.min(0).values - alpha * log_probability)
        return sum(0.5 * functional.mse_loss(q, target) for q in value)

    def value(self, observation, action):
        return self.critics(pair(observation, action), True).mean(0)


class DroQ(REDQ):
    members, subset, dropout, layer_norm, policy_delay = 2, 2, 0.2, True, 1


class RLPD(REDQ):
    layer_norm, entropy_share = True, 0.5


class TQC(SoftActorCritic):
    members, quantiles, dropped = 3, 5, 1

    def make_critics(self):
        return PlainMLP([PAIR, *HIDDEN, self.quantiles], self.members, generator=self.generator)

    def critic_loss(self, batch, alpha):
        quantiles = self.critics(pair(batch["observation"], batch["action"]), True)
        with torch.no_grad():
            action, log_probability = self.sample(batch["next_observation"])
            following = self.targets(pair(batch["next_observation"], action), True)
            pooled = following.transpose(0, 1).reshape(SIZE, -1).sort(-1).values
            kept = pooled[:, : (self.quantiles - self.dropped) * self.members]
            target = batch["reward"] + rest(batch) * (kept - alpha * log_probability)
        level = ((torch.arange(self.quantiles) + 0.5) / self.quantiles).reshape(1, 1, -1, 1)
        error = target[None, :, None, :] - quantiles[..., None]
        huber = functional.huber_loss(quantiles[..., None].expand_as(error), target[None, :, None, :].expand_as(error), reduction="none")
        return ((level - (error < 0).float()).abs() * huber).mean()

    def value(self, observation, action):
        return self.critics(pair(observation, action), True).mean(-1, keepdim=True).mean(0)


class CrossQ(SoftActorCritic):
    learning_rate, beta1, policy_delay, actor_training, has_targets, after = 1e-3, 0.5, 3, True, False, 2

    def make_actor(self):
        return BatchNormMLP([OBSERVATIONS, *HIDDEN, 2 * ACTIONS], None, False, self.after, self.generator)

    def make_critics(self):
        return BatchNormMLP([PAIR, *HIDDEN, 1], 2, False, self.after, self.generator)

    def critic_loss(self, batch, alpha):
        with torch.no_grad():
            action, log_probability = self.sample(batch["next_observation"])
        pairs = torch.cat([pair(batch["observation"], batch["action"]), pair(batch["next_observation"], action)])
        value, following = self.critics(pairs, True).chunk(2, dim=1)
        target = batch["reward"] + rest(batch) * (following.detach().min(0).values - alpha * log_probability)
        return sum(0.5 * functional.mse_loss(q, target) for q in value)

    def value(self, observation, action):
        return self.critics(pair(observation, action), False).min(0).values


def projection(probability, place, reach):
    """Probabilities of atoms that have gone to other places, at the atoms: each one's share falls linearly with distance."""
    atoms = probability.shape[-1]
    place = (place.clamp(-reach, reach) + reach) / (2 * reach) * (atoms - 1)
    shares = (1 - (place[..., None] - torch.arange(atoms)).abs()).clamp(min=0)
    target = (probability[..., None] * shares).sum(1)
    torch.testing.assert_close(target.sum(-1), torch.ones(SIZE))
    return target


class XQC(SoftActorCritic):
    policy_delay, actor_training, initial_temperature, entropy_share = 3, True, 0.01, 0.5
    log_std, atoms, reach = (-10, 2), 11, 5.0

    def make_actor(self):
        return BatchNormMLP([OBSERVATIONS, *HIDDEN, 2 * ACTIONS], None, True, None, self.generator)

    def make_critics(self):
        return BatchNormMLP([PAIR, *HIDDEN, self.atoms], 2, True, None, self.generator)

    def rate(self, update):
        return self.learning_rate * (1 - 0.9 * update / 100)

    def after_step(self, module):
        module.normalise()

    def critic_loss(self, batch, alpha):
        z = torch.linspace(-self.reach, self.reach, self.atoms)
        with torch.no_grad():
            action, log_probability = self.sample(batch["next_observation"])
            pairs = torch.cat([pair(batch["observation"], batch["action"]), pair(batch["next_observation"], action)])
            probability = self.targets(pairs, True)[:, SIZE:].softmax(-1)
            means = (probability * z).sum(-1, keepdim=True)
            chosen = torch.where(means[0] <= means[1], probability[0], probability[1])
            place = batch["reward"] + rest(batch) * (z - alpha * log_probability)
            target = projection(chosen, place, self.reach)
        logits = self.critics(pairs, True)[:, :SIZE]
        return -(target * logits.log_softmax(-1)).sum(-1).mean(-1).sum()

    def value(self, observation, action):
        z = torch.linspace(-self.reach, self.reach, self.atoms)
        probability = self.critics(pair(observation, action), False).softmax(-1)
        return (probability * z).sum(-1, keepdim=True).min(0).values


class FlashSAC(XQC):
    policy_delay, averaging_rate, actor_first, actor_sees_both = 2, 0.01, True, True
    entropy_share = -0.5 * math.log(2 * math.pi * math.e * 0.15**2)

    def make_actor(self):
        return ResidualMLP([OBSERVATIONS, 8, 8, 2 * ACTIONS], generator=self.generator)

    def make_critics(self):
        return ResidualMLP([PAIR, 8, 8, self.atoms], 2, generator=self.generator)

    def deviation(self, raw):
        return -10 + 6 * (1 + torch.tanh(raw))

    def rate(self, update):
        return self.learning_rate * (0.5 + 0.5 * 0.5 * (1 + math.cos(math.pi * update / 100)))


class SimbaV2(FlashSAC):
    learning_rate, policy_delay, averaging_rate, actor_training, actor_sees_both, entropy_share = 1e-4, 1, 0.005, False, False, 0.5

    def make_actor(self):
        return HypersphericalMLP(OBSERVATIONS, [ACTIONS, ACTIONS], 8, 1, generator=self.generator)

    def make_critics(self):
        return HypersphericalMLP(PAIR, [self.atoms], 8, 2, 2, generator=self.generator)

    def rate(self, update):
        return self.learning_rate * (1 - 0.5 * update / 100)


class FastSAC(XQC):
    policy_delay, averaging_rate, actor_training, entropy_share = 4, 0.05, False, 0.0
    initial_temperature, beta2, weight_decay = 0.001, 0.95, 0.001

    def make(self, sizes, members=None):
        return PlainMLP(
            sizes, members, layer_norm=True, generator=self.generator, activation=functional.silu)

    def make_actor(self):
        return self.make([OBSERVATIONS, *HIDDEN, 2 * ACTIONS])

    def make_critics(self):
        return self.make([PAIR, *HIDDEN, self.atoms], 2)

    def deviation(self, raw):
        return -5 + 2.5 * (1 + torch.tanh(raw))

    def rate(self, update):
        return self.learning_rate

    def after_step(self, module):
        pass

    def critic_loss(self, batch, alpha):
        with torch.no_grad():
            action, log_probability = self.sample(batch["next_observation"])
            z = torch.linspace(-self.reach, self.reach, self.atoms)
            place = batch["reward"] + rest(batch) * (z - alpha * log_probability)
            each = self.targets(pair(batch["next_observation"], action), True).softmax(-1)
            target = torch.stack([projection(probability, place, self.reach) for probability in each])
        logits = self.critics(pair(batch["observation"], batch["action"]), True)
        return -(target * logits.log_softmax(-1)).sum(-1).mean(-1).sum()

    def value(self, observation, action):
        z = torch.linspace(-self.reach, self.reach, self.atoms)
        return (self.critics(pair(observation, action), False).softmax(-1) * z).sum(-1, keepdim=True).mean(0)


def write_all():
    REDQ(17).write("redq")
    DroQ(18).write("droq")
    RLPD(25).write("rlpd")
    TQC(19).write("tqc")
    CrossQ(20).write("crossq")
    XQC(21).write("xqc")
    FlashSAC(22).write("flash-sac")
    SimbaV2(23).write("simba-v2")
    FastSAC(24).write("fast-sac")


if __name__ == "__main__":
    write_all()
