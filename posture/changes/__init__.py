"""Two assessments of one person in, what changed between them out."""
