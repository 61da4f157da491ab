"""Better places for landmarks from evidence in the picture: one module per kind of evidence."""
