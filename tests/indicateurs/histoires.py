"""Random histories for the property tests, dense in edge cases: dates fall on, just before and just
after each other."""

import json
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from zlib import crc32

from flask import current_app
from sqlalchemy import text

from app.commandes.base import moteur_proprietaire

from .independant import Histoire

MDS = ("ARR", "ART", "LLI")
ECARTS = (
    0,
    0,
    0,
    1,
    -1,
    14,
    15,
    16,
    -15,
    29,
    30,
    31,
    32,
    33,
    -29,
    -30,
    -31,
    89,
    90,
    91,
    -89,
    -90,
    -91,
    182,
)
PERIODES = (
    (date(2025, 1, 1), date(2025, 12, 31)),
    (date(2025, 2, 1), date(2025, 2, 28)),
    (date(2025, 6, 1), date(2025, 6, 30)),
    (date(2025, 6, 30), date(2025, 6, 30)),
    (date(2024, 2, 29), date(2024, 2, 29)),
    (date(2024, 11, 17), date(2025, 4, 3)),
    (date(2025, 3, 1), date(2025, 3, 31)),
    (date(2025, 4, 1), date(2025, 9, 30)),
)
DERNIER_JOUR = date(2026, 6, 30)
"""No fact of a story is later: the base refuses a fact to come."""
DU_JEUNE = (
    ("accompagnement", "accompagnements", {}),
    ("mesure", "mesures", {}),
    ("alerte", "alertes", {"motif_code": "FUGUE"}),
    ("binome", "binomes", {"referent_ase": "R", "coordonnateur": "C"}),
    ("orientation", "orientations", {}),
    ("situation", "situations", {}),
    ("enquete", "enquetes", {}),
    ("mobilite", "mobilites", {}),
    ("frein", "freins", {}),
)
"""Table, attribute of a history, and what its records hold besides."""
REMPLIES = (
    *("jeune", "rattachement", "rencontre", "instance", "poste"),
    *(table for table, *_ in DU_JEUNE),
)


class Hasard:
    """Draws dates near those already drawn, and near the ends of the period."""

    def __init__(self, graine: int, du: date, au: date):
        self.r, self.du, self.au, self.connus = Random(graine), du, au, [du, au]

    def jour(self) -> date:
        if self.r.random() < 0.6:
            le = self.r.choice(self.connus) + timedelta(days=self.r.choice(ECARTS))
        else:
            le = self.du + timedelta(days=self.r.randint(-250, (self.au - self.du).days + 60))
        le = min(le, DERNIER_JOUR)
        self.connus.append(le)
        return le

    def jours(self, combien: tuple[int, ...]) -> list[date]:
        """As many days as one of these, or fewer; in order, for the same seed to tell the same
        stories."""
        return sorted({self.jour() for _ in range(self.r.choice(combien))})

    def apres(self, le: date) -> date:
        fin = max(le, self.jour())
        self.connus.append(fin)
        return fin

    def peut_etre(self, valeur, chances: float = 0.5):
        return valeur if self.r.random() < chances else None

    def oui_non(self, oui: float = 0.6) -> bool | None:
        return self.r.choices((True, False, None), (oui, (1 - oui) / 2, (1 - oui) / 2))[0]

    def suite(self, maximum: int, chances_de_fin: float = 0.6) -> list[dict]:
        """Periods that follow one another without overlap."""
        bornes = sorted({self.jour() for _ in range(2 * self.r.randint(0, maximum))})
        periodes = [{"du": du, "au": au} for du, au in zip(bornes[::2], bornes[1::2], strict=False)]
        if periodes and self.r.random() > chances_de_fin:
            periodes[-1]["au"] = None
        return periodes


