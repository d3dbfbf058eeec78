# pyright: reportMissingImports=false
"""The hosts of a job as one: each learns from its share of the images, and all take the mean of their gradients."""

import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

from fieldstone.algorithms.amazon.peers import find_address

PORT = 9098
"""Where the first host waits for the others."""


class Team:
    """The hosts of a job.

    Attributes:
        rank: The number of this host, from 0.
        size: How many there are.
        leads: Whether this is the one that speaks for all.
    """

    def __init__(self, hosts: Sequence[str], here: str) -> None:
        """Wait until all hosts are there.

        Args:
            hosts: Their names; the first leads.
            here: Which of them this is.

        Raises:
            UserError: The first host has no address.
        """
        self.rank, self.size = hosts.index(here), len(hosts)
        self.leads = self.rank == 0
        if self.size > 1:
            address = f"tcp://{find_address(hosts[0])}:{PORT}"
            distributed.init_process_group("gloo", init_method=address, rank=self.rank, world_size=self.size)

    def wrap(self, network: Any) -> Any:
        """The network whose gradients are the mean over all hosts; all begin with the weights of the first."""
        if self.size == 1:
            return network
        warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")
        return DistributedDataParallel(network)

    def add(self, *numbers: float) -> list[float]:
        """The sums of the hosts' numbers, on each of them."""
        if self.size == 1:
            return list(numbers)
        total = torch.tensor(numbers, dtype=torch.float64)
        distributed.all_reduce(total)
        return total.tolist()

    def least(self, number: int) -> int:
        """The least of the hosts' numbers, on each of them."""
        if self.size == 1:
            return number
        least = torch.tensor(number)
        distributed.all_reduce(least, distributed.ReduceOp.MIN)
        return int(least)

    def share(self, items: Sequence[int], *, dealt: bool) -> Sequence[int]:
        """What this host takes of some items.

        Args:
            items: The same on all hosts, unless they were dealt out.
            dealt: Whether each host has its own already.
        """
        return items if dealt else items[self.rank :: self.size]
