"""The command line: each command imports what is heavy only when it runs."""
