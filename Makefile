# The commands of the README. Everything else is `swift build` and `.build/release/sinew`.
SHELL := /bin/bash -euo pipefail
# The second row draws and films, the third compares with MuJoCo: neither is needed to build.
SYSTEM_PACKAGES := libode-dev libeigen3-dev libhdf5-dev zlib1g-dev pkg-config \
  libegl1 libgl1-mesa-dri ffmpeg \
  python3-venv
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)
SWIFT_FLAGS := -c release --explicit-target-dependency-import-check error
SINEW := .build/release/sinew
FORMATTED := Package.swift Sources Environments Datasets Tests Examples/Package.swift Examples/Sources
# Smaller networks than the default and CleanRL's step size for critics: 300,000 steps in five minutes on two cores.
DEMO := --env hopper --steps 300000 --seed 1 --set hidden_sizes=[128,128] --set critic_learning_rate=1e-3

.PHONY: demo test fuzz differential build benchmark pictures packages examples format lint clean

# Trains a one-legged robot to hop, prints its return, and leaves a page in which it hops.
demo: build
	rm -rf demo-run
	$(SINEW) train sac $(DEMO) --out demo-run
	$(SINEW) evaluate demo-run --episodes 20 --random --replay demo-run/replay.html
	@echo "Watch it hop: file://$(CURDIR)/demo-run/replay.html"
	@if [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ] && command -v xdg-open >/dev/null; then xdg-open demo-run/replay.html; fi

build: packages
	swift build $(SWIFT_FLAGS) --product sinew

# Builds everything and runs every test, the examples' among them; what failed is repeated at the end. That Examples is
# a package by itself is looked at here and built by `make examples`, which builds all of Sinew once more.
test: packages differential
	swift package --package-path Examples show-dependencies >/dev/null
	@mkdir -p .build
	swift test $(SWIFT_FLAGS) 2>&1 | tee .build/test.log || { grep -E '✘|error:' .build/test.log; exit 1; }

# Gives the built command 2,000 mutations each of settings, checkpoints and exported policies, and five seconds for
# each.
fuzz: packages
	SINEW_FUZZ=2000 swift test $(SWIFT_FLAGS) --filter SinewCLITests.FuzzTests

# Has MuJoCo, which it installs from PyPI, step 200 random models for the tests to compare; others with SEED=2. Without
# MuJoCo they are left out, and with REQUIRE_MUJOCO=1 that is an error.
differential: packages
	REQUIRE_MUJOCO=$(REQUIRE_MUJOCO) Tests/Differential/run.sh $(SEED)

# Compares this machine's figures with other libraries', which it installs from PyPI: writes Benchmarks/RESULTS.md.
benchmark: packages
	Benchmarks/run.sh

# Draws the pictures of the robots' pages anew: each page says of which second of an episode its picture is ("after 0.5
# s").
pictures: build
	for page in Environments/Robots/*/README.md; do folder=$${page%/README.md}; \
	  sed -nE 's/^!\[.*\]\((.*\.png) "after ([0-9.]+) s"\)$$/\1 \2/p' $$page | while read -r picture second; do \
	    $(SINEW) env view $${folder##*/} --time $$second --size 384x240 --picture $$folder/$$picture; done; done

# Builds and runs the examples as a user's package would.
examples: packages
	swift run --package-path Examples -c release TrainPendulum 4000
	swift run --package-path Examples -c release EvaluatePolicy hopper-expert

# Installs the system packages that are missing; asks for root only if there are any.
packages:
	@missing=$$(for name in $(SYSTEM_PACKAGES); do dpkg -s $$name >/dev/null 2>&1 || echo $$name; done); \
	if [ -n "$$missing" ]; then \
	  $(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $$missing; \
	fi

format:
	swift format --in-place --recursive $(FORMATTED)

lint:
	swift format lint --strict --recursive $(FORMATTED)

clean:
	rm -rf .build Examples/.build demo-run
