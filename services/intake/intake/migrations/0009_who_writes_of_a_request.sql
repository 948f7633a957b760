-- To see a request is not to write of it: whoever holds its tracking secret sees it. What belongs to a request is written
-- by who works on it, or by who makes it at this moment.
CREATE OR REPLACE FUNCTION may_write_of_request(asked uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE known boolean;
BEGIN
    IF EXISTS (
        SELECT FROM requests
        WHERE request_id = asked AND lies_in(territory_id, maillage_territories('reception', 'social_worker', 'manager'))
    ) THEN
        RETURN true;
    END IF;
    PERFORM set_config('maillage.looking', 'on', true);
    SELECT EXISTS (SELECT FROM requests WHERE request_id = asked) INTO known;
    PERFORM set_config('maillage.looking', '', true);
    RETURN NOT known;
END $$;
