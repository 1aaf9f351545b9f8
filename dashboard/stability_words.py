"""Fixed wording of the stability page: how to read each picture, and when not to trust it."""

from __future__ import annotations

READ = {
    "variance": (
        "How to read it. The variance of one answer, split by what it comes from; the share stands beside each name. "
        "Item: texts differ. Persona: personas lean one way on all items. Item and persona together: points of view. "
        "Run: the model contradicts itself. When not to trust it. With few personas or wordings the intervals of their "
        "components are wide; a crossed component cannot be told from another in this run."
    ),
    "signal": (
        "How to read it. Signal: how much further apart two personas are than two answers of one. Noise: how far two "
        "answers of one persona are apart. Controls say the same thing in other words, so their signal is what mere "
        "wording does. Hollow: a permutation test cannot tell these personas from one persona asked twice. When not to "
        "trust it. A clear test with a ratio far below 1 is a difference that single answers will not show; a sampled "
        "run needs two repeats or more."
    ),
    "modes": (
        "How to read it. Resistance: the persona moves the model no further than personas of nobody. Distortion: it "
        "moves answers against its group's people. Instability: it adds more noise than it moves answers. A mode is "
        "named only where the interval over items shows it. When not to trust it. With few control personas another "
        "wording of theirs would often pass for a persona that moves the model; undecided means too few items."
    ),
    "sensitivity": (
        "How to read it. How far two label distributions of one item lie apart beyond noise, where they differ in "
        "wording alone, in persona alone, in temperature alone. A wording that moves labels more than a persona does "
        "makes persona effects hard to trust. When not to trust it. With one wording nothing is known of rewording; "
        "two or three wordings are a small draw of all there could be."
    ),
    "retest": (
        "How to read it. Each persona's answers of the odd repeats are assigned to the persona whose even repeats they "
        "are nearest to. Chance is what one voice under as many names would reach. When not to trust it. It says that "
        "personas differ, not that they are right; with few items the interval is wide."
    ),
    "assignments": (
        "How to read it. Right of the line a persona is nearer to itself than to any other; left of it, it is taken "
        "for another, named at the right. When not to trust it. Margins have no intervals; small ones are ties."
    ),
    "floor": (
        "How to read it. At temperature 0 every difference is the engine's own: the floor of noise. Above 0 repeats "
        "that never differ can be copies. When not to trust it. Where the model is nearly certain, true repeats look "
        "like copies; the sentence says where nothing can tell."
    ),
    "calibration": (
        "How to read it. How far predicted label shares lie from the people's, less is better. The band is the floor: "
        "what the true distribution itself would score against as few people. What reaches into it cannot be told from "
        "perfect. When not to trust it. The best of many personas is partly luck; pooled personas can be calibrated "
        "while each of them is not."
    ),
    "abstention": (
        "How to read it. From right to left the items that the pooled personas are least certain of are left to "
        "people. A falling line: certainty is worth something. The dashed line is the least error that people's own "
        "split allows. When not to trust it. At the left few items are kept and the band is wide; a model that is "
        "always certain has few points."
    ),
}
"""Of each picture."""
