"""Error against speed of the scenes of mechanics or of contacts, one panel a scene, one line a solver.

    sinew bench mechanics --json > mechanics.json
    python Benchmarks/mechanics.py mechanics.json Documentation/mechanics.svg
    sinew bench scenes --json > scenes.json
    python Benchmarks/mechanics.py scenes.json Documentation/scenes.svg
"""

import json
import math
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as pyplot  # noqa: E402
from matplotlib import ticker  # noqa: E402

COLOURS = {None: "#1b4f72", 20: "#d68910", 100: "#a93226"}


def draw(rows, path):
    # Scenes of contacts have errors that are shares, and steps a second.
    shares = "steps_per_second" in rows[0] and "times_real_time" not in rows[0]
    matplotlib.rcParams.update({
        "svg.hashsalt": "sinew", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    scenes = list(dict.fromkeys(row["scene"] for row in rows))
    columns = 3
    figure, panels = pyplot.subplots(
        math.ceil(len(scenes) / columns), columns, figsize=(12, 3 * math.ceil(len(scenes) / columns)),
        layout="constrained", squeeze=False)
    for panel in panels.flat[len(scenes):]:
        panel.axis("off")
    for panel, scene in zip(panels.flat, scenes):
        own = [row for row in rows if row["scene"] == scene]
        for solver in dict.fromkeys(row.get("iterations") for row in own):
            line = [row for row in own if row.get("iterations") == solver and row.get("error")]
            if not line:
                continue
            panel.plot(
                [row.get("times_real_time") or row["steps_per_second"] * row["timestep"] for row in line],
                [row["error"] for row in line], "o-",
                color=COLOURS.get(solver, "#17a589"), markersize=4,
                label="exact" if solver is None else f"iterative, {solver}")
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.xaxis.set_minor_formatter(ticker.NullFormatter())
        panel.yaxis.set_minor_formatter(ticker.NullFormatter())
        panel.set_title(scene, loc="left", fontsize=9)
        panel.grid(True, which="major", color="#e5e7e9", linewidth=0.8)
        panel.set_axisbelow(True)
    for panel in panels[-1]:
        panel.set_xlabel("times real time")
    for row in panels:
        row[0].set_ylabel("error (share)" if shares else "error (rad, m)")
    panels[0][0].legend(frameon=False, fontsize=8)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        draw(json.load(file), sys.argv[2])
