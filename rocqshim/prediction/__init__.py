"""Prediction: how much memory and time a job will need, from how jobs went before. Pure."""
