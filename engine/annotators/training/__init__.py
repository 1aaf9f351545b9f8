"""Training: settings, splits, the one loop, and the trainer that keeps what finished trainings said."""
