"""The front door: opens the command line."""


def run() -> None:
    """Run the command line and leave with its exit code."""
    from compliance.cli.app import main

    main()


if __name__ == "__main__":
    run()
