"""The pose model behind one door: a photo in, one body's landmarks out."""