def une_histoire(h: Hasard) -> Histoire:
    h.connus = [h.du, h.au]
    naissance = h.r.choice(
        (
            date(2008, 2, 29),
            date(2004, 2, 29),
            *[h.jour().replace(day=1, year=annee) for annee in (2006, 2007, 2008, 2009)],
            *[
                (h.jour() - timedelta(days=1)).replace(day=28, year=annee)
                for annee in (2005, 2007, 2008, 2010)
            ],
        )
    )
    histoire = Histoire(naissance, h.r.choice(MDS), h.peut_etre(h.jour(), 0.7))
    autres = h.jours((0, 0, 1, 2))
    histoire.autres_contacts = [jour for jour in autres if jour != histoire.contact_le]
    histoire.accompagnements = [
        p
        | {
            "motif_sortie_code": h.r.choice((None, "AUTONOMIE", "ERREUR", "AUTRE"))
            if p["au"]
            else h.peut_etre("ERREUR", 0.1)
        }
        for p in h.suite(3)
    ]
    types = ("PLACEMENT", "CJM", "AEMO", "OPP")
    for rang in range(h.r.choice((0, 1, 1, 1, 2, 2, 3, 4))):
        precedente = histoire.mesures[-1]["au"] if histoire.mesures and h.r.random() < 0.5 else None
        du = precedente + timedelta(days=h.r.choice((30, 31, 32, 33))) if precedente else h.jour()
        au = h.peut_etre(h.apres(du), 0.8)
        motif = h.r.choice(("DECES", "MAJORITE", "AUTRE", None, None)) if au else None
        histoire.mesures.append(
            {"type_code": types[rang], "du": du, "au": au, "motif_fin_code": motif}
        )
    histoire.binomes = [p | {"referent_ase": h.peut_etre("R", 0.75)} for p in h.suite(2, 0.5)]
    accompagne = h.r.random() < 0.5
    if accompagne:
        _jusqu_a_la_sortie(h, histoire)
    for _ in range(h.r.choice((0, 0, 1, 2))):
        du = h.jour()
        if all(a["du"] != du for a in histoire.alertes):
            histoire.alertes.append({"du": du, "au": h.peut_etre(h.apres(du), 0.7)})
    for _ in range(h.r.choice((0, 1, 1, 2, 3))):
        histoire.rencontres.append(
            {
                "type_code": h.r.choice(("TRIPARTITE", "TRIPARTITE", "TRIPARTITE", "ENTRETIEN")),
                "le": h.jour(),
                "statut_code": h.r.choice(
                    ("TENUE", "TENUE", "TENUE", "PREVUE", "ANNULEE", "ABSENCE")
                ),
                "jeune_present": h.oui_non(0.9),
                "coordonnateur_present": h.oui_non(0.9),
                "service_ase_present": h.oui_non(),
                "lieu_accueil_present": h.oui_non(),
            }
        )
    for le in h.jours((1, 1, 2, 3) if accompagne else (0, 1, 1, 2, 3)):
        fin = h.jour()
        histoire.situations.append(
            {
                "observee_le": le,
                "confirmee_le": h.peut_etre(h.apres(le), 0.4),
                "situation_pro_code": h.r.choice(
                    (
                        "LYCEE_PRO",
                        "APPRENTISSAGE",
                        "CDI",
                        "CEJ",
                        "PACEA",
                        "SANS_SOLUTION",
                        "NR",
                        None,
                    )
                ),
                "logement_code": h.r.choice(
                    (
                        "FJT",
                        "LOC_SOC",
                        "PARENTS",
                        "PARENTS",
                        "HOTEL",
                        "RUE",
                        "RUE",
                        "RUE",
                        "NR",
                        None,
                    )
                ),
                "maintien_6_mois": h.oui_non(0.4),
                "ressource_1_code": h.r.choice(("SALAIRE", "FAJ", "AUCUNE", "NR", None)),
                "fin_ressource_1": h.peut_etre(
                    h.r.choice((fin, le + timedelta(days=h.r.randint(80, 100))))
                ),
                "ressource_2_code": h.r.choice(("ALLOC_CEJ", "APL", "NR", None, None)),
                "fin_ressource_2": h.peut_etre(fin, 0.3),
                "couverture_base_code": h.r.choice(("REGIME_GENERAL", "EN_COURS", "NR", None)),
                "couverture_complementaire_code": h.r.choice(("C2S", "AUCUNE", "NR", None)),
            }
        )
    for le in h.jours((0, 0, 1, 2)):
        histoire.enquetes.append(
            {
                "demandee_le": le,
                "repondue_le": h.peut_etre(h.apres(le), 0.8),
                "reponse_code": h.r.choice(
                    (
                        "TRES_SATISFAIT",
                        "PLUTOT_PAS_SATISFAIT",
                        "PAS_DU_TOUT_SATISFAIT",
                        "PLUTOT_SATISFAIT",
                        None,
                    )
                ),
            }
        )
    if h.r.random() < 0.5:
        histoire.rattachements = [p | {"mds": h.r.choice(MDS)} for p in h.suite(3, 0.4)]
        if histoire.rattachements and histoire.rattachements[-1]["au"] is None:
            histoire.rattachements[-1]["mds"] = histoire.mds
    _ailleurs(Hasard(crc32(repr(histoire).encode()), h.du, h.au), histoire)
    return histoire


