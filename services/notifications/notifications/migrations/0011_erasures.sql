-- Who is erased leaves no row here but an id.
GRANT DELETE ON people, message_consents, stopped_addresses TO maillage_worker;

-- Whatever asks for a message to somebody erased, and whenever it is heard: it never leaves.
CREATE FUNCTION notifications_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM erased_people WHERE person_id = NEW.recipient_id) THEN
        NEW.state := 'suppressed';
        NEW.reason := 'erased';
        NEW.settled_at := NEW.event_time;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER erased BEFORE INSERT ON deliveries FOR EACH ROW EXECUTE FUNCTION notifications_erased();
