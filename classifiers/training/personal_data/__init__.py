"""What finding personal data is worth: `python -m classifiers.training.personal_data --data PATH`."""
