"""Ten updates of AWAC, CQL, Cal-QL, ReBRAC, EDAC and A2PR in PyTorch: writes a file of each one's name.

python3 make_regularised.py   (torch and safetensors from PyPI)
"""

import math

import torch

from make_offline import ACTIONS, HIDDEN, OBSERVATIONS, SIZE, Problem, follow, mse, step, value
from reference import Stream, forward, named, network

functional = torch.nn.functional


def copied(parameters):
    return [p.detach().clone() for p in parameters]


def squashed(parameters, observation, noise):
    """tanh of Gaussian draws and their log-densities."""
    mean, raw = forward(parameters, observation).chunk(2, dim=-1)
    deviation = raw.clamp(-20, 2)
    xi = noise.normal(observation.shape[0], ACTIONS)
    u = mean + deviation.exp() * xi
    density = -0.5 * xi**2 - deviation - 0.5 * math.log(2 * math.pi)
    squash = 2 * (math.log(2) - u - functional.softplus(-2 * u))
    return torch.tanh(u), (density - squash).sum(-1, keepdim=True)


def normal(p):
    return lambda observation: torch.distributions.Normal(
        torch.tanh(forward(p.actor, observation)), p.log_deviation.clamp(-5, 2).exp())


def awac():
    p = Problem(4)
    noise = Stream(key=11, stream=22)
    policy = normal(p)
    actor_optimiser = torch.optim.Adam(p.actor + [p.log_deviation], lr=3e-4)
    critic_optimiser = torch.optim.Adam(p.critics, lr=3e-4)

    def sample(observation):
        distribution = policy(observation)
        return (distribution.mean + noise.normal(SIZE, ACTIONS) * distribution.stddev).clamp(-1, 1)

    def update(_):
        with torch.no_grad():
            following = value(p.target_critics, p.s2, sample(p.s2)).min(0).values
            target = p.r + 0.99 * (1 - p.d) * following
        critic_loss = sum(mse(q, target) for q in value(p.critics, p.s, p.a))
        step(critic_optimiser, critic_loss)

        with torch.no_grad():
            own = value(p.critics, p.s, sample(p.s)).min(0).values
            weight = (3 * (value(p.critics, p.s, p.a).min(0).values - own)).exp().clamp(max=100)
        actor_loss = -(weight * policy(p.s).log_prob(p.a).sum(-1, keepdim=True)).mean()
        step(actor_optimiser, actor_loss)
        follow(p.target_critics, p.critics)
        return [critic_loss, actor_loss]

    def state():
        return (
            named("actor.", p.actor) | {"actor.log_standard_deviation": p.log_deviation.detach().clone()}
            | named("critics.", p.critics) | named("target_critics.", p.target_critics)
        )

    p.write("awac", state, update)


class SoftProblem(Problem):
    """With a squashed Gaussian, a temperature and any number of critics."""

    def __init__(self, seed, members, actor_rate, temperature_rate):
        super().__init__(seed)
        self.actor = network([OBSERVATIONS, *HIDDEN, 2 * ACTIONS], generator=self.generator)
        self.critics, target = (
            network([OBSERVATIONS + ACTIONS, *HIDDEN, 1], members=members, generator=self.generator) for _ in range(2))
        self.target_critics = copied(target)
        self.log_alpha = torch.zeros((), requires_grad=True)
        self.noise = Stream(key=11, stream=22)
        self.actor_optimiser = torch.optim.Adam(self.actor, lr=actor_rate)
        self.critic_optimiser = torch.optim.Adam(self.critics, lr=3e-4)
        self.temperature_optimiser = torch.optim.Adam([self.log_alpha], lr=temperature_rate)

    def target(self, alpha):
        with torch.no_grad():
            action, log_probability = squashed(self.actor, self.s2, self.noise)
            following = value(self.target_critics, self.s2, action).min(0).values - alpha * log_probability
            return self.r + 0.99 * (1 - self.d) * following

    def update_actor(self, alpha):
        action, log_probability = squashed(self.actor, self.s, self.noise)
        loss = (alpha * log_probability - value(self.critics, self.s, action).min(0).values).mean()
        step(self.actor_optimiser, loss)
        step(self.temperature_optimiser, -(self.log_alpha * (log_probability.detach() - ACTIONS)).mean())
        follow(self.target_critics, self.critics)
        return loss

    def state(self):
        return (
            named("actor.", self.actor) | named("critics.", self.critics)
            | named("target_critics.", self.target_critics)
            | {"temperature.logarithm": self.log_alpha.detach().clone()}
        )


