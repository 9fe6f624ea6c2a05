"""Steps of EnvPool's and Gymnasium's robots under uniformly random actions: the variant is `envpool/ID` or `gymnasium/ID`."""

import gymnasium
import numpy

COUNT = 16


def prepare(threads, variant):
    library, _, task = variant.partition("/")
    if library == "envpool":
        import envpool

        vector = envpool.make(task, env_type="gymnasium", num_envs=COUNT, num_threads=threads, seed=0)
    else:
        # What its vector of processes passes around costs more than these robots' steps, so one environment in one
        # process.
        vector = gymnasium.make_vec(task, num_envs=1, vectorization_mode="sync")
    vector.reset()
    space = vector.action_space if library == "envpool" else vector.single_action_space
    count = COUNT if library == "envpool" else 1
    generator = numpy.random.default_rng(1)
    batches = [
        generator.uniform(space.low, space.high, (count, *space.shape)).astype(space.dtype) for _ in range(32)]

    def run(steps):
        batches_done = max(1, round(steps / count))
        for index in range(batches_done):
            vector.step(batches[index % len(batches)])
        return batches_done * count

    return run
