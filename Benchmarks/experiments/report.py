"""Tables of what run.py measured.

    report.py NAME… [--out Benchmarks/experiments/out]

A figure is the mean over seeds of each run's mean; the interval is a 95 % bootstrap that draws runs and, within each, episodes
(10,000 resamples, seeded): three runs say little about a method, and the interval says so.
"""

import argparse
import json
import pathlib
import re

import numpy

import plans


def interval(runs, resamples=10_000):
    """95 % interval of the mean over runs, each a list of episodes' figures."""
    generator = numpy.random.default_rng(0)
    # Resampled means of every run, then a resampled set of runs for each of them.
    means = numpy.stack([
        generator.choice(numpy.asarray(run, float), (resamples, len(run))).mean(axis=1) for run in runs])
    chosen = generator.integers(len(runs), size=(resamples, len(runs)))
    return numpy.percentile(means[chosen, numpy.arange(resamples)[:, None]].mean(axis=1), [2.5, 97.5])


def references(dataset):
    """The mean returns of random actions and of an expert that a dataset's recipe names."""
    text = (plans.RECIPES / f"{dataset}.yaml").read_text()
    found = re.search(r"reference_returns: {random: ([-0-9.]+), expert: ([-0-9.]+)}", text)
    return float(found[1]), float(found[2])


def episodes(record, figure):
    """A figure of each episode, or the one of all; scores are returns between random's and the expert's, times 100."""
    if figure != "scores":
        return numpy.atleast_1d(numpy.asarray(record["figures"][figure], float))
    random, expert = references(record["labels"]["dataset"])
    return 100 * (numpy.asarray(record["figures"]["returns"]) - random) / (expert - random)


def groups(records, figure):
    """Per combination of labels without the seed: (labels, one list of episodes' figures a seed)."""
    found = {}
    for record in records:
        labels = tuple((name, value) for name, value in record["labels"].items() if name != "seed")
        found.setdefault(labels, []).append(episodes(record, figure))
    return found


def table(records, figure, scale=1.0, digits=1):
    """A Markdown table, a row a combination of labels."""
    rows = []
    for labels, runs in groups(records, figure).items():
        runs = [run * scale for run in runs]
        low, high = interval(runs)
        each = ", ".join(f"{run.mean():.{digits}f}" for run in runs)
        mean = numpy.mean([run.mean() for run in runs])
        rows.append([*(str(value) for _, value in labels), f"{mean:.{digits}f}", f"{low:.{digits}f} to {high:.{digits}f}", each])
    names = [name for name, _ in next(iter(groups(records, figure)))]
    header = [*names, "mean", "95 % interval", "each seed"]
    lines = ["| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *rows]]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", choices=sorted(plans.ALL))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "out")
    arguments = parser.parse_args()
    for name in arguments.names:
        path = arguments.out / f"{name}.jsonl"
        records = [json.loads(line) for line in path.read_text().splitlines()]
        print(f"## {name}\n")
        for figure, scale, digits in plans.FIGURES[name]:
            needed = "returns" if figure == "scores" else figure
            with_figure = [record for record in records if record["figures"].get(needed) is not None]
            if with_figure:
                print(f"{figure}\n\n{table(with_figure, figure, scale=scale, digits=digits)}\n")


if __name__ == "__main__":
    main()
