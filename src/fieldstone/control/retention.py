"""Log events that have outlived their group's retention, erased."""

from fieldstone.control.facilities import Facilities
from fieldstone.control.upkeep import Chore
from fieldstone.core.settings import DEFAULT_REGION
from fieldstone.core.threads import in_thread
from fieldstone.services.logs.groups import LOG_GROUP
from fieldstone.services.logs.keeping import expire, expired, note_erased
from fieldstone.services.operation import Caller

_SECONDS = 600.0
_NOBODY = Caller("", DEFAULT_REGION, "")


def retention(facilities: Facilities) -> Chore:
    """The chore: events are hidden first, then written over, so that a kill in between leaves nothing half seen."""
    dispatch = facilities.dispatch

    async def erase() -> None:
        await dispatch.write(_NOBODY, expire)
        erased: dict[str, int] = {}
        for file, start, end in dispatch.store.read(expired):
            await in_thread(dispatch.store.erase_log, file, start, end)
            erased[file] = end
        if erased:
            await dispatch.store.write(lambda store: note_erased(store, erased))

    return Chore("log retention", erase, _SECONDS, (LOG_GROUP,))
