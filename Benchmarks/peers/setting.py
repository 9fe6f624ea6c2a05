"""The work that every side does: one place, so that it is the same."""

OBSERVATIONS = 17
ACTIONS = 6
BATCH = 256
HIDDEN = 256
TRANSITIONS = 100_000
DISCOUNT = 0.99
AVERAGING_RATE = 0.005
LEARNING_RATE = 3e-4

# Diffusion and flow policies as Sinew's learners have them by default: chunks of 16 actions of 2 numbers for the newest 2
# observations of 20, by 10 steps of a network of 3 residual blocks of 256.
CHUNK_STEPS = 16
CHUNK_ACTIONS = 2
CHUNK_OBSERVATIONS = 20
OBSERVATION_HORIZON = 2
BLOCKS = 3
EMBEDDING = 32
TRAINING_LEVELS = 100
SAMPLING_STEPS = 10


def transitions(numpy):
    """Random transitions, one row each: observation, action, reward, terminated, next observation."""
    generator = numpy.random.default_rng(0)
    rows = generator.uniform(-2, 2, (TRANSITIONS, 2 * OBSERVATIONS + ACTIONS + 2)).astype(numpy.float32)
    rows[:, OBSERVATIONS : OBSERVATIONS + ACTIONS] /= 2
    rows[:, OBSERVATIONS + ACTIONS] /= 2
    rows[:, OBSERVATIONS + ACTIONS + 1] = numpy.arange(TRANSITIONS) % 100 == 99
    return rows


def columns(rows):
    """The parts of such rows."""
    o, a = OBSERVATIONS, ACTIONS
    return rows[:, :o], rows[:, o : o + a], rows[:, o + a], rows[:, o + a + 1], rows[:, o + a + 2 :]
