"""What a person may ask of a trained model and a sequence."""
