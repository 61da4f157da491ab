#!/usr/bin/env bash
# Make the docs' pictures anew: the browser tests that look at every page, and capture live, do.
set -eu
cd "$(dirname "$0")/.."
POSTURE_SCREENSHOTS=docs/images .venv/bin/pytest -q tests/browser -k "(axe and light) or four_views"
