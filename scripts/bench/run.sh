#!/bin/sh
# Measures what Ember adds to a request; `run.sh --quick` only shows that everything works. See `run.sh --help`.
set -eu
cd "$(dirname "$0")/../.."
swift build -c release --product bare-pass-through
exec "${PYTHON:-python3}" scripts/bench/overhead.py --binaries "$(swift build -c release --show-bin-path)" "$@"
