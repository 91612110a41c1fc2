"""`python -m harken` is the `harken` command."""

from .cli import main

if __name__ == "__main__":
    main()
