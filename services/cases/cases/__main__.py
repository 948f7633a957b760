"""`python -m cases all`: see `chassis.command`."""

from cases.app import compose
from chassis.command import main
from chassis.settings import Settings

main("cases", Settings, compose)
