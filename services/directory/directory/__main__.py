"""`python -m directory all`, `python -m directory operator …`, `python -m directory republish`."""

from chassis.command import main
from chassis.settings import Settings
from directory.app import compose
from directory.founding import operator
from directory.republication import republish

if __name__ == "__main__":
    main("directory", Settings, compose, commands={"operator": operator, "republish": republish})
