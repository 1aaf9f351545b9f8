"""A real text encoder that is made in a second: random BERT, its own word pieces, mean pooling."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

TEXTS = (
    "they should go home and stay there",
    "what a lovely morning it is today",
    "nobody asked you about the quarrel with the neighbours",
    "the council voted against the new road again",
)


def write_tiny_encoder(
    folder: Path, texts: Sequence[str] = TEXTS, *, seed: int = 0, hidden: int = 32, max_length: int = 64
) -> Path:
    """Write a SentenceTransformer folder (2 layers, 2 heads) and return it; equal arguments give equal vectors.

    Args:
        folder: made where it is not there.
        texts: that the word pieces are learnt from; all others are read as pieces of these or as unknown.
        seed: of the weights.
        hidden: dimensions of a vector, even.
        max_length: tokens it reads of a text.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    plain = folder / "plain"
    plain.mkdir(parents=True, exist_ok=True)
    vocabulary = word_pieces(texts)
    (plain / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    BertTokenizerFast(vocab=str(plain / "vocab.txt"), model_max_length=max_length).save_pretrained(plain)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=hidden,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * hidden,
        max_position_embeddings=max_length,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        BertModel(config).save_pretrained(plain)
    transformer = Transformer(str(plain), max_seq_length=max_length)
    model = SentenceTransformer(modules=[transformer, Pooling(hidden)], device="cpu")
    model.save(str(folder / "encoder"), create_model_card=False)
    return folder / "encoder"


def word_pieces(texts: Sequence[str]) -> list[str]:
    """Return a vocabulary: control tokens, letters within and at the head of words, and the words of the texts.

    The trainer of `tokenizers` does the same, but in another order at every start.
    """
    words = sorted({word for text in texts for word in text.lower().split()})
    letters = sorted(set("abcdefghijklmnopqrstuvwxyz0123456789.,!?'").union(*words))
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters), *words]
    return list(dict.fromkeys(pieces))
