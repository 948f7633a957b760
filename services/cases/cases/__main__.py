"""`python -m cases all`: see `chassis.command`."""

from cases.app import compose
from cases.settings import CasesSettings
from chassis.command import main

main("cases", CasesSettings, compose)