def _ailleurs(h: Hasard, histoire: Histoire) -> None:
    """Drawn apart, so that the other draws stay as they were."""
    for _ in range(h.r.choice((0, 1, 1, 2))):
        histoire.visites.append(
            {
                "type_code": "SORTIE",
                "le": h.jour(),
                "statut_code": h.r.choice(("TENUE", "TENUE", "TENUE", "PREVUE", "ANNULEE")),
                "jeune_present": h.oui_non(0.8),
                "lieu_code": h.r.choice(("MEDIATHEQUE", "EXTERIEUR", "MDS", "DISTANCE", None)),
            }
        )
    for du in h.jours((0, 0, 1, 2)):
        genre = h.r.choice(("DEPARTEMENT", "ERASMUS", "ETRANGER"))
        au = h.peut_etre(h.apres(du), 0.7)
        histoire.mobilites.append({"genre_code": genre, "du": du, "au": au, "ou": "Lille"})
    for du in h.jours((0, 1, 1, 2)):
        theme = h.r.choice(("MOBILITE", "LOGEMENT"))
        leve_le = h.peut_etre(min(h.apres(du), DERNIER_JOUR), 0.7)
        histoire.freins.append({"theme_code": theme, "du": du, "leve_le": leve_le})


def _jusqu_a_la_sortie(h: Hasard, histoire: Histoire) -> None:
    """Leaves the ASE in the period (or nearly), accompanied, so that the rates of the exit have
    someone to count."""
    sortie = (
        h.du + timedelta(days=h.r.randint(0, (h.au - h.du).days))
        if h.r.random() < 0.8
        else h.jour()
    )
    entree = sortie - timedelta(days=h.r.choice((0, 1, 40, 200)))
    histoire.mesures = [m for m in histoire.mesures if m["du"] < entree and h.r.random() < 0.3]
    histoire.mesures.append(
        {
            "type_code": "CJM_HEBERGE",
            "du": entree,
            "au": sortie,
            "motif_fin_code": h.r.choice(("DECES", "AUTRE", "AUTRE", "AUTRE", None)),
        }
    )
    histoire.accompagnements = [
        {"du": entree, "au": h.peut_etre(h.apres(sortie), 0.5), "motif_sortie_code": None}
    ]
    histoire.binomes = [{"du": entree, "au": h.peut_etre(h.apres(entree), 0.8)}]
    histoire.rencontres.append(
        {
            "type_code": "TRIPARTITE",
            "le": sortie + timedelta(days=h.r.choice((-30, -1, 0, 0, 1))),
            "statut_code": "TENUE",
            "jeune_present": True,
            "coordonnateur_present": True,
            "service_ase_present": h.oui_non(0.7),
            "lieu_accueil_present": True,
        }
    )
    h.connus = [sortie, sortie, h.du, h.au]


