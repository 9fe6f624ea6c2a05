"""Measures steps of Sinew's robots beside EnvPool's and Gymnasium's in one run, in turns: ENVIRONMENTS.md, environments.json.

Started by `run.sh environments`, which installs what it needs.
"""

import argparse
import datetime
import importlib.metadata
import json
import os
import pathlib
import platform
import statistics

from compare import HERE, Peer, collected, compiler, in_turns, say, sinew
from report import find, ratios, spread, table, values

VERSIONS = ["envpool", "gymnasium", "mujoco", "numpy"]
# Name here, name of theirs, and how many times EnvPool's rate is aimed at.
ROBOTS = [
    ("hopper", "Hopper", 2), ("walker2d", "Walker2d", 2), ("half-cheetah", "HalfCheetah", 1), ("ant", "Ant", 2),
    ("humanoid", "Humanoid", 1), ("swimmer", "Swimmer", None), ("reacher", "Reacher", None), ("pusher", "Pusher", None),
    ("inverted-double-pendulum", "InvertedDoublePendulum", None),
]
SIDES = {"envpool": "EnvPool", "gymnasium": "Gymnasium"}


def measure(robot, theirs, threads, rounds, seconds):
    """Environment steps a second on every side."""
    def ours():
        return sinew("env", robot, "--threads", threads, "--num-envs", 16, "--seconds", seconds)

    sides = [({"side": "sinew", "robot": robot, "threads": threads}, ours)]
    for library, side in SIDES.items():
        peer = Peer(f"environments:{library}/{theirs}-v5", side, threads)
        count = max(16, round(seconds / statistics.median(peer.durations(3, 640))))

        def rate(peer=peer, count=count):
            return {"steps_per_second": 1 / peer.durations(1, count)[0]}

        sides.append(({"side": side, "robot": robot, "threads": threads, "peer": peer}, rate))
    return collected(sides, in_turns([side for _, side in sides], rounds, robot))


def text(results):
    ours = results["robots"][0]["rounds"][0]
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    lines = []
    for robot, theirs, aim in ROBOTS:
        rows = [row for row in results["robots"] if row["robot"] == robot]
        if not rows:
            continue
        own = values(find(rows, "sinew", rows[0]["threads"]), "steps_per_second")
        others = {side: values(find(rows, side, rows[0]["threads"]), "steps_per_second") for side in SIDES.values()}
        against = ratios(own, others["EnvPool"])
        verdict = "" if aim is None else f"{aim}: " + ("reached" if statistics.median(against) >= aim else "**missed**")
        physics = statistics.median(values(find(rows, "sinew", rows[0]["threads"]), "simulation_steps_per_second"))
        lines.append(
            [f"{robot}, {theirs}-v5", spread(own, "{:,.0f}"), f"{physics:,.0f}"]
            + [spread(others[side], "{:,.0f}") for side in SIDES.values()]
            + [spread(against), spread(ratios(own, others["Gymnasium"])), verdict])
    header = ["", "Sinew, steps/s", "its physics", *(f"{side}, steps/s" for side in SIDES.values()),
              *(f"÷ {side}" for side in SIDES.values()), "aim, times EnvPool"]
    return f"""# Steps of environments

Written by `Benchmarks/run.sh environments`, which measures every side in one run, in turns; nothing here is typed by hand.

- {results['date']}, {ours['processor']}, {results['threads']} threads on {results['processors']} processors, {results['system']}
- {results['compiler']}; {versions}
- {results['rounds']} rounds of {results['seconds']:g} s, uniformly random actions, resets included. Medians over the rounds, with the least and the greatest
  behind them; a ratio is the median of the ratios within each round. Load average {results['load_before']} when it began, {results['load_after']} when it ended.
- A step is one control period, the same on every side. Sinew and EnvPool step 16 environments on {results['threads']} threads (`sinew bench env ROBOT`); Gymnasium
  steps one in one process, which is faster than its vectors of processes are.

{table(header, lines)}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each side is timed in a round")
    parser.add_argument("--robots", nargs="*", default=[robot for robot, _, _ in ROBOTS])
    parser.add_argument("--output", type=pathlib.Path, default=HERE)
    options = parser.parse_args()
    processors = len(os.sched_getaffinity(0))
    threads = min(2, processors)
    results = {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processors": processors, "threads": threads, "system": platform.platform(), "compiler": compiler(),
        "versions": {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in VERSIONS},
        "rounds": options.rounds, "seconds": options.seconds, "load_before": round(os.getloadavg()[0], 2), "robots": [],
    }
    for robot, theirs, _ in ROBOTS:
        if robot in options.robots:
            results["robots"] += measure(robot, theirs, threads, options.rounds, options.seconds)
    results["load_after"] = round(os.getloadavg()[0], 2)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "environments.json").write_text(json.dumps(results, indent=1) + "\n")
    (options.output / "ENVIRONMENTS.md").write_text(text(results))
    say(f"written: {options.output / 'ENVIRONMENTS.md'}")


if __name__ == "__main__":
    main()
