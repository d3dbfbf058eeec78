"""Control: whether an agent could learn by trying, and whether that beats how things are steered today."""
