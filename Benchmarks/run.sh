#!/usr/bin/env bash
# Compares Sinew with its peers in one run and writes RESULTS.md, results.json and sweep.svg beside this file; with
# `environments` first, steps of environments instead: ENVIRONMENTS.md and environments.json; with `encoder` first,
# training an encoder of pictures: ENCODER.md.
# Installs the peers from PyPI into Benchmarks/.venv (about 6 GB: PyTorch's PyPI wheels bring CUDA). Takes about half an
# hour on two idle cores; options go to compare.py, such as --quick or --rounds 5.
set -euo pipefail
cd "$(dirname "$0")"

swift build --package-path .. -c release --product sinew
if ! cmp -s requirements.txt .venv/installed.txt; then
  python3 -m venv .venv
  .venv/bin/pip install --quiet --requirement requirements.txt
  cp requirements.txt .venv/installed.txt
fi
script=compare.py
if [ "${1:-}" = environments ] || [ "${1:-}" = encoder ]; then
  script=$1.py
  shift
fi
exec .venv/bin/python "$script" "$@"
