"""`python -m kg` is the command `kg`, also where that is not on the path."""

from kg.cli import main

if __name__ == "__main__":
    main()
