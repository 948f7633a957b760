"""`python -m directory all`, `… operator …`, `… republish`, `… territories`, `… import …`, `… export …`."""

from chassis.command import main
from chassis.contents import ContentSettings
from directory.app import compose
from directory.founding import operator
from directory.imports.command import export, import_
from directory.republication import republish
from directory.territories.following import territories

if __name__ == "__main__":
    main(
        "directory",
        ContentSettings,
        compose,
        commands={
            "operator": operator,
            "republish": republish,
            "territories": territories,
            "import": import_,
            "export": export,
        },
    )
