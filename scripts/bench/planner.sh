#!/bin/sh
# Runs the planner's benchmark and keeps what it says, with machine and date.
set -eu
cd "$(dirname "$0")/../.."
cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
report=Benchmarks/results/planner.md
{
    echo "# The planner alone"
    echo
    echo "$(date -u '+%Y-%m-%d %H:%M UTC'); ${cpu:-$(uname -m)}, $(getconf _NPROCESSORS_ONLN) cores, $(git rev-parse --short HEAD). Made by \`make bench-planner\`."
    echo
    "$1"
} >"$report.new"
mv "$report.new" "$report"
cat "$report"
