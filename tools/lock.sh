#!/usr/bin/env bash
# Resolve the dependencies of pyproject.toml into the lock files, for every platform and Python
# version from 3.11 on, with hashes and without registry addresses. Needs uv.
set -eu
cd "$(dirname "$0")/.."
options=(--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header)
# The clinic's libraries need the narrowest versions, so they are resolved first; the rest follows.
uv pip compile "${options[@]}" pyproject.toml --group build --extra clinic -o requirements-clinic.lock
uv pip compile "${options[@]}" pyproject.toml --group build -c requirements-clinic.lock -o requirements.lock
uv pip compile "${options[@]}" pyproject.toml --group build --extra clinic --group dev -c requirements-clinic.lock -o requirements-dev.lock
