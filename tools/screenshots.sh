#!/usr/bin/env bash
# Make the docs' pictures anew: the browser test that looks at every page takes them.
set -eu
cd "$(dirname "$0")/.."
POSTURE_SCREENSHOTS=docs/images .venv/bin/pytest -q tests/browser/test_look.py -k "axe and light"
