"""``python -m posture.cli``: the command ``posture``, also where it is not on the path."""

from posture.cli.main import main

main()
