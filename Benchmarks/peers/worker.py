"""Measures one peer in a process of its own: `python -m peers.worker NAME THREADS`, from the Benchmarks folder.

Reads "REPEATS COUNT" a line and answers with REPEATS durations: seconds a call, each timed over COUNT calls. Between the
lines it waits and uses no processor time, so that several of these can be measured in turns.
"""

import importlib
import json
import os
import sys
import time


def main():
    name, threads = sys.argv[1], int(sys.argv[2])
    # Before any library starts its threads.
    if threads < len(os.sched_getaffinity(0)):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = str(threads)
    os.environ["JAX_PLATFORMS"] = "cpu"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""

    # What libraries print must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    module, _, variant = name.partition(":")
    run = importlib.import_module(f"peers.{module}").prepare(threads, variant)
    run(50)
    print(json.dumps("ready"), file=answers, flush=True)
    for line in sys.stdin:
        repeats, count = map(int, line.split())
        durations = []
        for _ in range(repeats):
            start = time.perf_counter()
            done = run(count) or count
            durations.append((time.perf_counter() - start) / done)
        print(json.dumps(durations), file=answers, flush=True)


if __name__ == "__main__":
    main()
