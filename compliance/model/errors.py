"""The errors that a person may see: what is wrong, with what, and what to do about it."""


class ComplianceError(Exception):
    """Something could not be done; `message` says what, `hint` what to do."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BadAddress(ComplianceError):
    """A word that names no host."""


class BadPorts(ComplianceError):
    """A list of ports that is none."""


class BadRule(ComplianceError):
    """A rule, framework or profile file is wrong; the message holds one `file:line:col: text` a line."""


class UnknownName(ComplianceError):
    """A scanner, profile, rule, host or schedule of that name does not exist."""


class BadSettings(ComplianceError):
    """The settings file or an environment variable is wrong."""


class StoreFailed(ComplianceError):
    """The database refused."""


class ReportFailed(ComplianceError):
    """A report could not be made or written."""


class BadBundle(ComplianceError):
    """A bundle of advisories that holds none, or a manifest that is none."""


class BadWindow(ComplianceError):
    """Hours of the day that are none."""


class OutsideWindow(ComplianceError):
    """Hosts may not be looked at now."""


class BadSchedule(ComplianceError):
    """A time of the week that is none."""


class CannotStart(ComplianceError):
    """A program that the demo estate needs is missing or does not answer."""
