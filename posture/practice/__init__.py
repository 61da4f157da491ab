"""What a practice chooses, as data: its settings, protocols and visit note."""
