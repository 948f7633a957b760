"""What the person a dossier is about reads of it beside their request, without an account."""
