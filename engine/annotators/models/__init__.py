"""The annotator models: the registry of kinds, networks, what they are given of annotators, fitted models."""
