"""What a log may say of an error that met a comment: where it happened and of which kind, never in which words.

The words of an error may quote the comment, and a comment may hold somebody's address.
"""

import traceback


def without_words(error: BaseException) -> str:
    """The stack of an error and of those it came from, without their messages."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    here = "".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__
    return f"{without_words(cause)}\n\n{here}" if cause else here
