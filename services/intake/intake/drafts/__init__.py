"""Interrupted calls: what an agent has typed so far is kept, resumed by who sits at the same place, and ends."""
