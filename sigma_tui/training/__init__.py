"""Trainings as the app starts, follows and explains them."""
