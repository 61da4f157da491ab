#!/usr/bin/env bash
# Update the docs' screenshots: the browser tests that visit every page and capture live make them.
set -eu
cd "$(dirname "$0")/.."
POSTURE_SCREENSHOTS=docs/images .venv/bin/pytest -q tests/browser -k "(axe and light) or four_views"
