-- Who follows their request has no account: the service writes what they send.
GRANT INSERT ON documents TO maillage_worker;
