"""`python -m clipsync`: the same as the command `clipsync`."""

from clipsync.cli import main

if __name__ == "__main__":
    main()
