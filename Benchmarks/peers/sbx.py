"""SBX, Stable-Baselines3 in JAX: `SAC.train`, one update a call as in training, or 50 a call."""

# The library has this module's name.
from sbx import SAC

from . import setting
from .sb3 import build


def prepare(threads, variant):
    model = build(SAC)
    updates = int(variant or 1)

    def run(count):
        calls = -(-count // updates)
        for _ in range(calls):
            # Ends when the losses have been read, so nothing is left in flight.
            model.train(gradient_steps=updates, batch_size=setting.BATCH)
        return calls * updates

    return run
