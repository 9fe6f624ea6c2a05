"""The sweep as one picture: updates a second against batch size, one line a width, the share of peak at each point."""

import pathlib
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as pyplot  # noqa: E402
from matplotlib import ticker  # noqa: E402

COLOURS = ["#1b4f72", "#2e86c1", "#17a589", "#d68910", "#a93226"]


def draw(points, path):
    matplotlib.rcParams.update({
        "svg.hashsalt": "sinew", "font.size": 10, "axes.spines.top": False, "axes.spines.right": False})
    precisions = sorted({point["precision"] for point in points}, reverse=True)
    figure, panels = pyplot.subplots(
        1, len(precisions), figsize=(6.4 * len(precisions), 5.2), sharey=True, squeeze=False, layout="constrained")
    for panel, precision in zip(panels[0], precisions):
        chosen = [point for point in points if point["precision"] == precision]
        widths = sorted({point["hidden_sizes"][0] for point in chosen})
        for width, colour in zip(widths, COLOURS):
            line = sorted((p for p in chosen if p["hidden_sizes"][0] == width), key=lambda p: p["batch_size"])
            batches = [point["batch_size"] for point in line]
            rates = [point["updates_per_second"] for point in line]
            panel.plot(batches, rates, "o-", color=colour, markersize=5, linewidth=1.6)
            for point in line:
                panel.annotate(
                    f"{100 * point['share_of_peak']:.0f} %", (point["batch_size"], point["updates_per_second"]),
                    textcoords="offset points", xytext=(0, 6), ha="center", fontsize=8, color=colour)
            panel.annotate(
                f"2×{width}", (batches[-1], rates[-1]), textcoords="offset points", xytext=(10, -3), color=colour,
                fontweight="bold")
        panel.set_xscale("log", base=2)
        panel.set_yscale("log")
        panel.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.10g}"))
        batches = sorted({point["batch_size"] for point in chosen})
        panel.set_xticks(batches, [str(batch) for batch in batches])
        panel.set_xlim(batches[0] / 1.4, batches[-1] * 2.2)
        panel.set_xlabel("batch size")
        peak = max(point["peak_gflop_per_second"] for point in chosen)
        panel.set_title(f"{precision}, peak {peak:.0f} GFLOP/s", loc="left")
        panel.grid(True, which="major", color="#e5e7e9", linewidth=0.8)
        panel.set_axisbelow(True)
    panels[0][0].set_ylabel("updates a second")
    first = points[0]
    figure.suptitle(
        f"SAC updates a second by batch size and hidden layers, {first['threads']} threads, {first['processor']} "
        f"({first['instruction_set']}); labels: share of the measured multiply-add peak", fontsize=10)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


if __name__ == "__main__":
    import json

    here = pathlib.Path(__file__).resolve().parent
    source = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "results.json"
    draw(json.loads(source.read_text())["sweep"], source.parent / "sweep.svg")
