"""The directory as the Human Services Data Specification has it: a read API at version 3.1, as in Open Referral UK."""