def cql(name="cql", seed=5, calibrated=False):
    """Four actions of each kind, and the Lagrange form with a gap of 0.8."""
    p = SoftProblem(seed, 2, actor_rate=3e-5, temperature_rate=3e-5)
    count = 4
    bound = torch.full((SIZE, 1), -math.inf)
    if calibrated:
        # Some values of the policy's actions lie above what followed, some below; of one nothing is known.
        p.batch["return_to_go"] = bound = torch.randn(SIZE, 1, generator=p.generator) * 0.2
        bound[2] = -1e30
    log_multiplier = torch.zeros((), requires_grad=True)
    multiplier_optimiser = torch.optim.Adam([log_multiplier], lr=3e-4)

    def update(_):
        alpha, multiplier = p.log_alpha.exp().detach(), log_multiplier.exp().detach()
        with torch.no_grad():
            repeated, repeated2 = p.s.repeat_interleave(count, 0), p.s2.repeat_interleave(count, 0)
            draws = [(p.noise.uniform(SIZE * count, ACTIONS) * 2 - 1, torch.full((SIZE * count, 1), ACTIONS * -math.log(2)))]
            draws += [squashed(p.actor, observation, p.noise) for observation in (repeated, repeated2)]
        # [members, rows, 3·count]
        bounds = [torch.full((SIZE * count, 1), -math.inf)] + 2 * [bound.repeat_interleave(count, 0)]
        scores = [
            (torch.maximum(value(p.critics, repeated, action), least) - density).reshape(2, SIZE, count)
            for (action, density), least in zip(draws, bounds)
        ]
        soft_maximum = torch.cat(scores, -1).logsumexp(-1, keepdim=True)
        q = value(p.critics, p.s, p.a)
        difference = (soft_maximum - q).mean((1, 2))
        target = p.target(0)
        critic_loss = sum(mse(one, target) for one in q) + (10 * multiplier * difference).sum()
        step(p.critic_optimiser, critic_loss)
        step(multiplier_optimiser, log_multiplier * (0.8 - difference.mean().detach()))
        return [critic_loss, p.update_actor(alpha)]

    p.write(name, lambda: p.state() | {"multiplier.logarithm": log_multiplier.detach().clone()}, update)


def edac():
    """Gradients by the action through a graph of their own."""
    p = SoftProblem(6, 4, actor_rate=3e-4, temperature_rate=3e-4)

    def update(_):
        alpha = p.log_alpha.exp().detach()
        actions = p.a.expand(4, SIZE, ACTIONS).clone().requires_grad_()
        q = forward(p.critics, torch.cat([p.s.expand(4, SIZE, OBSERVATIONS), actions], -1))
        gradient = torch.autograd.grad(q.sum(), actions, create_graph=True)[0]
        unit = gradient / gradient.norm(dim=-1, keepdim=True)
        cosine = torch.einsum("iba,jba->bij", unit, unit) * (1 - torch.eye(4))
        target = p.target(alpha)
        critic_loss = sum(mse(one, target) for one in q) + cosine.sum((1, 2)).mean() / 3
        step(p.critic_optimiser, critic_loss)
        return [critic_loss, p.update_actor(alpha)]

    p.write("edac", p.state, update)


def rebrac():
    p = Problem(7)
    noise = Stream(key=11, stream=22)
    p.batch["next_action"] = torch.rand(SIZE, ACTIONS, generator=p.generator) * 2 - 1
    gains = [torch.rand(2, width, generator=p.generator) + 0.5 for width in HIDDEN]
    offsets = [torch.randn(2, width, generator=p.generator) * 0.1 for width in HIDDEN]
    norms = [t for pair in zip(gains, offsets) for t in pair]
    target_norms = copied(norms)
    norms = [t.requires_grad_() for t in norms]
    actor_optimiser = torch.optim.Adam(p.actor, lr=1e-3)
    critic_optimiser = torch.optim.Adam(p.critics + norms, lr=1e-3)
    last = [torch.tensor(0.0)]

    def judged(layers, norms, observation, action):
        x = torch.cat([observation, action], -1)
        pairs = list(zip(layers[0::2], layers[1::2]))
        for index, (weight, bias) in enumerate(pairs):
            x = x @ weight + bias.unsqueeze(-2)
            if index < len(pairs) - 1:
                gain, offset = norms[2 * index], norms[2 * index + 1]
                x = functional.layer_norm(x, [x.shape[-1]]) * gain.unsqueeze(-2) + offset.unsqueeze(-2)
                x = torch.relu(x)
        return x

    def update(number):
        with torch.no_grad():
            smoothing = (noise.normal(SIZE, ACTIONS) * 0.2).clamp(-0.5, 0.5)
            action = (torch.tanh(forward(p.target_actor, p.s2)) + smoothing).clamp(-1, 1)
            penalty = 0.02 * ((action - p.batch["next_action"]) ** 2).sum(-1, keepdim=True)
            following = judged(p.target_critics, target_norms, p.s2, action).min(0).values - penalty
            target = p.r + 0.99 * (1 - p.d) * following
        critic_loss = sum(mse(q, target) for q in judged(p.critics, norms, p.s, p.a))
        step(critic_optimiser, critic_loss)
        if number % 2 == 0:
            action = torch.tanh(forward(p.actor, p.s))
            q = judged(p.critics, norms, p.s, action).min(0).values
            last[0] = 0.03 * ((action - p.a) ** 2).sum(-1).mean() - q.mean() / q.abs().mean().detach()
            step(actor_optimiser, last[0])
            follow(p.target_actor + p.target_critics + target_norms, p.actor + p.critics + norms)
        return [critic_loss, last[0]]

    def named_norms(prefix, norms):
        names = [f"{prefix}norms.{i // 2}.{'weight' if i % 2 == 0 else 'bias'}" for i in range(len(norms))]
        return {name: t.detach().clone() for name, t in zip(names, norms)}

    def state():
        return (
            named("actor.", p.actor) | named("critics.", p.critics) | named_norms("critics.", norms)
            | named("target_actor.", p.target_actor) | named("target_critics.", p.target_critics)
            | named_norms("target_critics.", target_norms)
        )

    p.write("rebrac", state, update)


