"""Training a convolutional encoder of pictures beside PyTorch's, in turns: writes ENCODER.md beside itself.

Benchmarks/run.sh encoder, or python3 Benchmarks/encoder.py with torch from PyPI where .build/release/sinew is built.

Both sides do the same update: bytes to 0…1, four convolutions of 32 channels with ReLU, linear to 50, layer norm, tanh,
mean squared error, gradients of all parameters, Adam. One thread each, by processor time, which other work on the
machine disturbs less than wall time. PyTorch is shown with a pixel's channels apart and side by side (channels last).
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
SINEW = HERE.parent / ".build" / "release" / "sinew"
CHANNELS, FEATURES, LEARNING_RATE = 32, 50, 1e-3


def sinew(size, batch, precision, seconds):
    """Seconds of processor time an update, and what else the command says."""
    command = [
        SINEW, "bench", "encoder", "--size", size, "--batch-size", batch, "--precision", precision, "--threads", 1,
        "--seconds", seconds, "--json"]
    run = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(run.stdout)


def peer(size, batch, precision, layout):
    """A function that does one update in PyTorch."""
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(0)
    form = torch.channels_last if layout == "channels last" else torch.contiguous_format
    convolutions = []
    channels, length = 3, size
    for stride in (2, 1, 1, 1):
        convolutions += [nn.Conv2d(channels, CHANNELS, 3, stride), nn.ReLU()]
        channels, length = CHANNELS, (length - 3) // stride + 1
    network = nn.Sequential(
        *convolutions, nn.Flatten(), nn.Linear(CHANNELS * length**2, FEATURES), nn.LayerNorm(FEATURES), nn.Tanh()
    ).to(memory_format=form)
    optimiser = torch.optim.Adam(network.parameters(), LEARNING_RATE, fused=True)
    pictures = torch.randint(0, 256, (batch, 3, size, size)).float().contiguous(memory_format=form)
    target = torch.rand(batch, FEATURES) * 2 - 1

    def update():
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            features = network(pictures / 255)
        loss = nn.functional.mse_loss(features.float(), target)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()

    return update


def processor_seconds(update, seconds):
    durations = []
    end = time.perf_counter() + seconds
    while len(durations) < 3 or time.perf_counter() < end:
        start = time.process_time()
        update()
        durations.append(time.process_time() - start)
    return statistics.median(durations)


def spread(values, form="{:.1f}"):
    return f"{form} ({form}–{form})".format(statistics.median(values), min(values), max(values))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2)
    options = parser.parse_args()
    import torch

    rows, facts = [], {}
    for size in (84, 48):
        sides = [(precision, layout) for precision in ("f32", "bf16") for layout in ("channels first", "channels last")]
        updates = {side: peer(size, 128, *side) for side in sides}
        for update in updates.values():
            update()
        ours, theirs = {"f32": [], "bf16": []}, {side: [] for side in sides}
        for turn in range(options.rounds):
            for precision in ours:
                facts = sinew(size, 128, precision, options.seconds)
                ours[precision].append(facts["cpu_ms_per_update"])
            for side in sides:
                theirs[side].append(1e3 * processor_seconds(updates[side], options.seconds))
            print(f"{size}×{size}: round {turn + 1} of {options.rounds}, load {os.getloadavg()[0]:.2f}", flush=True)
        for precision in ours:
            for layout in ("channels first", "channels last"):
                peers = theirs[precision, layout]
                ratios = [their / our for their, our in zip(peers, ours[precision])]
                rows.append(
                    f"| {size}×{size}×3, {precision} | {spread(ours[precision])} | {layout} | {spread(peers)} | "
                    f"{spread(ratios, '{:.2f}')} |")
    text = f"""# Training an encoder of pictures

Written by `Benchmarks/run.sh encoder`, which measures both sides in one run, in turns; nothing here is typed by hand.

- {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC, {facts['processor']}, kernels for {facts['instruction_set']}, {platform.platform()}
- PyTorch {torch.__version__}, eager, fused Adam; bf16 is its autocast. Load average {os.getloadavg()[0]:.2f} when it ended.
- {options.rounds} rounds. Milliseconds of processor time of an update of 128 pictures on one thread: medians over the rounds, with the least
  and the greatest behind them; a ratio is the median of the ratios within each round, above 1 where Sinew is faster.
- Four 3×3 convolutions of 32 channels (the first with stride 2), linear to 50, layer norm, tanh; loss, gradients, Adam.

| pictures | Sinew, ms | PyTorch's layout | PyTorch, ms | PyTorch ÷ Sinew |
|---|---:|---|---:|---:|
""" + "\n".join(rows) + "\n"
    (HERE / "ENCODER.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
