"""What each experiment trains and evaluates."""

import dataclasses
import pathlib

RECIPES = pathlib.Path(__file__).resolve().parents[2] / "Datasets" / "Recipes"
SEEDS = [1, 2, 3]


@dataclasses.dataclass
class Evaluation:
    """One `sinew` command that prints figures; {run} is the job's run folder, {runs} the folder of all runs."""

    command: list
    labels: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Job:
    """One training run and what is asked of it."""

    name: str
    labels: dict
    train: list
    evaluations: list

    def key(self, evaluation):
        return " ".join([self.name, *evaluation.command])


def evaluate(run="{run}", *options, episodes=100, **labels):
    return Evaluation(["evaluate", run, "--episodes", str(episodes), *options], labels)


def offline():
    """BC, TD3+BC and IQL on two mixtures, plain and with trajectory weighting."""
    jobs = []
    for dataset in ["hopper-medium-expert", "hopper-mixed-10"]:
        for algorithm in ["bc", "td3-bc", "iql"]:
            for weighting in ["none", "return"]:
                for seed in SEEDS:
                    name = f"{dataset}-{algorithm}-{weighting}-{seed}"
                    train = ["train", algorithm, "--dataset", dataset, "--weighting", weighting, "--seed", str(seed),
                             "--steps", "50000", "--threads", "1", "--set", "hidden_sizes=[128,128]",
                             "--set", "evaluation.every=10000"]
                    labels = {"dataset": dataset, "algorithm": algorithm, "weighting": weighting, "seed": seed}
                    jobs.append(Job(name, labels, train, [evaluate("{run}", "--checkpoint", "last")]))
    return jobs


def imitation():
    """BC, diffusion and flow from demonstrations that solve the same situation in several ways."""
    jobs = []
    for environment, steps in [("point-maze", 5_000), ("push-t", 20_000)]:
        for algorithm in ["bc", "diffusion-policy", "flow-policy"]:
            for seed in SEEDS:
                name = f"{environment}-{algorithm}-{seed}"
                train = ["train", algorithm, "--dataset", f"{environment}-demos", "--seed", str(seed), "--threads", "1",
                         "--precision", "bf16", "--steps", str(steps), "--set", "evaluation.every=0"]
                labels = {"environment": environment, "algorithm": algorithm, "seed": seed}
                jobs.append(Job(name, labels, train, [evaluate("{run}", "--checkpoint", "last")]))
    return jobs


def precision():
    """SAC in bfloat16 and in float32."""
    settings = {
        "pendulum": ["--steps", "15000"],
        "hopper": ["--steps", "150000", "--set", "hidden_sizes=[128,128]", "--set", "critic_learning_rate=1e-3"],
    }
    jobs = []
    for environment, options in settings.items():
        for seed in [1, 2, 3, 4, 5]:
            for precision in ["f32", "bf16"]:
                name = f"{environment}-{precision}-{seed}"
                train = ["train", "sac", "--env", environment, "--precision", precision, "--seed", str(seed),
                         "--threads", "1", *options]
                labels = {"environment": environment, "precision": precision, "seed": seed}
                jobs.append(Job(name, labels, train, [evaluate("{run}", episodes=20)]))
    return jobs


def locomotion():
    """SAC in MuJoCo's running robots."""
    jobs = []
    for seed in SEEDS:
        for environment in ["hopper", "walker2d", "half-cheetah", "ant"]:
            train = ["train", "sac", "--env", environment, "--precision", "bf16", "--steps", "500000", "--seed", str(seed),
                     "--threads", "1", "--set", "hidden_sizes=[128,128]", "--set", "critic_learning_rate=1e-3",
                     "--set", "evaluation.every=25000", "--set", "evaluation.episodes=3", "--set", "checkpoint.every=50000"]
            evaluations = [evaluate("{run}", episodes=20, policy="best"),
                           evaluate("{run}", "--checkpoint", "last", episodes=20, policy="last")]
            jobs.append(Job(f"{environment}-{seed}", {"environment": environment, "seed": seed}, train, evaluations))
    return jobs


