"""The map: people and personas as points of one space, drawn with what is known of how sure each place is.

Imports nothing heavy: UMAP and scikit-learn are loaded when a map is made.
"""

from engine.annotators.map.annotator_map import (
    CLOUD_COLUMNS,
    NEIGHBOUR_COLUMNS,
    PAIR_COLUMNS,
    POINT_COLUMNS,
    AnnotatorMap,
    Pairing,
    annotator_map,
)
from engine.annotators.map.clusters import Clustering, Labelling
from engine.annotators.map.exchange import Exchange
from engine.annotators.map.positions import SPACES, Space
from engine.annotators.map.projection import FEWEST, Projection
from engine.annotators.map.trust import Trust

__all__ = [
    "CLOUD_COLUMNS",
    "FEWEST",
    "NEIGHBOUR_COLUMNS",
    "PAIR_COLUMNS",
    "POINT_COLUMNS",
    "SPACES",
    "AnnotatorMap",
    "Clustering",
    "Exchange",
    "Labelling",
    "Pairing",
    "Projection",
    "Space",
    "Trust",
    "annotator_map",
]
