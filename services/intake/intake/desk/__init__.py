"""The phone and desk screen: what somebody says is typed as they say it, kept each second, and submitted once."""
