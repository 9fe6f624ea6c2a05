"""RESULTS.md from what was measured."""

import json
import pathlib
import statistics
import sys


def text(results):
    return "\n\n".join(
        [heading(results), targets(results), updates(results), latencies(results), sweep(results), where(results)]
    ) + "\n"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "|".join(["---"] + ["---:"] * (len(header) - 1)) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def heading(results):
    ours = find(results["updates"], "sinew", 1)["rounds"][0]
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    noise = (
        f"Load average {results['load_before']} when it began (waiting for work, the peers' processes use none), "
        f"{results['load_after']} when it ended.")
    if results["load_before"] > 0.5:
        noise = f"**The machine was not idle: load average {results['load_before']} when it began. Measure again.** " + noise
    if results["quick"]:
        noise = "**A quick run, to try the scripts: not figures.** " + noise
    return f"""# Benchmarks

Written by `Benchmarks/run.sh`, which measures both sides in one run, in turns; nothing here is typed by hand.

- {results['date']}, {ours['processor']}, {results['processors']} processors, kernels for {ours['instruction_set']}, {results['system']}
- {results['compiler']}; {versions}
- {results['rounds']} rounds. Figures are medians over the rounds, with the least and the greatest round behind them; a ratio is the
  median of the ratios within each round. {noise}"""


def find(rows, side, threads, precision=None):
    """The row of a side; None where it was not measured."""
    return next((
        row for row in rows if row["side"] == side and row["threads"] == threads
        and (precision is None or row["precision"] == precision)), None)


def values(row, *keys):
    result = row["rounds"]
    for key in keys:
        result = [entry[key] for entry in result]
    return result


def spread(numbers, form="{:.2f}"):
    return f"{form} ({form}–{form})".format(statistics.median(numbers), min(numbers), max(numbers))


def ratios(theirs, ours):
    return [their / our for their, our in zip(theirs, ours)]


def updates(results):
    parts = ["""## SAC update

Batch 256, two hidden layers of 256, 17 observations, 6 actions; twin critics, automatic temperature, Adam, averaged target
critics; each minibatch is drawn from 100,000 transitions in memory. `sinew bench update`, and `Benchmarks/peers`."""]
    for threads in sorted({row["threads"] for row in results["updates"]}):
        rows = [row for row in results["updates"] if row["threads"] == threads]
        bases = [values(find(rows, "sinew", threads, precision), "ms_per_update") for precision in ("f32", "bf16")]
        lines = []
        for row in rows:
            own = values(row, "ms_per_update")
            name = f"**Sinew, {row['precision']}**" if row["side"] == "sinew" else row["side"]
            lines.append([name, spread(own)] + [spread(ratios(own, base)) for base in bases])
        count = f"{threads} thread" + ("s" if threads > 1 else "")
        parts.append(table([f"{count}", "ms an update", "÷ Sinew f32", "÷ Sinew bf16"], lines))
    lines = []
    for row in results["updates"]:
        if row["side"] != "sinew":
            continue
        lines.append([
            f"{row['precision']}, {row['threads']}", spread(values(row, "ms_per_update")), spread(values(row, "gemm_ms")),
            spread(ratios(values(row, "ms_per_update"), values(row, "gemm_ms"))), spread(values(row, "sampling_ms"), "{:.3f}"),
            f"{max(values(row, 'allocations_per_update')):g}",
            spread(values(row, "peak_gflop_per_second"), "{:.0f}"),
            spread([100 * share for share in values(row, "share_of_peak")], "{:.0f}")])
    parts.append("Of Sinew's update (the matrix products alone are timed right after each update, on its own memory; the minibatch is "
                 "part of the update. They, and the share of the peak, count in full the products through the two critics of which the update "
                 "multiplies only the rows that the lesser critic has, 6 % of the whole):")
    parts.append(table(
        ["precision, threads", "update, ms", "products alone, ms", "update ÷ products", "minibatch, ms",
         "heap allocations (most)", "peak, GFLOP/s", "share of peak, %"], lines))
    return "\n\n".join(parts)


def latencies(results):
    parts = ["""## Latency

Policies of fresh learners as an evaluation has them act: one deterministic action of sac's 2×256 policy; and one chunk of 16×2
actions of diffusion-policy's and of flow-policy's, by ten steps of a network of three residual blocks of 256. Microseconds.
`sinew bench latency`."""]
    lines = []
    for key, title in (("action", "one action"), ("diffusion", "a diffusion policy's chunk"), ("flow", "a flow policy's chunk")):
        measured = [row for row in results["latencies"] if key in row["rounds"][0]]
        if not measured:
            lines.append([title] + [""] * 4)
        for row in measured:
            ours = values(find(results["latencies"], "sinew", row["threads"]), key, "p50_us")
            median = values(row, key, "p50_us")
            lines.append([
                f"{title}, " + ("**Sinew**" if row["side"] == "sinew" else row["side"]), str(row["threads"]),
                spread(median, "{:.1f}"), spread(values(row, key, "p99_us"), "{:.1f}"), spread(ratios(median, ours), "{:.1f}")])
    parts.append(table(["", "threads", "median", "99th percentile", "median ÷ Sinew's"], lines))
    return "\n\n".join(parts)


