"""The demo models' architecture and files: a small Llama that transformers and vLLM load from a folder as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.demo.tokenizer import CONTEXT

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

VOICES, CHORUS = NAMES = ("demo-voices", "demo-chorus")


def new_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """Return an untrained model of about 1.5 million parameters for this tokenizer.

    Weights start at a standard deviation of .06: at the usual .02 a model this narrow learns much more slowly.
    """
    from transformers import LlamaConfig, LlamaForCausalLM

    end = tokenizer.eos_token_id
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=160,
        intermediate_size=432,
        num_hidden_layers=4,
        num_attention_heads=5,
        num_key_value_heads=5,
        head_dim=32,
        max_position_embeddings=CONTEXT,
        initializer_range=0.06,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=end,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    model.set_attn_implementation("sdpa")
    return model


def register_training_attention() -> str:
    """Register causal attention in float32 with transformers, and return its name.

    Under bf16 autocast torch's CPU attention is slower backwards than in float32, while the matrix products around it
    are 2.5 times faster. No mask is needed: padding stands behind every token that is predicted.
    """
    import torch
    from torch.nn.functional import scaled_dot_product_attention
    from transformers import AttentionInterface
    from transformers.masking_utils import AttentionMaskInterface

    def attend(
        module: torch.nn.Module,  # noqa: ARG001 (transformers passes it)
        query: torch.Tensor,  # (batch, heads, places, width)
        key: torch.Tensor,
        value: torch.Tensor,
        mask: object,  # noqa: ARG001
        scaling: float | None = None,
        **_: object,
    ) -> tuple[torch.Tensor, None]:
        with torch.autocast("cpu", enabled=False):
            out = scaled_dot_product_attention(query.float(), key.float(), value.float(), is_causal=True, scale=scaling)
        return out.transpose(1, 2).contiguous(), None

    AttentionInterface.register("float32_causal", attend)
    AttentionMaskInterface.register("float32_causal", lambda *_, **__: None)
    return "float32_causal"


def save_model(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write model (bf16 safetensors), tokenizer and chat template to `folder`, which needs nothing else to load.

    The weights are rounded to bf16 to be small; config.json asks for float32, in which label probabilities do not
    depend on the order of requests.
    """
    from transformers import GenerationConfig, LlamaForCausalLM

    folder.mkdir(parents=True, exist_ok=True)
    rounded = LlamaForCausalLM(model.config)
    rounded.load_state_dict(model.state_dict())
    rounded.bfloat16()
    rounded.generation_config = GenerationConfig(
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, do_sample=True, temperature=1.0
    )
    rounded.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)  # safetensors makes it private
    tokenizer.save_pretrained(folder)
    _edit(folder / "config.json", {"dtype": "float32"})
    # Names that transformers 4 knows too (an older vLLM has it); the special tokens stand in tokenizer.json as well.
    settings = {"tokenizer_class": "PreTrainedTokenizerFast"}
    _edit(
        folder / "tokenizer_config.json",
        settings,
        without=("backend", "is_local", "local_files_only", "extra_special_tokens"),
    )


def _edit(path: Path, changes: Mapping[str, object], without: tuple[str, ...] = ()) -> None:
    content = json.loads(path.read_text("utf-8"))
    kept = {key: value for key, value in content.items() if key not in without} | dict(changes)
    path.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", "utf-8")
