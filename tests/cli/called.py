"""The command line, called in this process."""

from lockin_sim import cli


def lockin(capsys, *arguments):
    """Exit status, output and errors."""
    status = cli.main(list(arguments))
    captured = capsys.readouterr()
    return status, captured.out, captured.err
