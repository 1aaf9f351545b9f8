#!/usr/bin/env bash
# Make sure that a Chromium for the browser tests is there; POLYVOCAL_CHROMIUM names another one.
set -euo pipefail
if [ -n "${POLYVOCAL_CHROMIUM:-}" ] || command -v chromium >/dev/null; then
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "chromium.sh: no chromium found and no apt-get to install it. Install Chromium, or set POLYVOCAL_CHROMIUM to its path." >&2
  exit 2
fi
sudo=$([ "$(id -u)" = 0 ] || echo sudo)
$sudo apt-get update -qq
$sudo apt-get install -y -qq chromium >/dev/null