def pixels():
    """SAC in the pendulum from two pictures of 48 × 48 pixels, and from its three numbers with the same settings."""
    views = {
        "pixels": ["--wrap", "image:48x48", "--wrap", "frame_stack:2", "--set", "channels=[16,16,16]",
                   "--set", "kernels=[3,3,3]", "--set", "strides=[2,2,2]"],
        "numbers": [],
    }
    jobs = []
    for seed in SEEDS:
        for view, options in views.items():
            train = ["train", "sac", "--env", "pendulum", "--wrap", "action_repeat:2", *options, "--steps", "7000",
                     "--seed", str(seed), "--threads", "1", "--precision", "bf16", "--set", "batch_size=64",
                     "--set", "warm_up_steps=1000", "--set", "discount=0.97", "--set", "averaging_rate=0.02",
                     "--set", "actor_learning_rate=1e-3", "--set", "critic_learning_rate=1e-3",
                     "--set", "initial_temperature=0.1", "--set", "evaluation.every=2000",
                     "--set", "evaluation.episodes=5"]
            jobs.append(Job(f"pendulum-{view}-{seed}", {"sees": view, "seed": seed}, train,
                            [evaluate("{run}", "--checkpoint", "last", episodes=20)]))
    return jobs


def steering():
    """A flow policy of mixed data, steered by the critics that IQL left behind (run `offline` first)."""
    jobs = []
    for seed in SEEDS:
        train = ["train", "flow-policy", "--dataset", "hopper-medium-expert", "--seed", str(seed), "--threads", "1",
                 "--precision", "bf16", "--steps", "10000", "--set", "observation_horizon=1", "--set", "prediction_horizon=1",
                 "--set", "action_horizon=1", "--set", "evaluation.every=0"]
        critic = f"{{runs}}/../../offline/runs/hopper-medium-expert-iql-none-{seed}"
        evaluations = [evaluate("{run}", "--checkpoint", "last", episodes=30, samples=1, steered="no")]
        for samples in [2, 4, 8, 16]:
            steer = ["--steer", critic, "--samples", str(samples), "--temperature", "0.1"]
            evaluations.append(
                evaluate("{run}", "--checkpoint", "last", *steer, episodes=30, samples=samples, steered="yes"))
        jobs.append(Job(f"hopper-flow-{seed}", {"dataset": "hopper-medium-expert", "seed": seed}, train, evaluations))
    return jobs


# The policies of push-t that Datasets/policies ships.
SMALL = ["--threads", "1", "--steps", "20000", "--seed", "1", "--set", "width=128", "--set", "evaluation.every=0"]


def small():
    """Small chunk policies of push-t, to be composed."""
    return [
        Job(f"push-t-{algorithm}", {"policy": algorithm}, ["train", algorithm, "--dataset", "push-t-demos", *SMALL],
            [evaluate("{run}", "--checkpoint", "last")])
        for algorithm in ["diffusion-policy", "flow-policy"]
    ]


def composition():
    """Weight curves of pairs of policies (run `imitation` and `small` first)."""
    pairs = {
        "small diffusion and small flow": ["small/runs/push-t-diffusion-policy", "small/runs/push-t-flow-policy"],
        "diffusion and flow": ["imitation/runs/push-t-diffusion-policy-1", "imitation/runs/push-t-flow-policy-1"],
        "two diffusion policies": ["imitation/runs/push-t-diffusion-policy-2", "imitation/runs/push-t-diffusion-policy-3"],
    }
    return [
        Job(name.replace(" ", "-"), {"pair": name}, [], [Evaluation(
            ["compose", *(f"{{runs}}/../../{run}" for run in runs), "--env", "push-t", "--search", "--episodes", "100"])])
        for name, runs in pairs.items()
    ]


# Policies of different worth and age: algorithm, updates, seed.
AGED = [("bc", 500, 2), ("bc", 3_000, 2), ("bc", 50_000, 1), ("td3-bc", 1_000, 2), ("td3-bc", 10_000, 2),
        ("td3-bc", 50_000, 1), ("iql", 1_000, 2), ("iql", 10_000, 2), ("iql", 50_000, 1), ("awac", 50_000, 1),
        ("rebrac", 3_000, 2)]


def ope_policies():
    """What off-policy evaluation is to tell apart."""
    return [
        Job(f"{algorithm}-{steps}", {"policy": f"{algorithm}, {steps} updates"},
            ["train", algorithm, "--dataset", "hopper-medium-expert", "--steps", str(steps), "--seed", str(seed),
             "--threads", "1", "--set", "hidden_sizes=[128,128]", "--set", "evaluation.every=0"],
            [evaluate("{run}", "--checkpoint", "last", episodes=64)])
        for algorithm, steps, seed in AGED
    ]


