-- An appointment, loaded and saved whole: `state` is the model's; where it is and what it is about lie sealed in it.
CREATE TABLE appointments (
    appointment_id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases,
    status text NOT NULL,
    starts_at timestamptz NOT NULL,
    state jsonb NOT NULL
);
CREATE INDEX appointments_case ON appointments (case_id, starts_at);

-- When agents are taken, nothing of whom they meet: who asks for another's time must see it, whichever the dossier.
-- Nobody is at two places at once, whoever books at the same moment.
CREATE TABLE engagements (
    appointment_id uuid NOT NULL REFERENCES appointments,
    agent_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    -- Not once the appointment is cancelled or missed: the agent keeps it in their calendar, and has the time back.
    taken boolean NOT NULL,
    PRIMARY KEY (appointment_id, agent_id),
    CONSTRAINT nobody_is_at_two_places EXCLUDE USING gist (agent_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
        WHERE (taken)
);
CREATE INDEX engagements_agenda ON engagements (agent_id, starts_at);

-- The address of an agent's calendar, as a keyed hash only.
CREATE TABLE calendar_links (
    agent_id uuid PRIMARY KEY,
    link_hash bytea NOT NULL UNIQUE,
    made_at timestamptz NOT NULL
);

-- Appointments of the external booking service: what was last told of each, and of which dossier. Without one they are
-- set aside until an agent says which; `facts` are moments and codes, nothing of the person.
CREATE TABLE bookings (
    booking text PRIMARY KEY,
    case_id uuid,
    told_at timestamptz NOT NULL,
    -- Of what was told at that moment: the same told again changes nothing.
    digests bytea[] NOT NULL,
    facts jsonb NOT NULL
);
CREATE INDEX bookings_set_aside ON bookings (told_at) WHERE case_id IS NULL;

-- What somebody needs wherever they are met: interpreter, sign language, help to read, a curator or guardian. Sealed.
ALTER TABLE persons ADD COLUMN needs jsonb;

GRANT SELECT, INSERT, UPDATE ON appointments TO maillage_app, maillage_worker;
GRANT SELECT, INSERT, DELETE ON engagements TO maillage_app, maillage_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON calendar_links TO maillage_app;
GRANT SELECT ON calendar_links TO maillage_worker;
GRANT SELECT, UPDATE ON bookings TO maillage_app;
GRANT SELECT, INSERT, UPDATE ON bookings TO maillage_worker;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['appointments', 'engagements', 'calendar_links', 'bookings']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
END $$;

CREATE POLICY at_work ON appointments TO maillage_app USING (works_on(case_id));
CREATE POLICY agents ON engagements FOR SELECT TO maillage_app USING ((SELECT maillage_kind()) = 'agent');
CREATE POLICY engaged ON engagements FOR INSERT TO maillage_app WITH CHECK (
    EXISTS (SELECT FROM appointments WHERE appointments.appointment_id = engagements.appointment_id)
);
CREATE POLICY freed ON engagements FOR DELETE TO maillage_app USING (
    EXISTS (SELECT FROM appointments WHERE appointments.appointment_id = engagements.appointment_id)
);
CREATE POLICY own ON calendar_links TO maillage_app USING (agent_id = (SELECT maillage_agent()));
-- Whoever may work on a dossier without a territory may say whose a booking is; then it is that dossier's.
CREATE POLICY set_aside ON bookings TO maillage_app USING (
    CASE WHEN case_id IS NULL THEN (SELECT maillage_has('social_worker', 'manager')) ELSE works_on(case_id) END
);
