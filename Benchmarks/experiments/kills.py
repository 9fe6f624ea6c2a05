"""Kills a training run in one of Gymnasium's environments, or one of its worker processes, at random moments.

`kills.py SINEW FOLDER [--environment ID] [--kills N] [--seed S]` trains, kills with SIGKILL (the run and a worker in turns), looks for workers
that are left and for files that are half written, and resumes, until all kills are done; then the run goes to its end. It prints a line
for each kill and exits with 1 where anything was not as it should be. Needs gymnasium (and mujoco for MuJoCo's robots) in the Python on PATH.
"""

import argparse
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time


def descendants(process):
    """Processes that this one has started from any of its threads, and theirs."""
    parents = {}
    for place in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(place.parent.name)] = int(place.read_text().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found = [process]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def is_alive(process):
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def latest_checkpoint(run):
    steps = [int(path.name.removeprefix("step-")) for path in (run / "checkpoints").glob("step-*") if path.name[5:].isdigit()]
    return max(steps, default=0)


def problems_of(run):
    """Lines of the log that are not whole, and what was left beside."""
    found = []
    for line in (run / "metrics.jsonl").read_text().splitlines()[:-1]:
        try:
            json.loads(line)
        except ValueError:
            found.append(f"torn line in metrics.jsonl: {line[:80]}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sinew")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--environment", default="HalfCheetah-v5")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    run = options.folder / "run"
    options.folder.mkdir(parents=True, exist_ok=True)
    train = [options.sinew, "train", "sac", "--env", f"gym:{options.environment}", "--out", "run", "--steps", "1000000", "--num-envs", "4",
             "--threads", "2", "--set", "hidden_sizes=[16]", "--set", "warm_up_steps=100", "--set", "batch_size=16",
             "--set", "checkpoint.every=200", "--set", "evaluation.every=400", "--set", "evaluation.episodes=1"]
    resume = [options.sinew, "resume", "run"]
    faults = 0
    for kill in range(options.kills):
        begun = latest_checkpoint(run)
        with open(options.folder / f"errors-{kill}", "w") as errors:
            process = subprocess.Popen(train if kill == 0 else resume, cwd=options.folder, stdout=subprocess.DEVNULL, stderr=errors)
        if not wait(lambda: descendants(process.pid) and latest_checkpoint(run) > begun, 120):
            print(f"{kill + 1}: no checkpoint after {begun} within two minutes: {(options.folder / f'errors-{kill}').read_text()[-300:]}")
            faults += 1
        time.sleep(chance.uniform(0, 2))
        workers = descendants(process.pid)
        victim = process.pid if kill % 2 == 0 else chance.choice(workers)
        os.kill(victim, signal.SIGKILL)
        code = process.wait(60)
        orphans = [] if wait(lambda: not any(map(is_alive, workers)), 10) else list(filter(is_alive, workers))
        found = problems_of(run) + [f"worker {orphan} is left" for orphan in orphans]
        expected = -signal.SIGKILL if victim == process.pid else 1
        if code != expected:
            found.append(f"exit code {code}, expected {expected}")
        what = "the run" if victim == process.pid else f"one of {len(workers)} workers"
        print(f"{kill + 1}: killed {what} at the checkpoint of step {latest_checkpoint(run)}: {'; '.join(found) or 'as it should be'}", flush=True)
        faults += len(found)
    last = latest_checkpoint(run)
    ended = subprocess.run(resume + ["--steps", str(last + 2000)], cwd=options.folder, capture_output=True, text=True)
    evaluated = subprocess.run([options.sinew, "evaluate", "run", "--episodes", "1"], cwd=options.folder, capture_output=True, text=True)
    print(f"resumed from step {last} to the end: exit code {ended.returncode}; evaluated: exit code {evaluated.returncode}")
    faults += (ended.returncode != 0) + (evaluated.returncode != 0)
    print(f"{options.kills} kills, {faults} faults")
    sys.exit(faults > 0)


if __name__ == "__main__":
    main()
