"""`python -m intake all`: see `chassis.command`."""

from chassis.command import main
from intake.app import compose
from intake.communes.command import communes
from intake.settings import IntakeSettings

main("intake", IntakeSettings, compose, commands={"communes": communes})
