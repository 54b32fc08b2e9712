#!/bin/sh
# report.sh NAME TITLE TARGET PROGRAM [ARGUMENT ...]: runs a benchmark and keeps what it says, with machine and date, in
# Benchmarks/results/NAME.md. TARGET is the make target that calls this.
set -eu
cd "$(dirname "$0")/../.."
cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
report=Benchmarks/results/$1.md
title=$2
target=$3
shift 3
trap 'rm -f "$report.new"' EXIT
{
    echo "# $title"
    echo
    echo "$(date -u '+%Y-%m-%d %H:%M UTC'); ${cpu:-$(uname -m)}, $(getconf _NPROCESSORS_ONLN) cores, $(git rev-parse --short HEAD). Made by \`make $target\`."
    echo
    "$@"
} >"$report.new"
mv "$report.new" "$report"
cat "$report"
