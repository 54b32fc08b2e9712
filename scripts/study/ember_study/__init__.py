"""Studies of the policies: every figure of docs/policies.md and docs/reproduction.md, made again by one command."""
