#!/usr/bin/env bash
# The Swift tests under a sanitizer of the compiler, in a build folder of its own: sanitize.sh address|thread [FILTER]
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:-}
filter=${2:-.}
case $kind in
    address)
        # Not leaks: what lives as long as the program (clients, tables of types) is given back by its end, and not before.
        export ASAN_OPTIONS="detect_leaks=0:abort_on_error=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
        ;;
    thread)
        # What is in that file has its reason there.
        export TSAN_OPTIONS="suppressions=$PWD/scripts/sanitize/thread.txt${TSAN_OPTIONS:+:$TSAN_OPTIONS}"
        ;;
    *)
        echo "usage: $0 address|thread [FILTER]" >&2
        exit 2
        ;;
esac

settings=(--sanitize="$kind" --scratch-path ".build-$kind")
swift build --build-tests "${settings[@]}"
preloaded=()
if [[ $kind == thread && $(uname) == Linux ]]; then
    clang -shared -fPIC -O2 -o ".build-$kind/mutex.so" scripts/sanitize/mutex.c
    # For the tests alone: the sanitizer's runtime is theirs.
    preloaded=(env "LD_PRELOAD=$PWD/.build-$kind/mutex.so")
fi
# One target after the other: those that wait for processes and deadlines are slow enough under a sanitizer.
targets=(
    EmberConfigTests EmberContextTests EmberCoreTests EmberEngineTests EmberHardwareTests EmberModelsTests EmberNetworkTests
    EmberPullTests EmberServerTests EmberSimTests EmberStoreTests EmberSystemTests
)
for target in "${targets[@]}"; do
    [[ $filter == . || $filter == "$target"* ]] || continue
    [[ $filter == . ]] && selected=$target || selected=$filter
    echo "== $kind: $selected"
    "${preloaded[@]}" swift test --skip-build "${settings[@]}" --no-parallel --filter "$selected"
done
