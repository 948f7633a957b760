-- Who is erased leaves no row that names them.
GRANT DELETE ON persons TO maillage_worker;