def des_instances(h: Hasard) -> list[dict]:
    return [
        {
            "type_code": h.r.choice(
                ("PERMANENCE", "COMITE_SUIVI", "COPIL", "COMITE_TECHNIQUE", "FORMATION")
            ),
            "le": h.jour(),
            "statut_code": h.r.choice(("TENUE", "TENUE", "PREVUE", "ANNULEE")),
            "mds": h.r.choice(MDS),
            "coordonnateur_present": h.oui_non(),
            "jeunes_recus": h.r.choice((None, 0, 1, 7)),
        }
        for _ in range(40)
    ]


def des_postes(h: Hasard) -> list[dict]:
    return [
        p
        | {
            "etp": Decimal(h.r.choice(("1", "0.8", "0.75", "0.333"))),
            "frais_deplacement": h.oui_non(),
            "telephone_fourni_le": h.peut_etre(h.jour(), 0.8),
            "ordinateur_fourni_le": h.peut_etre(h.jour(), 0.8),
        }
        for _ in range(8)
        for p in h.suite(2)
    ]


def enregistrer(
    session,
    histoires: list[Histoire],
    instances: list[dict],
    postes: list[dict],
    ecart: int = 1,
) -> None:
    """Write them in one statement a table; the n-th history is that of the youth n × ``ecart``."""
    mds = dict(session.execute(text("select code, id from mds")).all())
    _inserer(
        session,
        "jeune",
        [
            {
                "id": n * ecart,
                "code": f"H{n}",
                "nom": "Histoire",
                "prenom": str(n),
                "date_naissance": h.naissance,
                "mds_id": mds[h.mds],
                "contact_le": h.contact_le,
            }
            for n, h in enumerate(histoires, 1)
        ],
    )

    def lignes(attribut: str, **autres):
        return [
            {"jeune_id": n * ecart, "mds_id": mds[h.mds]} | autres | x
            for n, h in enumerate(histoires, 1)
            for x in getattr(h, attribut)
        ]

    _inserer(
        session,
        "rattachement",
        [
            {cle: v for cle, v in x.items() if cle != "mds"}
            | {"mds_rattachement_id": mds[x["mds"]]}
            for x in lignes("rattachements")
        ],
    )
    for table, attribut, autres in DU_JEUNE:
        _inserer(session, table, lignes(attribut, **autres))
    _inserer(
        session, "rencontre", [x | {"code": f"H{n}"} for n, x in enumerate(lignes("rencontres"))]
    )
    _inserer(session, "rencontre", [x | {"code": f"V{n}"} for n, x in enumerate(lignes("visites"))])
    _inserer(
        session,
        "instance",
        [
            {cle: v for cle, v in x.items() if cle != "mds"}
            | {"code": f"H{n}", "mds_id": mds.get(x["mds"])}
            for n, x in enumerate(instances)
        ],
    )
    _inserer(session, "poste", [x | {"coordonnateur": f"C{n}"} for n, x in enumerate(postes)])
    _actualiser_les_statistiques(session)


def _actualiser_les_statistiques(session) -> None:
    """Of tables just filled the planner knows nothing, and counts ten times longer.

    Only their owner may analyze them, and only this transaction sees what it wrote: a function of
    the owner does.
    """
    moteur = moteur_proprietaire(current_app)
    with moteur.begin() as connexion:
        connexion.execute(
            text(
                "create or replace function public.statistiques_des_histoires() returns void"
                " language plpgsql security definer as"
                f" $$ begin analyze {', '.join(REMPLIES)}; end $$"
            )
        )
    moteur.dispose()
    session.execute(text("select public.statistiques_des_histoires()"))


def _inserer(session, table: str, lignes: list[dict]) -> None:
    if lignes:
        colonnes = ", ".join(lignes[0])
        session.execute(
            text(
                f"insert into {table} ({colonnes}) select {colonnes}"
                f" from jsonb_populate_recordset(cast(null as {table}), cast(:lignes as jsonb))"
            ),
            {"lignes": json.dumps(lignes, default=str)},
        )
