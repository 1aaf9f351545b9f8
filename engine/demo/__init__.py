"""The demo: a synthetic world whose rule is known, its corpus, and the two small models trained on it."""
