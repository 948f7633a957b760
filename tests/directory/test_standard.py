"""Lines of the national standard, read and written back: nothing is lost, and the official models agree."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from data_inclusion.schema import v1
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts import communes
from contracts.events import OfferPublished, OrganisationPublished
from contracts.events.partners import Source
from directory.imports import model
from directory.imports.merging import Difference, merged
from directory.imports.model import SERVICE, STRUCTURE, UNKNOWN, Host, Kind, Record, Said, Surroundings
from directory.imports.standard import MODELS, VOCABULARIES, Refused, checked, exportable, read
from directory.provenance import LOCAL, typed

SEED = bytes(16)
NOWHERE = Surroundings({})
ORDINARY: Record = {
    "source": "exemple", "id": "exemple--1", "nom": "Association Exemple", "date_maj": "2025-02-14",
    "commune": "Saint-Brieuc", "code_insee": "22278", "code_postal": "22000", "adresse": "1 rue de l'Exemple",
}  # fmt: skip
OFFERED: Record = ORDINARY | {
    "structure_id": "exemple--1", "id": "exemple--2", "nom": "Permanence budget",
    "description": "Un point sur le budget",
}  # fmt: skip


def taken(kind: Kind, raw: Mapping[str, Any]) -> Record:
    """The record of a line. Raises Refused."""
    line = read(kind, 1, raw, SEED)
    if line.reasons:
        raise Refused(line.reasons)
    return line.record


def hosted(raw: Mapping[str, Any] = ORDINARY) -> Host:
    said = model.structure(taken(STRUCTURE, raw), NOWHERE)
    assert isinstance(said.main, OrganisationPublished)
    return Host(said.main, said.site, model.place_of(taken(STRUCTURE, raw)))


def offered(raw: Mapping[str, Any], host: Host | None = None) -> Said:
    return model.service(taken(SERVICE, raw), NOWHERE, host or hosted())


# What lines may hold, ordinary and odd.
_words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=3, max_size=40).filter(
    lambda text: len(text.strip()) >= 3
)
_texts = st.one_of(_words, st.sampled_from(["l'accueil « d'ici »", '["a"]', "=1+1", "{}", " bords "]))
_days = st.dates(date(2000, 1, 1), date(2025, 12, 31)).map(date.isoformat)
_links = st.sampled_from(["https://exemple.example", "https://exemple.example/a?b=c", "http://exemple.example/é"])
_phones = st.sampled_from(
    ["+33296000000", "02 96 00 00 00", "02.96.00.00.00", "3919", "02 96 00 00 00 poste 12", "+590590000000"]
)
_mails = st.sampled_from(["accueil@maillage.example", "Accueil@Maillage.EXAMPLE"])
_hours = st.sampled_from(["Mo-Fr 09:00-12:00", " week 01-53/2 We,Fr 13:30-17:00; PH off", "le matin"])
_codes = st.sampled_from(["22278", "97411", "75056", "75101", "01033", "22007", "99999", "2A004"])
_areas = st.sampled_from(["22", "2A", "971", "france", "99100", "01033", "200093201"])
_degrees = st.one_of(st.none(), st.floats(-200, 200, allow_nan=False).map(lambda value: round(value, 6)))


def _some(column: str) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.none(), st.lists(st.sampled_from(sorted(VOCABULARIES[column])), min_size=1, max_size=4, unique=True)
    )


_PLACE = {
    "commune": st.none() | _words, "code_postal": st.none() | st.just("22000"), "code_insee": st.none() | _codes,
    "adresse": st.none() | _texts, "complement_adresse": st.none() | _texts,
    "longitude": _degrees, "latitude": _degrees,
}  # fmt: skip
_REACHED = {"telephone": st.none() | _phones, "courriel": st.none() | _mails, "lien_source": st.none() | _links}
_structures = st.fixed_dictionaries(
    {"source": st.just("exemple"), "id": st.just("exemple--1"), "nom": _words, "date_maj": _days, **_PLACE, **_REACHED,
     "description": st.none() | st.just("Une description"), "siret": st.none() | st.just("00000000000000"),
     "site_web": st.none() | _links, "horaires_accueil": st.none() | _hours, "accessibilite_lieu": st.none() | _links,
     "reseaux_porteurs": _some("reseaux_porteurs")}
)  # fmt: skip
_services = st.fixed_dictionaries(
    {"source": st.just("exemple"), "structure_id": st.just("exemple--1"), "id": st.just("exemple--2"), "nom": _words,
     "date_maj": _days, "description": st.just("Une description"), **_PLACE, **_REACHED,
     "type": st.none() | st.sampled_from(sorted(VOCABULARIES["type"])), "thematiques": _some("thematiques"),
     "frais": st.none() | st.sampled_from(["gratuit", "payant"]), "frais_precisions": st.none() | _texts,
     "publics": _some("publics").filter(lambda value: not value or "tous-publics" not in value or len(value) == 1),
     "publics_precisions": st.none() | _texts, "conditions_acces": st.none() | _texts,
     "modes_accueil": _some("modes_accueil"), "modes_mobilisation": _some("modes_mobilisation"),
     "mobilisable_par": _some("mobilisable_par"), "mobilisation_precisions": st.none() | _texts,
     "lien_mobilisation": st.none() | _links, "contact_nom_prenom": st.none() | st.just("Personne Exemple"),
     "zone_eligibilite": st.none() | st.lists(_areas, min_size=1, max_size=3, unique=True),
     "volume_horaire_hebdomadaire": st.none() | st.just(1.5), "nombre_semaines": st.none() | st.just(4),
     "horaires_accueil": st.none() | _hours}
)  # fmt: skip


def written_structure(record: Record, said: Said) -> Record:
    assert isinstance(said.main, OrganisationPublished)
    return model.as_printed(model.structure_record(said.main, said.site), model.kept_of_structure(record, said))


def written_service(record: Record, said: Said, host: Host) -> Record:
    assert isinstance(said.main, OfferPublished)
    site = (said.site or host.premises) if said.main.places else None
    ours = model.service_record(said.main, record["structure_id"], site, said.contacts)
    return model.as_printed(ours, model.kept_of_service(record, said, host))


def plain(record: Record) -> Record:
    return {column: value for column, value in record.items() if value is not None}


@settings(max_examples=50)
@given(raw=_structures)
def test_a_structure_comes_back_as_it_was_printed(raw: Record) -> None:
    record = taken(STRUCTURE, raw)
    said = model.structure(record, NOWHERE)
    back = written_structure(record, said)
    assert back == plain(record) == plain({**raw, "nom": raw["nom"]})
    assert exportable(STRUCTURE, back) == back
    assert model.structure(taken(STRUCTURE, back), NOWHERE) == said


@settings(max_examples=50)
@given(structure=_structures, raw=_services)
def test_a_service_comes_back_as_it_was_printed(structure: Record, raw: Record) -> None:
    host, record = hosted(structure), taken(SERVICE, raw)
    said = model.service(record, NOWHERE, host)
    back = written_service(record, said, host)
    assert back == plain(record) == plain(raw)
    assert exportable(SERVICE, back) == back
    assert model.service(taken(SERVICE, {"contact_nom_prenom": None, **back}), NOWHERE, host) == said


@settings(max_examples=20)
@given(raw=_services, strange=st.sampled_from(["thematiques", "publics", "modes_accueil"]))
def test_values_of_no_vocabulary_survive_the_round_trip_beside_a_valid_line(raw: Record, strange: str) -> None:
    record = taken(SERVICE, raw | {strange: ["inconnu", *(raw[strange] or [])]})
    host = hosted()
    said = model.service(record, NOWHERE, host)
    back = written_service(record, said, host)
    assert back[UNKNOWN] == {strange: ["inconnu"]}
    assert v1.Service.model_validate(back)
    again = model.service(taken(SERVICE, {"contact_nom_prenom": None, **back}), NOWHERE, host)
    assert again == said
    assert any("inconnu" in one for one in said.remarks)


@pytest.mark.parametrize(
    ("column", "printed", "reads"),
    [
        ("thematiques", "['famille--garde-denfants', 'famille--soutien-aidants']", 2),
        ("thematiques", '["famille--garde-denfants"]', 1),
        ("thematiques", "{famille--garde-denfants,famille--soutien-aidants}", 2),
        ("thematiques", "famille--garde-denfants, famille--soutien-aidants", 2),
        ("thematiques", "[]", None),
        ("thematiques", "   ", None),
        ("nombre_semaines", "3.0", 3),
        ("nombre_semaines", 3.0, 3),
        ("longitude", "-2.76", -2.76),
        ("longitude", float("nan"), None),
        ("date_maj", 1735776000000, "2025-01-02"),
        ("date_maj", "1735776000000", "2025-01-02"),
        ("date_maj", "2025-01-02T00:00:00", "2025-01-02"),
        ("date_maj", date(2025, 1, 2), "2025-01-02"),
    ],
)
def test_cells_are_read_as_each_format_writes_them(column: str, printed: Any, reads: Any) -> None:
    found = taken(SERVICE, OFFERED | {column: printed}).get(column)
    assert (len(found) if isinstance(found, list) else found) == reads


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        (STRUCTURE, {"nom": None}, "« nom » manque."),
        (STRUCTURE, {"nom": "X"}, "« nom » est trop court : 3 caractères au moins."),
        (STRUCTURE, {"id": ""}, "L'identifiant (id) manque ou est trop long."),
        (STRUCTURE, {"date_maj": "hier"}, "« date_maj » n'est pas une date (AAAA-MM-JJ)."),
        (STRUCTURE, {"date_maj": "2199-01-01"}, "La date de dernière modification ne peut pas être dans le futur."),
        (STRUCTURE, {"courriel": "accueil chez exemple"}, "« courriel » n'est pas une adresse électronique."),
        (STRUCTURE, {"site_web": "exemple point fr"}, "« site_web » n'est pas une adresse internet complète (https://…)."),
        (STRUCTURE, {"code_postal": "2200"}, "« code_postal » est trop court : 5 caractères au moins."),
        (STRUCTURE, {"siret": "1234567890123A"}, "« siret » n'a pas la forme attendue."),
        (STRUCTURE, {"adresse": "a" * 10_001}, "« adresse » est trop long."),
        (STRUCTURE, {"adresse": "nul \x00"}, "Le texte contient un caractère nul."),
        (STRUCTURE, {"adresse": "\udce9"}, "Le texte n'est pas lisible : il doit être en UTF-8."),
        (STRUCTURE, {"adresse": 12}, "« adresse » doit être un texte."),
        (SERVICE, {"nombre_semaines": 0}, "« nombre_semaines » est trop petit : 1 au moins."),
        (SERVICE, {"nombre_semaines": "peu"}, "« nombre_semaines » n'est pas un nombre entier."),
        (SERVICE, {"longitude": "ouest"}, "« longitude » n'est pas un nombre."),
        (SERVICE, {"zone_eligibilite": ["partout"]}, "« zone_eligibilite » contient un code qui n'en est pas un."),
        (SERVICE, {"publics": ["tous-publics", "femmes"]},
            "`tous-publics` ne peut pas être utilisé avec d’autres valeurs."),
        (SERVICE, {"thematiques": {"a": 1}}, "« thematiques » n'est pas correct."),
        (SERVICE, {"description": None}, "« description » manque."),
    ],
)  # fmt: skip
def test_a_line_that_the_standard_refuses_says_why(kind: Kind, change: Record, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        taken(kind, (ORDINARY if kind == STRUCTURE else OFFERED) | change)
    assert list(refused.value.reasons) == [reason]


@pytest.mark.parametrize(
    "address",
    ["a@maillage.example", "A.b+c-d_e@Maillage.EXAMPLE", "a@localhost", "a@b.test", "a@-b.example", "a@b..example",
     ".a@maillage.example", "a..b@maillage.example", f"{'a' * 64}@maillage.example", f"{'a' * 65}@maillage.example",
     f"a@{'b' * 64}.example", f"a@{'b.' * 89}example", "é@maillage.example", "a@maillage", "a b@maillage.example",
     "A <a@maillage.example>", "a@maillage.example\n", "a@127.0.0.1", ""],
)  # fmt: skip
def test_an_address_is_judged_as_the_models_do_also_once_its_domain_is_known(address: str) -> None:
    kept = ORDINARY | {"courriel": address}
    try:
        v1.Structure.model_validate(kept)
        refused = False
    except ValidationError:
        refused = True
    for _ in range(2):
        if refused:
            with pytest.raises(Refused):
                checked(STRUCTURE, kept)
        else:
            assert checked(STRUCTURE, kept)["courriel"] == address


@pytest.mark.parametrize(
    ("said", "at_home"),
    [
        ({}, True),
        ({"adresse": None, "code_insee": None, "code_postal": None, "commune": None}, True),
        ({"longitude": -2.7}, True),
        ({"adresse": "2 rue de l'Exemple"}, False),
        ({"adresse": None, "code_insee": "22187", "code_postal": None, "commune": "Plérin"}, False),
    ],
)
def test_a_service_is_at_its_structures_premises_unless_it_says_another_address(said: Record, at_home: bool) -> None:
    found, host = offered(OFFERED | said), hosted()
    assert (found.site is None) is at_home
    assert isinstance(found.main, OfferPublished)
    assert host.premises is not None
    assert (found.main.places[0].site_id == host.premises.site_id) is at_home


def test_a_correction_of_the_premises_does_not_move_their_services_away() -> None:
    host = hosted()
    assert host.premises is not None
    corrected = Host(host.organisation, host.premises.model_copy(update={"address": "3 rue de l'Exemple"}), host.place)
    said = offered(OFFERED, corrected)
    assert said.site is None
    assert isinstance(said.main, OfferPublished)
    ours = model.service_record(said.main, "exemple--1", corrected.premises, None)
    back = model.as_printed(ours, model.kept_of_service(taken(SERVICE, OFFERED), said, corrected))
    assert back["adresse"] == "3 rue de l'Exemple"


def test_a_commune_that_merged_is_todays_and_comes_back_as_it_was_printed() -> None:
    former = next(
        code for code in ("22007", "01033") if (found := communes.resolve(code)) and found.commune.code != code
    )
    record = taken(STRUCTURE, ORDINARY | {"code_insee": former})
    said = model.structure(record, NOWHERE)
    assert said.site is not None
    assert (said.site.commune, said.site.commune_told) == (model.current(former), former)
    assert written_structure(record, said)["code_insee"] == former


def test_what_is_stewarded_here_is_our_managers_and_the_rest_nobodys() -> None:
    surroundings = Surroundings({"22278": "saint-brieuc"})
    assert model.structure(taken(STRUCTURE, ORDINARY), surroundings).main.territory_ids == ("saint-brieuc",)
    assert model.structure(taken(STRUCTURE, ORDINARY), NOWHERE).main.territory_ids == ()


def test_what_was_typed_here_stays_and_the_difference_is_told() -> None:
    first = merged(
        None, offered(OFFERED | {"telephone": "0296000000"}).main, Source(source="exemple", on=date(2025, 2, 14))
    )[0]
    here = first.model_copy(
        update={
            "phone": "+33296000001",
            "capacity": None,
            "told": first.told | {"phone": typed(date(2025, 3, 1), None)},
        }
    )
    said = offered(OFFERED | {"telephone": "0296000002", "date_maj": "2025-04-01", "nom": "Point budget"}).main
    state, differences = merged(here, said, Source(source="exemple", on=date(2025, 4, 1)))
    assert isinstance(state, OfferPublished)
    assert (state.name, state.phone) == ("Point budget", "+33296000001")
    assert differences == [Difference(state.offer_id, "phone", "+33296000001", "+33296000002")]
    assert state.told["phone"].source == LOCAL
    assert (state.told["name"].on, state.told["kind" if state.kind else "description"].on) == (
        date(2025, 4, 1),
        date(2025, 2, 14),
    )


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({"siret": "1"}, {"siret"}),
        ({"courriel": "a@b.test"}, {"courriel"}),
        ({"nom": "X"}, None),
        ({"date_maj": None}, None),
    ],
)
def test_what_the_models_refuse_is_left_out_of_an_export(change: Record, lost: set[str] | None) -> None:
    found = exportable(STRUCTURE, plain(ORDINARY | change))
    assert (None if found is None else (ORDINARY | change).keys() - found.keys()) == lost


def test_an_export_taken_in_elsewhere_keeps_our_ids() -> None:
    identity = "00000000-0000-4000-8000-000000000000"
    assert str(model.organisation_id(f"maillage--{identity}")) == identity
    assert str(model.offer_id(f"maillage--{identity}")) == identity
    assert str(model.offer_id(f"exemple--{identity}")) != identity


def test_the_models_are_those_this_was_written_for() -> None:
    assert {kind: len(found.model_fields) for kind, found in MODELS.items()} == {STRUCTURE: 20, SERVICE: 33}
