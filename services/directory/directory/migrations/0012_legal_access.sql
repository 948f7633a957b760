-- What `findable` is made of from now on, added to what was made before. The owner is subject to row-level security as
-- well: lifted meanwhile.
ALTER TABLE offers NO FORCE ROW LEVEL SECURITY;
ALTER TABLE findable NO FORCE ROW LEVEL SECURITY;
UPDATE findable SET search = findable.search || array_to_tsvector(
    ARRAY['law:', 'law:by:' || (legal_access ->> 'profession')] || ARRAY(SELECT 'law:on:' || subject
        FROM jsonb_array_elements_text(coalesce(nullif(legal_access -> 'subjects', '[]'), '["any"]')) AS subject))
FROM offers WHERE offers.offer_id = findable.offer_id AND offers.legal_access IS NOT NULL;
ALTER TABLE offers FORCE ROW LEVEL SECURITY;
ALTER TABLE findable FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN findable.search IS
'words by weight: A name, B description, C themes, D who and where; themes as « theme:value »; legal advice as « law: », « law:by:profession » and « law:on:subject », « any » where it names none';
