"""`python -m nxsl` is the command `nxsl`."""

from nxsl.cli.app import main

if __name__ == "__main__":
    main()
