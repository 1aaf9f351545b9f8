"""The response table: one row an answer, or the reason there is none. Columns, types and what each means.

| column | type | meaning |
|---|---|---|
| key | string | hash of model and revision, rendered prompt, decoding settings, temperature, seed and repeat; unique in a run |
| persona_id, item_id, wording | string | the cell |
| temperature | double | sampled: drawn at it; exact: null, because every temperature follows |
| repeat | int32 | 0, 1, 2, ... |
| status | string | one of STATUSES |
| label | string | sampled: the label read from the text; exact: the arg max; null where there is none |
| text | string | sampled: the raw text; exact: null |
| logprobs | list<double> | exact: natural log of the full-vocabulary probability of each label's token, in task order; else null |
| label_mass | double | exact: probability the label tokens hold together, 0 to 1; small: the model wanted to say something else |
| missing_mass | double | exact: bound of what the backend's cut-off hides from the labels; 0 for a full read-out |
| prompt_tokens, output_tokens | int32 | as the backend counted them |
| seed | int64 | the sampling seed in effect (request's, or the engine's), null where none |
| error | string | failed: kind and message |
| attempt | string | id of the process start that wrote the row |
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
