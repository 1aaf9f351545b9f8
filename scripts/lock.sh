#!/usr/bin/env bash
# Resolve requirements/*.in into requirements/{cpu,gpu}.lock with uv. Locks name versions only, no index host.
set -euo pipefail
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
"${PYTHON:-python3}" -m venv "$tool"
"$tool/bin/pip" install --quiet --disable-pip-version-check uv
compile() {
  "$tool/bin/uv" pip compile --quiet --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
    --python-version 3.11 "$@"
}
where=()
if [ -n "${PIP_FIND_LINKS:-}" ]; then
  where+=(--find-links "$PIP_FIND_LINKS")
else
  where+=(--extra-index-url https://download.pytorch.org/whl/cpu --index-strategy unsafe-best-match)
fi
common=(requirements/base.in requirements/dev.in)
compile "${where[@]}" --override requirements/overrides.txt "${common[@]}" requirements/cpu.in -o requirements/cpu.lock
compile "${common[@]}" requirements/gpu.in -o requirements/gpu.lock
