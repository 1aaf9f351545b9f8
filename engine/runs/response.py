"""The response table: one row an answer, or the reason there is none. Its columns:

key: hash of model and revision, rendered prompt, decoding settings, temperature, seed and repeat; unique in a run
persona_id, item_id, wording: the cell
temperature: sampled: drawn at it, 0 to 2; exact: null, because every temperature follows
repeat: 0, 1, 2, ...
status: one of STATUSES
label: sampled: the label read from the text; exact: the arg max; null where there is none
text: sampled: the raw text; exact: null
logprobs: exact: natural log of the full-vocabulary probability of each label's token, in task order; sampled: null
label_mass: exact: probability the label tokens hold together, 0 to 1; small: the model wanted to say something else
missing_mass: exact: bound of what the backend's cut-off hides from the labels, 0 to 1; 0 for a full read-out
prompt_tokens, output_tokens: as the backend counted them
seed: the sampling seed in effect (the request's, or the engine's); null where none
error: failed: kind and message
attempt: id of the process start that wrote the row
"""

from __future__ import annotations

import pyarrow as pa

STATUSES = ("ok", "refusal", "hedge", "unparsable", "failed")
"""ok: has a label. refusal: declined. hedge: named several labels or would not choose. unparsable: none found.
failed: the request itself got no answer (too long, server error), with the reason in `error`."""

SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("persona_id", pa.string()),
        ("item_id", pa.string()),
        ("wording", pa.string()),
        ("temperature", pa.float64()),
        ("repeat", pa.int32()),
        ("status", pa.string()),
        ("label", pa.string()),
        ("text", pa.string()),
        ("logprobs", pa.list_(pa.float64())),
        ("label_mass", pa.float64()),
        ("missing_mass", pa.float64()),
        ("prompt_tokens", pa.int32()),
        ("output_tokens", pa.int32()),
        ("seed", pa.int64()),
        ("error", pa.string()),
        ("attempt", pa.string()),
    ]
)
