"""The command line."""


def main() -> None:
    """Runs the command line."""
    from waymark.cli.app import app

    app()
