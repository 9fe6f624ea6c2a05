"""Runs the experiments behind the learning results: many training runs, side by side, one thread each.

    run.py NAME… [--workers 2] [--out Benchmarks/experiments/out] [--only TEXT] [--list]

Every run and every evaluation is one `sinew` command, printed before it starts. What is done already is not done again, so an
interrupted experiment goes on where it was. Figures go to OUT/NAME.jsonl, a line an evaluation; `report.py NAME…` makes tables of them.
"""

import argparse
import concurrent.futures
import json
import pathlib
import shlex
import subprocess
import threading
import time

import plans

ROOT = pathlib.Path(__file__).resolve().parents[2]
SINEW = ROOT / ".build" / "release" / "sinew"


class Recorder:
    """Figures of one experiment, appended as they come."""

    def __init__(self, path):
        self.path, self.lock = path, threading.Lock()
        lines = path.read_text().splitlines() if path.exists() else []
        self.done = {json.loads(line)["key"] for line in lines}

    def add(self, key, labels, command, figures):
        record = {"key": key, "labels": labels, "command": command, "figures": figures}
        with self.lock, self.path.open("a") as file:
            file.write(json.dumps(record) + "\n")


def shown(command):
    return shlex.join(["sinew", *command])


def sinew(command, log):
    """What a `sinew` command printed; what it said besides goes to the log."""
    print(f"{time.strftime('%H:%M:%S')}  {shown(command)}", flush=True)
    with log.open("a") as errors:
        errors.write(shown(command) + "\n")
        errors.flush()
        run = subprocess.run([SINEW, *command], stdout=subprocess.PIPE, stderr=errors, text=True, check=False)
    if run.returncode != 0:
        raise SystemExit(f"failed, see {log}: {shown(command)}")
    return run.stdout


def work(job, folder, recorder, train_only):
    run = folder / "runs" / job.name
    missing = [evaluation for evaluation in job.evaluations if job.key(evaluation) not in recorder.done]
    if not missing:
        return
    log = folder / "runs" / f"{job.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    if job.train and not (run / "finished").exists():
        again = ["resume", str(run)] if (run / "config.yaml").exists() else [*(part.format(runs=folder / "runs") for part in job.train), "--out", str(run)]
        sinew(again, log)
        (run / "finished").touch()
    if train_only:
        return
    for evaluation in missing:
        command = [part.format(run=run, runs=folder / "runs") for part in evaluation.command] + ["--json"]
        recorder.add(
            job.key(evaluation), job.labels | evaluation.labels, shown(evaluation.command),
            json.loads(sinew(command, log)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", choices=sorted(plans.ALL))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "out")
    parser.add_argument("--only", default="", help="only the jobs with this in their name")
    parser.add_argument("--train-only", action="store_true", help="leave the evaluations for another call")
    parser.add_argument("--list", action="store_true", help="print the commands and do nothing")
    arguments = parser.parse_args()
    for name in arguments.names:
        jobs = [job for job in plans.ALL[name]() if arguments.only in job.name]
        if arguments.list:
            for job in jobs:
                print("\n".join(shown(command) for command in [job.train, *(e.command for e in job.evaluations)] if command))
            continue
        folder = arguments.out.resolve() / name
        folder.mkdir(parents=True, exist_ok=True)
        recorder = Recorder(folder.with_suffix(".jsonl"))
        with concurrent.futures.ThreadPoolExecutor(arguments.workers) as pool:
            for result in [pool.submit(work, job, folder, recorder, arguments.train_only) for job in jobs]:
                result.result()


if __name__ == "__main__":
    main()