def ope():
    """Estimates beside true values, and what choosing by trying costs (run `ope-policies` first)."""
    policies = ["hopper-expert", "hopper-medium", "random",
                *(f"{{runs}}/../../ope-policies/runs/{algorithm}-{steps}" for algorithm, steps, _ in AGED)]
    settings = ["discount=0.99", "fqe.updates=20000", "fqe.members=2", "behaviour.updates=10000", "model.updates=15000",
                "model.members=2", *(f"{part}.network.hidden_sizes=[128,128]" for part in ["fqe", "behaviour", "model"])]
    chosen = [word for setting in settings for word in ["--set", setting]]
    return [
        Job("estimates", {}, [], [Evaluation(
            ["ope", *policies, "--dataset", "hopper-medium-expert", "--truth", "64", *chosen])]),
        Job("choice", {}, [], [Evaluation(["select", *policies, "--episodes", "64", "--pulls", "100"])]),
    ]


def online():
    """Small tasks that every online learner learns."""
    small = ["--set", "hidden_sizes=[64,64,64]", "--set", "warm_up_steps=1000"]
    rollouts = ["--num-envs", "16", "--set", "rollout_steps=128"]
    settings = {
        "sac": {"pendulum": 15_000, "cartpole-swingup": 50_000, "options": small},
        "dsac-t": {"pendulum": 15_000, "cartpole-swingup": 50_000, "options": [
            *small, "--set", "actor_learning_rate=3e-4", "--set", "critic_learning_rate=3e-4"]},
        "ppo": {"pendulum": 200_000, "cartpole-swingup": 600_000, "options": rollouts},
    }
    jobs = []
    for algorithm, chosen in settings.items():
        for environment in ["pendulum", "cartpole-swingup"]:
            for seed in [1, 2, 3, 4, 5]:
                train = ["train", algorithm, "--env", environment, "--steps", str(chosen[environment]), "--seed", str(seed),
                         "--threads", "1", *chosen["options"]]
                jobs.append(Job(
                    f"{environment}-{algorithm}-{seed}", {"environment": environment, "algorithm": algorithm, "seed": seed},
                    train, [evaluate("{run}", "--checkpoint", "last", episodes=20)]))
    return jobs


def surrogates():
    """PPO with each surrogate, everything else the same but for the ratio's bound of bpo, which is its paper's."""
    jobs = []
    for seed in SEEDS:
        for environment in ["half-cheetah", "hopper"]:
            for kind in ["clip", "bpo", "mdpo", "r2vpo", "sapo"]:
                train = ["train", "ppo", "--env", environment, "--steps", "1000000", "--seed", str(seed), "--threads", "1",
                         "--set", f"surrogate.kind={kind}", "--set", "evaluation.every=100000",
                         *(["--set", "surrogate.clip_range=0.3"] if kind == "bpo" else [])]
                jobs.append(Job(
                    f"{environment}-{kind}-{seed}", {"environment": environment, "surrogate": kind, "seed": seed}, train,
                    [evaluate("{run}", "--checkpoint", "last", episodes=20)]))
    return jobs


def gymnasium():
    """SAC in MuJoCo's own environments; `stable_baselines3_sac.py` trains the peer with the same sizes."""
    return [
        Job(f"{environment}-{seed}", {"environment": environment, "seed": seed},
            ["train", "sac", "--env", f"gym:{environment}", "--steps", "100000", "--seed", str(seed), "--threads", "1",
             "--set", "hidden_sizes=[128,128]", "--set", "evaluation.every=10000"],
            [evaluate("{run}", "--checkpoint", "last", episodes=20)])
        for seed in SEEDS for environment in ["Hopper-v5", "HalfCheetah-v5"]
    ]


def transfer():
    """PPO in the running robots here and in MuJoCo's own, each policy then put into the other."""
    twins = {"hopper": "Hopper-v5", "walker2d": "Walker2d-v5", "half-cheetah": "HalfCheetah-v5", "ant": "Ant-v5"}
    return [
        Job(f"{environment.removeprefix('gym:')}-{seed}", {"trained in": environment, "seed": seed},
            ["train", "ppo", "--env", environment, "--steps", "1000000", "--seed", str(seed), "--threads", "1",
             "--set", "evaluation.every=100000"],
            [Evaluation(["transfer", "{run}", "--episodes", "20"])])
        for twin in twins.items() for environment in [twin[0], f"gym:{twin[1]}"] for seed in SEEDS
    ] + [
        Job(f"light-{environment}-{seed}", {"trained in": f"{environment}, randomised", "seed": seed},
            ["train", "ppo", "--env", environment, "--steps", "1000000", "--seed", str(seed), "--threads", "1",
             "--set", "evaluation.every=100000", "--parameter", "friction=uniform:0.7,1.3",
             "--parameter", "contact_softness=uniform:0.7,1.5", "--parameter", "mass=uniform:0.9,1.1"],
            [Evaluation(["transfer", "{run}", "--episodes", "20"])])
        for environment in twins for seed in SEEDS
    ]