def a2pr():
    p = Problem(9)
    noise = Stream(key=11, stream=22)
    pair, latent = OBSERVATIONS + ACTIONS, 2 * ACTIONS
    recognition = network([pair, *HIDDEN, 2 * latent], generator=p.generator)
    reconstruction = network([OBSERVATIONS + latent, *HIDDEN, ACTIONS], generator=p.generator)
    optimisers = [torch.optim.Adam(each, lr=rate) for each, rate in (
        (p.actor, 3e-4), (p.critics, 3e-4), (p.value, 3e-4), (recognition + reconstruction, 1e-3))]
    last = [torch.tensor(0.0)]

    def autoencode(action):
        mean, log_deviation = forward(recognition, torch.cat([p.s, action], -1)).split(latent, -1)
        deviation = log_deviation.clamp(-4, 15).exp()
        z = mean + noise.normal(SIZE, latent) * deviation
        return torch.tanh(forward(reconstruction, torch.cat([p.s, z], -1))), torch.distributions.kl_divergence(
            torch.distributions.Normal(mean, deviation), torch.distributions.Normal(0.0, 1.0)).mean()

    def update(number):
        with torch.no_grad():
            smoothing = (noise.normal(SIZE, ACTIONS) * 0.2).clamp(-0.5, 0.5)
            following = (torch.tanh(forward(p.target_actor, p.s2)) + smoothing).clamp(-1, 1)
            lagging = value(p.target_critics, p.s2, following).min(0).values
        rest = 0.99 * (1 - p.d)
        critic_loss = sum(mse(q, p.r + rest * lagging) for q in value(p.critics, p.s, p.a))
        step(optimisers[1], critic_loss)
        with torch.no_grad():
            least = torch.minimum(lagging, value(p.critics, p.s2, following).min(0).values)
            before = forward(p.value, p.s)
            advantage = value(p.critics, p.s, p.a)[0] - before
        value_loss = mse(forward(p.value, p.s), p.r + rest * least)
        step(optimisers[2], value_loss)
        made, divergence = autoencode(p.a)
        proposal_loss = ((advantage > 0) * (made - p.a) ** 2).mean() + 0.5 * divergence
        step(optimisers[3], proposal_loss)
        if number % 2 == 0:
            action = torch.tanh(forward(p.actor, p.s))
            q = value(p.critics, p.s, action)[0]
            with torch.no_grad():
                proposed = autoencode(action)[0]
                gain = value(p.critics, p.s, proposed)[0] - before
            better = torch.where(gain >= advantage, proposed, p.a)
            gate = ((gain >= 0) | (advantage > 0)).float()
            last[0] = (gate * (action - better) ** 2).mean() - 2.5 / q.abs().mean().detach() * q.mean()
            step(optimisers[0], last[0])
            follow(p.target_actor + p.target_critics, p.actor + p.critics)
        return [critic_loss, value_loss, proposal_loss, last[0]]

    def state():
        return (
            named("actor.", p.actor) | named("critics.", p.critics) | named("state_value.", p.value)
            | named("target_actor.", p.target_actor) | named("target_critics.", p.target_critics)
            | named("proposal.recognition.", recognition) | named("proposal.reconstruction.", reconstruction)
        )

    p.write("a2pr", state, update)


if __name__ == "__main__":
    awac()
    cql()
    cql("cal-ql", 8, calibrated=True)
    edac()
    rebrac()
    a2pr()
