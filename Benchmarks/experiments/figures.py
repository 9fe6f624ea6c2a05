"""Draws steering.svg and composition.svg beside RESULTS.md from what run.py measured (needs matplotlib).

    figures.py [--out Benchmarks/experiments/out]
"""

import argparse
import json
import pathlib

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plot
import numpy

import report

HERE = pathlib.Path(__file__).resolve().parent


def records(folder, name):
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]


def steering(folder):
    """Score and latency against the number of candidates."""
    found = {}
    for record in records(folder, "steering"):
        found.setdefault(record["labels"]["samples"], []).append(record)
    samples = sorted(found)
    runs = [[report.episodes(record, "scores") for record in found[count]] for count in samples]
    means = [numpy.mean([run.mean() for run in group]) for group in runs]
    bounds = numpy.array([report.interval(group) for group in runs])
    latency = [numpy.median([record["figures"]["latency_us_p50"] for record in found[count]]) for count in samples]
    figure, score = plot.subplots(figsize=(7, 4))
    score.fill_between(samples, bounds[:, 0], bounds[:, 1], alpha=0.2, color="tab:blue")
    score.plot(samples, means, marker="o", color="tab:blue")
    score.set(xscale="log", xticks=samples, xticklabels=samples, xlabel="candidates (1: not steered)")
    score.set_ylabel("normalised score, 95 % interval", color="tab:blue")
    time = score.twinx()
    time.plot(samples, latency, marker="s", linestyle="--", color="tab:red")
    time.set_ylabel("µs an action, median", color="tab:red")
    time.set_ylim(bottom=0)
    score.set_title("hopper-medium-expert: a flow policy steered by IQL's critic")
    figure.tight_layout()
    figure.savefig(HERE / "steering.svg")


def composition(folder):
    """Success against the weight of the second policy, a panel a pair."""
    found = records(folder, "composition")
    figure, panels = plot.subplots(1, len(found), figsize=(4 * len(found), 3.4), sharey=True, squeeze=False)
    for panel, record in zip(panels[0], found):
        rows = record["figures"]["weights"]
        weights = [row["weight"] for row in rows]
        low, high = zip(*(row["success_ci95"] for row in rows))
        panel.fill_between(weights, numpy.multiply(low, 100), numpy.multiply(high, 100), alpha=0.2)
        panel.plot(weights, [100 * row["success_rate"] for row in rows], marker="o")
        panel.set(title=record["labels"]["pair"], xlabel="weight of the second")
    panels[0][0].set_ylabel("push-t success, %, 95 % interval")
    figure.tight_layout()
    figure.savefig(HERE / "composition.svg")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "out")
    arguments = parser.parse_args()
    steering(arguments.out)
    composition(arguments.out)