RLPD_DATASETS = ["hopper-medium", "hopper-mixed-10"]


def rlpd_start():
    """What `rlpd` goes on from: IQL and Cal-QL on its datasets alone."""
    settings = {
        "iql": ["--steps", "50000", "--set", "evaluation.every=10000"],
        "cql": ["--steps", "20000", "--set", "evaluation.every=0", "--set", "calibrated=true", "--set", "sampled_actions=4"],
    }
    return [
        Job(f"{dataset}-{algorithm}-{seed}", {"dataset": dataset, "algorithm": algorithm, "seed": seed},
            ["train", algorithm, "--dataset", dataset, *options, "--seed", str(seed), "--threads", "1",
             "--set", "hidden_sizes=[128,128]"],
            [evaluate("{run}", "--checkpoint", "last")])
        for dataset in RLPD_DATASETS for algorithm, options in settings.items() for seed in SEEDS
    ]


def rlpd():
    """100,000 steps in the hopper beside a dataset, and SAC without one (run `rlpd-start` first). RLPD with 4 updates a step."""
    sizes = ["--steps", "100000", "--set", "hidden_sizes=[128,128]", "--set", "evaluation.every=10000"]
    ensemble = ["--set", "critic_count=10", "--set", "critic_layer_norm=true", "--set", "actor_uses_mean=true",
                "--set", "updates_per_step=4", "--set", "policy_delay=4", "--set", "target_entropy=-1.5"]
    jobs = []
    for dataset in RLPD_DATASETS:
        mixed = ["--env", "hopper", "--dataset", dataset, "--mix", "0.5"]
        start = f"{{runs}}/../../rlpd-start/runs/{dataset}"
        methods = {
            "rlpd": ["sac", *mixed, *ensemble],
            "sac, half from the dataset": ["sac", *mixed],
            "iql, then online": ["iql", *mixed, "--start", f"{start}-iql-SEED"],
            "cal-ql, then online": ["cql", *mixed, "--start", f"{start}-cql-SEED", "--set", "calibrated=true",
                                    "--set", "sampled_actions=4"],
            "cal-ql, then sac without it": ["sac", "--env", "hopper", "--start", f"{start}-cql-SEED",
                                            "--set", "normalise_observations=true"],
        }
        if dataset == RLPD_DATASETS[0]:
            methods["sac"] = ["sac", "--env", "hopper"]
        for method, options in methods.items():
            for seed in SEEDS:
                train = ["train", *(part.replace("SEED", str(seed)) for part in options), *sizes, "--seed", str(seed),
                         "--threads", "1"]
                jobs.append(Job(
                    f"{dataset}-{method.replace(', ', '-').replace(' ', '-')}-{seed}",
                    {"dataset": "none" if method == "sac" else dataset, "method": method, "seed": seed}, train,
                    [evaluate("{run}", "--checkpoint", "last", episodes=20)]))
    return jobs


ALL = {
    "rlpd-start": rlpd_start, "rlpd": rlpd,
    "online": online, "surrogates": surrogates, "gymnasium": gymnasium, "transfer": transfer,
    "offline": offline, "imitation": imitation, "locomotion": locomotion, "precision": precision, "pixels": pixels,
    "steering": steering, "small": small, "composition": composition,
    "ope-policies": ope_policies, "ope": ope,
}

# Per experiment: the figures of each episode that its tables show, a factor, and decimals.
FIGURES = {
    "rlpd-start": [("scores", 1, 1)],
    "rlpd": [("returns", 1, 0)],
    "offline": [("scores", 1, 1)],
    "imitation": [("successes", 100, 1), ("returns", 1, 2)],
    "locomotion": [("returns", 1, 0), ("lengths", 1, 0)],
    "precision": [("returns", 1, 1)],
    "pixels": [("returns", 1, 1)],
    "online": [("returns", 1, 1)],
    "surrogates": [("returns", 1, 0)],
    "gymnasium": [("returns", 1, 0)],
    "transfer": [("kept", 100, 1)],
    "ope-policies": [("returns", 1, 1)],
    "steering": [("scores", 1, 1)],
    "small": [("successes", 100, 1), ("returns", 1, 1)],
}
