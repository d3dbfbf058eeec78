"""The machine's cores."""

import asyncio

from fieldstone.engine.capacity import Cores


def test_who_asks_for_more_than_is_free_waits_in_line() -> None:
    """Three jobs of two cores on a machine of two run one after the other, in their order."""

    async def scenario() -> list[str]:
        cores, story = Cores(2), []

        async def job(name: str) -> None:
            async with cores.lend(2):
                story.append(f"{name} begins")
                await asyncio.sleep(0)
                story.append(f"{name} ends")

        await asyncio.gather(*(job(name) for name in "abc"))
        return story

    assert asyncio.run(scenario()) == ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]


def test_no_job_gets_more_than_the_machine_has() -> None:
    """A wish for more is cut down, not refused."""

    async def scenario() -> int:
        async with Cores(2).lend(64) as count:
            return count

    assert asyncio.run(scenario()) == 2


def test_who_leaves_the_line_holds_nobody_up() -> None:
    """A cancelled wait gives its place, and any cores it was about to get, to the next."""

    async def scenario() -> bool:
        cores = Cores(1)

        async def wait() -> None:
            async with cores.lend(1):
                pass

        async with cores.lend(1):
            leaving, staying = asyncio.create_task(wait()), asyncio.create_task(wait())
            await asyncio.sleep(0)
            leaving.cancel()
            await asyncio.sleep(0)
        await asyncio.wait_for(staying, 1)
        return not cores.would_wait(1)

    assert asyncio.run(scenario())


def test_what_runs_already_does_not_wait() -> None:
    """After a restart of the server, running jobs hold their cores at once, even if they are more than there are."""

    async def scenario() -> bool:
        cores = Cores(1)
        async with cores.lend(1, at_once=True), cores.lend(1, at_once=True):
            return cores.would_wait(1)

    assert asyncio.run(scenario())
