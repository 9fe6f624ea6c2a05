#!/usr/bin/env bash
# Has MuJoCo step random models, for DifferentialTests to do the same here: run.sh [SEED]. MuJoCo is installed in an
# environment of its own under .build. Without it the comparison is left out, which is an error with REQUIRE_MUJOCO=1.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p .build
environment=.build/differential-python
wanted=Tests/Differential/requirements.txt
models=.build/differential.jsonl
log=.build/differential.log

install() {
  cmp -s "$wanted" "$environment/installed.txt" && return
  rm -rf "$environment"
  python3 -m venv "$environment" &&
    "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$wanted" &&
    cp "$wanted" "$environment/installed.txt"
}

rm -f "$models"
if install >"$log" 2>&1; then
  exec "$environment/bin/python" Tests/Differential/make.py "$models" "${1:-1}"
fi
echo "The comparison with MuJoCo is left out: it needs Python 3 with venv, and MuJoCo from PyPI. See $log:" >&2
tail -n 3 "$log" >&2
[ -z "${REQUIRE_MUJOCO:-}" ]
