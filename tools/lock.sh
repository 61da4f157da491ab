#!/usr/bin/env bash
# Resolve the dependencies of pyproject.toml anew into the two lock files, for every platform and
# Python from 3.11 on, with hashes and without the address of any registry. Needs uv.
set -eu
cd "$(dirname "$0")/.."
options=(--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header)
uv pip compile "${options[@]}" pyproject.toml --group build -o requirements.lock
uv pip compile "${options[@]}" pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock
