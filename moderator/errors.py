"""The errors that every room raises. `webui.errors` turns each into one kind of answer."""


class ModeratorError(Exception):
    """Something a person can read and mend. The message is for them."""

    code = "error"
    status = 500


class NotFound(ModeratorError):
    """It does not exist, or it belongs to another office: the answer is the same."""

    code = "not_found"
    status = 404


class NotAllowed(ModeratorError):
    """The member's role does not reach this far."""

    code = "not_allowed"
    status = 403


class Conflict(ModeratorError):
    """Somebody else was first; the message says what they did."""

    code = "conflict"
    status = 409


class Invalid(ModeratorError):
    """A value cannot be used; `field` names it."""

    code = "invalid"
    status = 422

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
