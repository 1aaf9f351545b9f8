"""Experiments with annotator models: people against personas, conditions of a run, encodings of personas, and more.

Each is one call that asks a Trainer, so that finished trainings are kept and shared; the modules are imported by name.
"""
