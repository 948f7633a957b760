"""Who is asking: bearer tokens, the session cookie, sign-in, and the gate in front of every route."""

from chassis.web.identity.current import CurrentActor, OptionalActor, current_actor, optional_actor, require

__all__ = ["CurrentActor", "OptionalActor", "current_actor", "optional_actor", "require"]
