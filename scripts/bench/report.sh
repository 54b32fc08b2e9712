#!/bin/sh
# report.sh NAME TITLE TARGET PROGRAM: runs a benchmark and keeps what it says, with machine and date, in
# Benchmarks/results/NAME.md. TARGET is the make target that calls this.
set -eu
cd "$(dirname "$0")/../.."
cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
report=Benchmarks/results/$1.md
trap 'rm -f "$report.new"' EXIT
{
    echo "# $2"
    echo
    echo "$(date -u '+%Y-%m-%d %H:%M UTC'); ${cpu:-$(uname -m)}, $(getconf _NPROCESSORS_ONLN) cores, $(git rev-parse --short HEAD). Made by \`make $3\`."
    echo
    "$4"
} >"$report.new"
mv "$report.new" "$report"
cat "$report"
