#!/usr/bin/env bash
# The tests that random events and time make stronger, with large counts; writes Benchmarks/results/soak.md.
set -euo pipefail
cd "$(dirname "$0")/.."

export EMBER_TEST_SEEDS="${EMBER_TEST_SEEDS:-10}"
export EMBER_TEST_EVENTS="${EMBER_TEST_EVENTS:-1000000}"
export EMBER_TEST_REQUESTS="${EMBER_TEST_REQUESTS:-500}"
export EMBER_TEST_KILLS="${EMBER_TEST_KILLS:-100}"
export EMBER_TEST_LOADS="${EMBER_TEST_LOADS:-5}"
export EMBER_TEST_CONTEXT_KILLS="${EMBER_TEST_CONTEXT_KILLS:-200}"
export EMBER_TEST_CONVERSATION_KILLS="${EMBER_TEST_CONVERSATION_KILLS:-200}"
export EMBER_TEST_RELOADS="${EMBER_TEST_RELOADS:-200}"
export EMBER_TEST_RELOAD_REQUESTS="${EMBER_TEST_RELOAD_REQUESTS:-2000}"
EMBER_BINARY="$(swift build --show-bin-path)/ember"
export EMBER_BINARY
python="$(python3 scripts/cache_folder.py)/python/bin/python"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

core() { swift test --skip-build --filter EmberCoreTests; }
budgets() { swift test --skip-build --filter CloudsLaws; }
live() { "$python" -m pytest -q -p no:cacheprovider Tests/EndToEnd/test_mixed_load.py Tests/EndToEnd/test_faults.py \
    Tests/EndToEnd/test_leaving_engines.py; }
reloads() { "$python" -m pytest -q -p no:cacheprovider Tests/EndToEnd/test_reload.py -k under_load; }
context() { "$python" -m pytest -q -p no:cacheprovider Tests/EndToEnd/test_context.py -k kills; }
conversations() { "$python" -m pytest -q -p no:cacheprovider Tests/EndToEnd/test_saved_conversations.py -k kills; }

began=$SECONDS
core 2>&1 | tee -a "$log"
core_seconds=$((SECONDS - began))
core_result=$(grep -oE 'Test run with .*(passed|failed)' "$log" | tail -n 1)
counted=$(grep -oE '^counted: .*' "$log" | tail -n 1 | sed 's/^counted: //')
began=$SECONDS
budgets 2>&1 | tee -a "$log"
budgets_seconds=$((SECONDS - began))
budgets_result=$(grep -oE 'Test run with .*(passed|failed)' "$log" | tail -n 1)
began=$SECONDS
live 2>&1 | tee -a "$log"
live_seconds=$((SECONDS - began))
live_result=$(grep -E '^[0-9]+ (passed|failed)' "$log" | tail -n 1)
began=$SECONDS
reloads 2>&1 | tee -a "$log"
reload_seconds=$((SECONDS - began))
reload_result=$(grep -E '^[0-9]+ (passed|failed)' "$log" | tail -n 1)
began=$SECONDS
context 2>&1 | tee -a "$log"
context_seconds=$((SECONDS - began))
context_result=$(grep -E '^[0-9]+ (passed|failed)' "$log" | tail -n 1)
began=$SECONDS
conversations 2>&1 | tee -a "$log"
conversation_seconds=$((SECONDS - began))

cat >Benchmarks/results/soak.md <<REPORT
# Soak
$(date -u +%Y-%m-%d), $(uname -sm), $(nproc) cores, $(git rev-parse --short HEAD). Made by \`make soak\`.

| part | counts | result | time |
|---|---|---|---|
| laws and oracle over every policy | $EMBER_TEST_SEEDS times the seeds of \`make test\` | $core_result | $core_seconds s |
| ... among them over counted events | $counted | invariants after every event, each request ends once | |
| money budgets under failing upstreams | $((100000 * EMBER_TEST_SEEDS)) steps | $budgets_result | $budgets_seconds s |
| real engines under mixed load, killed engines | $EMBER_TEST_REQUESTS requests, $EMBER_TEST_KILLS kills, $EMBER_TEST_LOADS loads a way to leave | $live_result | $live_seconds s |
| reloads under load | $EMBER_TEST_RELOADS reloads, $EMBER_TEST_RELOAD_REQUESTS requests | $reload_result | $reload_seconds s |
| Ember killed under load, one store and its saved KV states | $EMBER_TEST_CONTEXT_KILLS kills | $context_result | $context_seconds s |
| Ember killed while conversations are saved and restored | $EMBER_TEST_CONVERSATION_KILLS kills | $(grep -E '^[0-9]+ (passed|failed)' "$log" | tail -n 1) | $conversation_seconds s |
REPORT
cat Benchmarks/results/soak.md
