"""Values as people and programs see them: words, pictures and JSON."""