def targets(results):
    threads = max(row["threads"] for row in results["updates"])
    def ms(side, precision="f32"):
        return values(find(results["updates"], side, threads, precision), "ms_per_update")

    ours, bf16 = find(results["updates"], "sinew", threads, "f32"), find(results["updates"], "sinew", threads, "bf16")
    latency = find(results["latencies"], "sinew", 1)
    action = statistics.median(values(latency, "action", "p50_us")), statistics.median(values(latency, "action", "p99_us"))
    def chunk(key):
        theirs = [row for row in results["latencies"] if row["side"] != "sinew" and row["threads"] == 1 and key in row["rounds"][0]]
        if not theirs:
            return None
        return statistics.median(ratios(values(theirs[0], key, "p50_us"), values(latency, key, "p50_us")))

    allocations = max(max(values(row, "allocations_per_update")) for row in (ours, bf16))
    set_name = ours["rounds"][0]["instruction_set"]
    sb3, scan = ms("Stable-Baselines3"), ms("JAX, one jitted scan")
    against = [statistics.median(ratios(sb3, ms("sinew"))), statistics.median(ratios(scan, ms("sinew"))),
               statistics.median(ratios(ms("sinew"), values(ours, "gemm_ms"))),
               statistics.median(ratios(sb3, ms("sinew", "bf16")))]
    rows = [
        ("float32 update against Stable-Baselines3", "at least 4 times faster", f"{against[0]:.2f}", against[0] >= 4),
        ("float32 update against the jitted JAX scan", "at least 1.5 times faster", f"{against[1]:.2f}", against[1] >= 1.5),
        ("float32 update against its own products alone", "at most 1.25", f"{against[2]:.2f}", against[2] <= 1.25),
        ("bf16 update against Stable-Baselines3, on AMX", "at least 8 times faster",
         f"{against[3]:.2f}" + ("" if set_name == "amx" else f", on {set_name}: this processor has no AMX"),
         against[3] >= 8 if set_name == "amx" or against[3] >= 8 else None),
        ("heap allocations an update", "0", f"{allocations:g}", allocations == 0),
        ("one action, median", "at most 15 µs", f"{action[0]:.1f} µs", action[0] <= 15),
        ("one action, 99th percentile", "at most 40 µs", f"{action[1]:.1f} µs", action[1] <= 40),
    ]
    for key in ("diffusion", "flow"):
        ratio = chunk(key)
        rows.append((
            f"a {key} policy's chunk against eager PyTorch", "at least 4 times faster",
            "" if ratio is None else f"{ratio:.2f}", "" if ratio is None else ratio >= 4))
    verdict = {True: "reached", False: "**missed**", None: "cannot be shown here", "": ""}
    return (
        f"## What was aimed at\n\nUpdates on {threads} threads, single answers on 1.\n\n"
        + table(["", "aim", "measured", ""], [[a, b, c, verdict[d]] for a, b, c, d in rows]))


def sweep(results):
    points = results["sweep"]
    batches = sorted({point["batch_size"] for point in points})
    parts = [f"""## Cost over batch size and width

`sinew bench update --batch-size B --hidden W,W`, {points[0]['threads']} threads: updates a second, and the share of the measured multiply-add peak.

![Updates a second over batch size and width](sweep.svg)"""]
    lines = []
    for precision in ("f32", "bf16"):
        for width in sorted({point["hidden_sizes"][0] for point in points}):
            cells = []
            for batch in batches:
                point = next(
                    p for p in points
                    if (p["precision"], p["hidden_sizes"][0], p["batch_size"]) == (precision, width, batch))
                rate = point["updates_per_second"]
                digits = 0 if rate >= 100 else 1 if rate >= 10 else 2
                cells.append(f"{rate:.{digits}f}, {100 * point['share_of_peak']:.0f} %")
            lines.append([f"{precision}, 2×{width}"] + cells)
    parts.append(table([""] + [f"batch {batch}" for batch in batches], lines))
    return "\n\n".join(parts)


def where(results):
    """One thread's events by operation."""
    events = results["trace"]
    total = max(event["ts"] + event["dur"] for event in events)
    by_name = {}
    for event in events:
        entry = by_name.setdefault(event["name"], [0, 0.0])
        entry[0] += 1
        entry[1] += event["dur"]
    ranked = sorted(by_name.items(), key=lambda item: -item[1][1])
    rows = [[name, str(count), f"{time:.1f}", f"{100 * time / total:.1f} %"] for name, (count, time) in ranked[:14]]
    rest = ranked[14:]
    if rest:
        time = sum(item[1][1] for item in rest)
        rows.append([f"{len(rest)} others", str(sum(item[1][0] for item in rest)), f"{time:.1f}", f"{100 * time / total:.1f} %"])
    idle = total - sum(item[1][1] for item in ranked)
    rows.append(["between instructions", "", f"{idle:.1f}", f"{100 * idle / total:.1f} %"])
    return (
        "## Where an update's time goes\n\nOne update, float32, one thread: `SINEW_TRACE=trace.json sinew bench update --threads 1`, without "
        f"the minibatch; {total:.0f} µs.\n\n" + table(["operation", "instructions", "µs", "share"], rows))


if __name__ == "__main__":
    here = pathlib.Path(__file__).resolve().parent
    source = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "results.json"
    (source.parent / "RESULTS.md").write_text(text(json.loads(source.read_text())))
