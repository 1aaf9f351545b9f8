"""Fixed wording of the story: how to read each picture, when not to trust it, and what is seen where it is not."""

from __future__ import annotations

OTHER_ITEMS = (
    "These two runs did not label the same items, so a difference between them may be due to that alone. Compare runs "
    "of one corpus with the same number of items."
)
READ = {
    "people": (
        "Each row is a person, each column an item, each shade a label; items run from those that most people give "
        "the first label to those that most give the last. A column of one shade is agreement, a ragged one is "
        "disagreement; empty cells were not asked. When not to trust it: large corpora show items evenly spread over "
        "that order, and the people with the most labels."
    ),
    "personas": (
        "Above the people, below the personas, each column the same item. Where all rows of personas show the same "
        "shade in a column, whoever is asked says the same: one voice. A persona's shade is the label it is expected "
        "to give at this temperature: its noise is a middle shade, not a ragged row. When not to trust it: people "
        "were asked once, so their rows hold noise too; only the numbers above count noise on both sides."
    ),
    "temperature": (
        "The line is the agreement among personas, from always the likeliest label (0) to hot; the grey band is the "
        "people's. Above the band the personas agree more than people do. A line that falls to the band through heat "
        "has gained noise, not the people's points of view: the next step tells them apart. When not to trust it: "
        "with few items or one prevalent label the band is wide."
    ),
    "noise": (
        "The height is how far two personas differ (with unordered labels: how often). The lower area is noise: one "
        "persona, asked twice, contradicts itself that much. Only the upper area sets personas apart. When not to "
        "trust it: a sampled run needs two repeats or more, and with few the two are told apart badly."
    ),
    "groups": (
        "On some items a group of people sees things differently from the other groups; the mark says how much of "
        "that difference the group's personas show. At 1 they differ as the people do, at 0 the group has no voice of "
        "its own, above 1 it is a caricature. When not to trust it: few people in a group make the interval wide, and "
        "a group that does not differ beyond chance has no mark, which says nothing against its personas."
    ),
    "persons": (
        "Right of the line a persona is more like the person it plays: than like others, than nobody is, and than is "
        "expected of both. When not to trust it: with few items the bars are wide, and of many personas some lie off "
        "the line by chance."
    ),
    "everybody": (
        "Dark columns are people whom every persona is like; where all rows look the same, no persona is like anybody "
        "in particular. When not to trust it: hatched cells are no more alike than shuffled personas are."
    ),
}
"""How to read the picture of each step."""
SEEN = {
    "people": "Grid of labels: a row a person, a column an item, shaded by label.",
    "personas": "Two grids of labels over the same items, people above personas: a row a rater, a column an item.",
    "temperature": "Line of Krippendorff's alpha among personas against temperature, beside the people's band.",
    "noise": "Two stacked areas against temperature: noise, a persona against itself, and signal, between personas.",
    "groups": "Marks with intervals: for each group the share of its difference that its personas carry.",
    "persons": "Marks with intervals: how much more alike each persona is to its own person than to others.",
    "everybody": "Heatmap: a row a persona, a column a person, shaded by Cohen's kappa.",
}
"""What the picture of each step shows, for readers who do not see it; the numbers stand in the table below it."""
BEHIND = {
    "people": "Items on which people split most",
    "personas": "Items on which people split and personas agree",
    "temperature": "Items on which heat parts the personas most",
    "noise": "Items on which the personas' likeliest labels part most",
    "groups": "Items on which the least represented group is missed most",
    "persons": "Items on which people split and personas agree",
    "everybody": "Items on which people split and personas agree",
}
"""Which items are behind each step."""
