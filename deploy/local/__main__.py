"""``python -m deploy.local``: what the `maillage` script runs once the environment is there."""

from deploy.local.cli import main

if __name__ == "__main__":
    main()
