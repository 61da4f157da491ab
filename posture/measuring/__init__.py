"""From a pose to measured values, each with its error and how it was obtained."""
