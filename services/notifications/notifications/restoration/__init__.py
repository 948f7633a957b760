"""After this service's database was put back to a backup: nobody gets a message twice.

What was sent between the backup and the loss is forgotten here. The consumer continues from the offsets of the
backup, so the same events come again and plan the same deliveries, under the same ids: without a hold they would
leave a second time. In this order:

1. keep the service stopped; restore the database;
2. `python -m notifications hold --since <instant of the backup>`, a little earlier when clocks may differ;
3. start the service: it catches up, and what those events cause is `held` (reason `restored`);
   so is what the backup itself had not sent yet, since that may have left in the meantime;
4. look at the held messages (page Messages, state « À vérifier »), compare with the mail server's log (a message keeps
   its Message-ID, which begins with its id), then `release` those that never left and `discard` the others; each
   command takes ids, or none for all of them.

Events written after the `hold` command are not concerned: their messages leave at once.
"""
