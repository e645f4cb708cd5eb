"""The command line. Commands translate: they open transactions, call the rooms, and print."""

import logging
import os
import sys

import click
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    IntegrityError,
    InternalError,
    NotSupportedError,
    ProgrammingError,
)

from guidelines.schema import GuidelineError
from moderator.cli import audit, channels, classify, demo, evaluate, guidelines, imports, people, presets, service
from moderator.errors import ModeratorError
from moderator.sealing import SealBroken
from moderator.settings import SettingsError

#: errors of statements: a fault in this program, whose traceback somebody needs
_OUR_FAULT = (DataError, IntegrityError, InternalError, NotSupportedError, ProgrammingError)


class _Group(click.Group):
    """Turns the errors that people can mend into one line and exit code 1."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (ModeratorError, SettingsError, SealBroken) as error:
            raise click.ClickException(str(error)) from None
        except GuidelineError as error:  # every mistake of a document, several lines each
            raise click.ClickException(str(error).rstrip()) from None
        except BrokenPipeError:
            # The reader went away (`| head`): nothing is wrong. Python would complain while closing the stream.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        except OSError as error:
            raise click.ClickException(f"{error.filename or 'the system'}: {error.strerror or error}") from None
        except DatabaseError as error:
            if isinstance(error, _OUR_FAULT):
                raise
            what = " ".join(str(error.orig).split())
            raise click.ClickException(f"the database cannot be used, check DATABASE_URL: {what}") from None


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="moderator")
@click.option("-v", "--verbose", is_flag=True, help="Log what happens, to standard error.")
def main(verbose: bool) -> None:
    """Hold comment sections to their own published guidelines."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)


for command in (
    demo.demo,
    service.serve,
    service.worker,
    service.migrate,
    service.doctor,
    imports.import_file,
    classify.classify,
    evaluate.evaluate,
    people.office,
    people.member,
    people.key,
    channels.channel,
    guidelines.guidelines,
    audit.audit,
):
    main.add_command(command)

for command in (presets.presets, presets.show_preset):
    guidelines.guidelines.add_command(command)
