"""Measurements leaving the program as files."""
