"""Parts of the dashboard that need a little JavaScript of their own."""
