"""What keeps jobs apart on this machine, as ``fieldstone doctor`` says it."""

import asyncio
from collections.abc import Iterator

from fieldstone.cli.findings import Finding
from fieldstone.engine.ability import measure

_NAMESPACES = (
    "Jobs find their folder by SAGEMAKER_BASE_DIR, not at /opt/ml, and can read what you can read. To allow it, start\n"
    "    a container with --cap-add SYS_ADMIN --security-opt apparmor=unconfined; on a machine of your own:\n"
    "    sudo sysctl -w kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0"
)


def examine_isolation() -> Iterator[Finding]:
    """Try out what the engine tries out before its first job."""
    ability = asyncio.run(measure())
    if not ability.namespaces:
        yield Finding(False, f"jobs have no view of their own ({ability.why})", _NAMESPACES, needed=False)
    else:
        yield Finding(True, "jobs see their folder at /opt/ml, and nothing of the data folder")
        mend = "Run the server as root, in a place where any user may read its Python, to have it."
        yield Finding(ability.users is not None, "each job runs as a user of its own", mend, needed=False)
        mend = "A container has to allow it: start it with --cap-add SYS_ADMIN."
        yield Finding(ability.own_network, "jobs can be kept from the network", mend, needed=False)
        mend = "A container hides parts of /proc: start it with --security-opt systempaths=unconfined."
        yield Finding(ability.own_processes, "jobs see no processes but their own", mend, needed=False)
    held = {"watching": "held to their memory by watching: half a second late"}.get(
        ability.memory, f"held to their memory by {ability.memory}"
    )
    yield Finding(True, f"jobs are {held}")
