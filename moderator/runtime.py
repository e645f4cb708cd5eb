"""What a running service is made of. Made by `bootstrap`, handed to whoever needs it."""

from dataclasses import dataclass

from moderator.doorbell import Doorbell
from moderator.pipeline.classifier_room import ClassifierRoom
from moderator.sealing import Sealer
from moderator.settings import Settings
from moderator.storage.database import Database


@dataclass(frozen=True, slots=True)
class Runtime:
    """Shared by all threads of a process."""

    settings: Settings
    database: Database
    doorbell: Doorbell
    sealer: Sealer
    classifiers: ClassifierRoom

    def close(self) -> None:
        self.database.dispose()
