# Ember: set-up, build, tests and runs. `make` alone lists what there is.

PYTHON ?= python3
PREFIX ?= /usr/local
CONFIG ?= examples/ember.yaml

SETUP := $(PYTHON) scripts/setup.py
SWIFT_SOURCES := Package.swift Sources Tests Benchmarks Fuzz/Package.swift Fuzz/Sources
BUILD_RELEASE := swift build -c release

# The set-up alone knows where the cache folder is; asked only by the targets that need it.
VENV_PYTHON = $(shell $(PYTHON) scripts/cache_folder.py)/python/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup setup-test build build-debug run test test-swift test-python lint tidy format additions screenshot bench bench-pairs bench-planner bench-router bench-conversations bench-scrape bench-states bench-store bench-live bench-overload clients demo accuracy study soak sanitize-address sanitize-thread mutants fuzz install clean

help: ## List the targets (default)
	@echo "Ember. Times are of a machine with 2 cores; the first one, then each later one."
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Engine, models, Python environment            (7 min, then 1 s)
	@$(SETUP) all

build: ## Release build of ember and ember-guard         (5 min, then 5 s)
	$(BUILD_RELEASE) --product ember
	$(BUILD_RELEASE) --product ember-guard

run: setup build ## Set up, build, and serve examples/ember.yaml   (15 min, then 30 s)
	@echo "Starting ember with $(CONFIG); Ctrl-C stops it and its engines."
	@exec "$$($(BUILD_RELEASE) --show-bin-path)/ember" serve --config "$(CONFIG)"

# Each part is a step of its own, so that the first that fails stops the rest.
test: ## Lint, set up, tidy, the Swift and the Python tests     (45 min; 37 with engine and models at hand)
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory setup-test
	@$(MAKE) --no-print-directory tidy
	@$(MAKE) --no-print-directory test-swift
	@$(MAKE) --no-print-directory test-python

setup-test:
	@$(SETUP) all test-system test-python

build-debug:
	swift build --build-tests

# Swift Testing runs the tests of one call side by side. Those that wait for processes and deadlines are kept apart from
# those that take all cores (laws, simulations) or the whole disk (store), and only a few of them run at once: with all
# of them begun together, each takes half a minute of a busy machine.
LIVE_TESTS := EmberServerTests|EmberEngineTests|EmberHardwareTests|EmberNetworkTests|EmberPullTests

test-swift: build-debug
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8 swift test --skip-build --filter '$(LIVE_TESTS)'
	swift test --skip-build --filter EmberStoreTests
	swift test --skip-build --skip '$(LIVE_TESTS)|EmberStoreTests'

test-python:
	EMBER_BINARY="$$(swift build --show-bin-path)/ember" \
	    "$(VENV_PYTHON)" -m pytest -q -p no:cacheprovider --durations 10 Tests/Setup Tests/Simulation Tests/EndToEnd

lint: ## Check the style of the Swift sources              (10 s)
	swift format lint --strict --recursive $(SWIFT_SOURCES)

tidy: ## Check the project as text: imports, sizes, words, links (10 s after setup)
	"$(VENV_PYTHON)" -m pytest -q -p no:cacheprovider Tests/Tidy

