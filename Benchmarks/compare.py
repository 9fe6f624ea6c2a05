"""Measures Sinew and its peers in one run, in turns, and writes results.json, RESULTS.md and sweep.svg beside itself.

Started by run.sh, which installs what it needs. `--quick` is for trying it out: few rounds, no sweep worth reading.
"""

import argparse
import datetime
import importlib.metadata
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import plot
import report

HERE = pathlib.Path(__file__).resolve().parent
SINEW = HERE.parent / ".build" / "release" / "sinew"
VERSIONS = ["stable-baselines3", "sbx-rl", "torch", "jax", "jaxlib", "numpy"]


class Peer:
    """A library in a process of its own, idle until it is asked."""

    def __init__(self, name, side, threads):
        self.name, self.side, self.threads = name, side, threads
        self.process = subprocess.Popen(
            [sys.executable, "-m", "peers.worker", name, str(threads)], cwd=HERE, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"the peer {self.name} ended early; see it with: "
                     f"cd {HERE} && {sys.executable} -m peers.worker {self.name} {self.threads}")
        return json.loads(line)

    def durations(self, repeats, count):
        self.process.stdin.write(f"{repeats} {count}\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def sinew(*arguments, **environment):
    """What `sinew bench …` prints as JSON."""
    command = [str(SINEW), "bench", *map(str, arguments), "--json"]
    run = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=False, env=os.environ | environment)
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)} failed")
    return json.loads(run.stdout)


def say(text):
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def in_turns(measurements, rounds, what):
    """Calls every measurement once a round, each round starting with another one; their results by place."""
    results = [[] for _ in measurements]
    for turn in range(rounds):
        for step in range(len(measurements)):
            place = (turn + step) % len(measurements)
            results[place].append(measurements[place]())
        say(f"{what}: round {turn + 1} of {rounds}, load {os.getloadavg()[0]:.2f}")
    return results


def measure_updates(thread_counts, rounds, seconds):
    """Milliseconds of an update on every side."""
    sides = []
    for threads in thread_counts:
        for precision in ("f32", "bf16"):
            def ours(threads=threads, precision=precision):
                return sinew("update", "--threads", threads, "--precision", precision, "--seconds", seconds)

            sides.append(({"side": "sinew", "precision": precision, "threads": threads}, ours))
        for name, side in (
            ("sb3", "Stable-Baselines3"), ("sbx", "SBX, one update a call"), ("sbx:50", "SBX, 50 updates a call"),
            ("torch_sac", "PyTorch eager, fused by hand"), ("jax_sac", "JAX, one jitted scan"),
        ):
            say(f"starting {side}, threads {threads}")
            peer = Peer(name, side, threads)
            count = max(1, round(seconds / 10 / statistics.median(peer.durations(3, 20))))

            def theirs(peer=peer, count=count):
                return {"ms_per_update": 1e3 * statistics.median(peer.durations(10, count))}

            sides.append(({"side": side, "precision": "f32", "threads": threads, "peer": peer}, theirs))
    results = in_turns([measure for _, measure in sides], rounds, "updates")
    return collected(sides, results)


def measure_latencies(thread_counts, rounds, calls):
    """Microseconds of single answers on every side."""
    sides = []
    for threads in thread_counts:
        def ours(threads=threads):
            return sinew("latency", "--threads", threads, "--calls", max(calls, 20_000))

        sides.append(({"side": "sinew", "threads": threads}, ours))
        for name, side, key, count in (
            ("sb3:predict", "Stable-Baselines3, predict", "action", calls),
            ("torch_chunk:diffusion", "PyTorch eager", "diffusion", calls // 4),
            ("torch_chunk:flow", "PyTorch eager", "flow", calls // 4),
        ):
            peer = Peer(name, side, threads)

            def theirs(peer=peer, key=key, count=count):
                durations = sorted(peer.durations(count, 1))
                return {key: {"p50_us": 1e6 * statistics.median(durations),
                              "p99_us": 1e6 * durations[int(0.99 * (len(durations) - 1))]}}

            sides.append(({"side": side, "threads": threads, "peer": peer}, theirs))
    results = in_turns([measure for _, measure in sides], rounds, "latency")
    return collected(sides, results)


def collected(sides, results):
    rows = []
    for (description, _), rounds in zip(sides, results):
        if peer := description.pop("peer", None):
            peer.close()
        rows.append(description | {"rounds": rounds})
    return rows


def measure_sweep(threads, batches, widths, seconds):
    """Our updates over batch size and width."""
    points = []
    for precision in ("f32", "bf16"):
        for width in widths:
            for batch in batches:
                points.append(sinew(
                    "update", "--threads", threads, "--precision", precision, "--batch-size", batch,
                    "--hidden", f"{width},{width}", "--seconds", seconds))
            say(f"sweep: {precision}, width {width}")
    return points


def trace(threads):
    """One update's events, as SINEW_TRACE writes them."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/trace.json"
        sinew("update", "--threads", threads, "--seconds", 0.5, SINEW_TRACE=path)
        events = json.loads(pathlib.Path(path).read_text())["traceEvents"]
    return [event for event in events if event["ph"] == "X" and event["pid"] == 1]


def compiler():
    run = subprocess.run(["swift", "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return run.stdout.splitlines()[0] if run.stdout else "unknown"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few and short rounds, to try it out")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--output", type=pathlib.Path, default=HERE)
    options = parser.parse_args()
    threads = len(os.sched_getaffinity(0))
    thread_counts = sorted({1, min(2, threads)})
    rounds, seconds = (2, 0.2) if options.quick else (options.rounds, 1.0)
    batches, widths = ([64, 256], [64, 128]) if options.quick else ([64, 256, 1024, 4096], [64, 128, 256, 512, 1024])

    load = os.getloadavg()[0]
    if load > 0.5:
        say(f"the machine is not idle (load {load:.2f}): expect noise")
    results = {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processors": threads,
        "system": platform.platform(),
        "load_before": round(load, 2),
        "compiler": compiler(),
        "versions": {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in VERSIONS},
        "rounds": rounds,
        "quick": options.quick,
    }
    results["updates"] = measure_updates(thread_counts, rounds, seconds)
    results["latencies"] = measure_latencies(thread_counts, rounds, 400 if options.quick else 4000)
    results["sweep"] = measure_sweep(thread_counts[-1], batches, widths, seconds)
    results["trace"] = trace(1)
    results["load_after"] = round(os.getloadavg()[0], 2)

    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    plot.draw(results["sweep"], options.output / "sweep.svg")
    (options.output / "RESULTS.md").write_text(report.text(results))
    say(f"written: {options.output / 'RESULTS.md'}")


if __name__ == "__main__":
    main()
