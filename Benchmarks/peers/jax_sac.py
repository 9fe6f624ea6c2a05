"""SAC in JAX: many updates in one jitted `lax.scan`, minibatches drawn inside it from a table in memory."""

import functools

import jax
import jax.numpy as jnp
import numpy

from . import setting

OBSERVATIONS, ACTIONS, HIDDEN = setting.OBSERVATIONS, setting.ACTIONS, setting.HIDDEN


def make_layers(key, sizes):
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        key, first, second = jax.random.split(key, 3)
        bound = inputs**-0.5
        layers.append((
            jax.random.uniform(first, (inputs, outputs), minval=-bound, maxval=bound),
            jax.random.uniform(second, (outputs,), minval=-bound, maxval=bound)))
    return layers


def mlp(layers, x):
    for weight, bias in layers[:-1]:
        x = jax.nn.relu(x @ weight + bias)
    weight, bias = layers[-1]
    return x @ weight + bias


def values(critics, observation, action):
    # Two products side by side are faster here than one batched product.
    x = jnp.concatenate([observation, action], 1)
    return [mlp(critic, x)[:, 0] for critic in critics]


def sample(actor, observation, noise):
    mean, raw = jnp.split(mlp(actor, observation), 2, axis=1)
    log_std = jnp.clip(raw, -20, 2)
    u = mean + jnp.exp(log_std) * noise
    correction = 2 * (jnp.log(2.0) - u - jax.nn.softplus(-2 * u))
    log_probability = (-0.5 * noise**2 - log_std - 0.5 * jnp.log(2 * jnp.pi) - correction).sum(1)
    return jnp.tanh(u), log_probability


def adam(parameters, gradients, state):
    first, second, step = state
    step = step + 1
    rate = setting.LEARNING_RATE * jnp.sqrt(1 - 0.999**step) / (1 - 0.9**step)
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradients)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradients)
    parameters = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-8), parameters, first, second)
    return parameters, (first, second, step)


def fresh(parameters):
    return jax.tree.map(jnp.zeros_like, parameters), jax.tree.map(jnp.zeros_like, parameters), jnp.zeros(())


def update(table, state, key):
    actor, critics, targets, log_temperature, actor_adam, critic_adam, temperature_adam = state
    index_key, first_key, second_key = jax.random.split(key, 3)
    rows = table[jax.random.randint(index_key, (setting.BATCH,), 0, setting.TRANSITIONS)]
    observation, action, reward, terminated, next_observation = setting.columns(rows)
    first_noise = jax.random.normal(first_key, action.shape)
    second_noise = jax.random.normal(second_key, action.shape)
    temperature = jnp.exp(log_temperature)

    next_action, next_log_probability = sample(actor, next_observation, first_noise)
    value = jnp.minimum(*values(targets, next_observation, next_action)) - temperature * next_log_probability
    target = reward + setting.DISCOUNT * (1 - terminated) * value

    def critic_loss(critics):
        return 0.5 * sum(jnp.mean((value - target) ** 2) for value in values(critics, observation, action))

    gradients = jax.grad(critic_loss)(critics)
    critics, critic_adam = adam(critics, gradients, critic_adam)

    def actor_loss(actor):
        new_action, log_probability = sample(actor, observation, second_noise)
        value = jnp.minimum(*values(critics, observation, new_action))
        return jnp.mean(temperature * log_probability - value), -log_probability.mean()

    gradients, entropy = jax.grad(actor_loss, has_aux=True)(actor)
    actor, actor_adam = adam(actor, gradients, actor_adam)
    log_temperature, temperature_adam = adam(log_temperature, entropy + ACTIONS, temperature_adam)
    targets = jax.tree.map(lambda t, c: t + setting.AVERAGING_RATE * (c - t), targets, critics)
    return (actor, critics, targets, log_temperature, actor_adam, critic_adam, temperature_adam), None


@functools.partial(jax.jit, static_argnums=3, donate_argnums=1)
def updates(table, state, key, count):
    return jax.lax.scan(lambda state, key: update(table, state, key), state, jax.random.split(key, count))[0]


def prepare(threads, variant):
    del threads  # XLA takes as many as the process may use.
    keys = jax.random.split(jax.random.key(0), 3)
    actor = make_layers(keys[0], [OBSERVATIONS, HIDDEN, HIDDEN, 2 * ACTIONS])
    critics = [make_layers(key, [OBSERVATIONS + ACTIONS, HIDDEN, HIDDEN, 1]) for key in keys[1:]]
    temperature = jnp.zeros(())
    state = (
        actor, critics, jax.tree.map(jnp.copy, critics), temperature, fresh(actor), fresh(critics), fresh(temperature))
    table = jnp.asarray(setting.transitions(numpy))
    scan = 50  # compiled once
    box = [state, jax.random.key(1)]

    def run(count):
        scans = -(-count // scan)
        for _ in range(scans):
            box[1], key = jax.random.split(box[1])
            box[0] = updates(table, box[0], key, scan)
        jax.block_until_ready(box[0])
        return scans * scan

    return run