format: ## Put the Swift sources and long lines of prose into that style (10 s)
	@$(PYTHON) scripts/reflow.py Sources Tests docs ./*.md
	swift format --in-place --recursive $(SWIFT_SOURCES)

demo: setup build ## A day in two minutes: models, a cloud with faults, bursts (3 min)
	@$(PYTHON) scripts/demo/demo.py --binary "$$($(BUILD_RELEASE) --show-bin-path)/ember"

bench: setup build ## What Ember adds to a request, measured here    (26 min, then 11 min)
	scripts/bench/run.sh

ROUNDS ?= 20
bench-pairs: setup build ## What this build adds to a request, to BEFORE=COMMIT (CASES=slots,plain for some) (31 min, then 25)
	@$(PYTHON) scripts/bench/pairs.py $(if $(BEFORE),--before "$(BEFORE)") --rounds "$(ROUNDS)" $(if $(CASES),--cases "$(CASES)")

bench-scrape: setup build ## A scrape of GET /metrics with 100 models                (1 min)
	@$(PYTHON) scripts/bench/scrape.py --binaries "$$($(BUILD_RELEASE) --show-bin-path)"

bench-router: setup build ## A prefix over evictions, beside llama.cpp's router     (3 min)
	@$(PYTHON) scripts/bench/router.py --binary "$$($(BUILD_RELEASE) --show-bin-path)/ember"

bench-conversations: setup build ## Follow-ups after swaps, restarts and kills, beside others (25 min)
	scripts/bench/report.sh conversations "Conversations that come back" $@ $(PYTHON) scripts/bench/conversations.py \
	    --binary "$$($(BUILD_RELEASE) --show-bin-path)/ember"

bench-live: setup build ## The same requests to Ember, Ember with LRU, llama.cpp's router (50 min)
	@$(PYTHON) scripts/bench/live.py --binary "$$($(BUILD_RELEASE) --show-bin-path)/ember"
	@$(PYTHON) scripts/bench/live.py --binary "$$($(BUILD_RELEASE) --show-bin-path)/ember" --turns 4

bench-overload: setup build ## 0.5 to 5 times what Ember can answer; deadlines, fairness, a cloud (7 min)
	@$(PYTHON) scripts/bench/overload.py --binary "$$($(BUILD_RELEASE) --show-bin-path)/ember"

clients: setup build ## Nine clients with Ember and with llama-server; writes docs/clients.md (7 min, then 4)
	@$(PYTHON) scripts/clients/clients.py --binary "$$($(BUILD_RELEASE) --show-bin-path)/ember"

bench-planner: ## Requests a second of the planner alone, and how that grows (1 min)
	$(BUILD_RELEASE) --product planner-bench
	scripts/bench/report.sh planner "The planner alone" $@ "$$($(BUILD_RELEASE) --show-bin-path)/planner-bench" --json Benchmarks/results/planner.json

bench-states: ## Saved KV states: found, and read at a start, at 100 to 10,000 (1 min)
	$(BUILD_RELEASE) --product states-bench
	scripts/bench/report.sh states "Saved KV states" $@ "$$($(BUILD_RELEASE) --show-bin-path)/states-bench"

bench-store: ## The context store at 1,000 to 1,000,000 demonstrations (4 min)
	$(BUILD_RELEASE) --product store-bench
	scripts/bench/report.sh store "The context store" $@ "$$($(BUILD_RELEASE) --show-bin-path)/store-bench"

accuracy: setup build ## Accuracy on real tweets by number of demonstrations (25 min)
	@$(SETUP) accuracy
	@"$(VENV_PYTHON)" scripts/accuracy/accuracy.py --binary "$$($(BUILD_RELEASE) --show-bin-path)/ember"

study: setup build ## Studies of the policies; TRACES=FOLDER adds real traces  (3 min)
	@$(PYTHON) scripts/study/study.py --binary "$$($(BUILD_RELEASE) --show-bin-path)/ember" $(if $(TRACES),--traces "$(TRACES)")

soak: setup-test build-debug ## Laws and faults with large counts; writes Benchmarks/results/soak.md (40 min)
	scripts/soak.sh

sanitize-address: ## The Swift tests under the address sanitizer; FILTER=TestTarget
	scripts/sanitize.sh address $(FILTER)

sanitize-thread: ## The Swift tests under the thread sanitizer; FILTER=TestTarget
	scripts/sanitize.sh thread $(FILTER)

additions: setup-test ## What an addition takes: each patch of Tests/Additions, built and tested (12 min, then 5)
	@"$(VENV_PYTHON)" scripts/additions/additions.py $(NAMES)

screenshot: setup-test build ## The picture of the page in the README, from a real run  (1 min after setup)
	@"$(VENV_PYTHON)" scripts/screenshot.py --binary "$$($(BUILD_RELEASE) --show-bin-path)/ember"

SEED ?= 17
COUNT ?= 200
mutants: ## Faults planted in the sources: which of them no test finds (SEED=17 COUNT=200, 40 min)
	@$(PYTHON) scripts/mutants/mutants.py --seed "$(SEED)" --count "$(COUNT)" $(if $(MODULES),--modules "$(MODULES)")

SECONDS ?= 60
fuzz: ## Every fuzz target for SECONDS=60 (TARGETS=json,body for some)  (25 min, then 8)
	@$(PYTHON) scripts/fuzz/fuzz.py --seconds "$(SECONDS)" $(if $(TARGETS),--targets "$(TARGETS)")

install: build ## Copy ember and ember-guard to PREFIX/bin       (PREFIX=/usr/local)
	install -d "$(DESTDIR)$(PREFIX)/bin"
	bin="$$($(BUILD_RELEASE) --show-bin-path)" && \
	    install -m 755 "$$bin/ember" "$$bin/ember-guard" "$(DESTDIR)$(PREFIX)/bin/"

clean: ## Remove what was built here; the cache folder is kept
	swift package clean
