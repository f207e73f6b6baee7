"""The version for the COPIL and the partners: whatever one computes from all the tables handed out,
no number from 1 to 4 of youths is found.

The attack is exact (``attaquant.py``). What binds the figures comes from the definitions: each kind
of person is asked to the criteria themselves, in the base.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product

import openpyxl
import pytest
from sqlalchemy import text

from app import acces
from app.echanges.tableau import diffusion, disposition
from app.echanges.tableau import envoi as tableau_envoi
from app.echanges.tableau.fige import contenu_fige
from app.extensions import db
from app.indicateurs import DEFINITIONS, Moyen, trois_colonnes
from app.indicateurs.requete import OBJETS, _Groupe, _lignes_vues, _reponse_sql
from app.models import Envoi, Mds
from app.models.nomenclature import Logement
from app.regles.masque import MASQUE, par_tranche, taux_arrondi
from app.regles.parametres import TRANCHE_DIFFUSEE
from tests import factories as f
from tests.attaquant import Attaque
from tests.connexions import ouvrir_session, poster

from .indicateurs.histoires import MDS, Hasard, enregistrer, une_histoire

MOIS = date(2025, 6, 1)
PETITS = range(1, 5)


# --- The rule


@pytest.mark.parametrize(
    ("nombre", "dit"),
    [
        (0, "moins de 10"),
        (3, "moins de 10"),
        (9, "moins de 10"),
        (10, "de 10 à 19"),
        (119, "de 110 à 119"),
    ],
)
def test_un_nombre_de_jeunes_se_donne_par_dizaine_zero_compris(nombre, dit):
    assert par_tranche(nombre) == dit


@pytest.mark.parametrize(
    ("oui", "non", "dit"),
    [
        (30, 10, "environ 80 %"),
        (10, 10, "environ 50 %"),
        (31, 10, "environ 80 %"),
        (70, 10, "environ 90 %"),
        (30, 9, MASQUE),
        (9, 30, MASQUE),
        (0, 0, MASQUE),
    ],
)
def test_un_taux_s_arrondit_et_se_masque_quand_il_est_de_peu_de_jeunes(oui, non, dit):
    assert taux_arrondi(oui, non) == dit


# --- The kinds of persons, as the definitions tell them apart

BOOLEENS = ("true", "false", "null")
JOUR, SANS_JOUR = "date '2025-06-15'", "cast(null as date)"
PARCOURS = (
    ("'scolaire'", "'LYCEE'", "false"),
    ("'pro'", "'CDI'", "false"),
    ("'pro'", "'APPRENTI'", "true"),
    ("'accompagnement'", "'CEJ'", "false"),
    ("'accompagnement'", "'ML'", "false"),
    ("'aucun'", "'SANS'", "false"),
    ("cast(null as text)", "cast(null as text)", "cast(null as boolean)"),
)
"""(parcours, code, in alternance): the kinds of situations."""


def _sortants(logements) -> Iterator[dict[str, str]]:
    du_logement = [
        {
            "logement_code": f"'{x.code}'",
            "loge": str(x.loge).lower() if x.loge is not None else "cast(null as boolean)",
            "stable": f"'{x.stable}'" if x.stable else "cast(null as text)",
        }
        for x in logements
    ]
    communs = {
        "le": JOUR,
        "premier_rdv": JOUR,
        "commun_avant": "true",
        "observee_le": JOUR,
        "reprise": "false",
        "fin_ressource_1": SANS_JOUR,
        "fin_ressource_2": SANS_JOUR,
        "reguliere_2": "cast(null as boolean)",
    }
    for ou, maintien, situation, reguliere, base, (decede, revenu) in product(
        du_logement,
        BOOLEENS,
        PARCOURS,
        BOOLEENS,
        BOOLEENS,
        (("false", "false"), ("true", "false"), ("false", "true")),
    ):
        yield {
            **communs,
            **ou,
            "maintien_6_mois": f"cast({maintien} as boolean)",
            "parcours": situation[0],
            "situation_pro_code": situation[1],
            "reguliere_1": f"cast({reguliere} as boolean)",
            "base": f"cast({base} as boolean)",
            "complementaire": "true",
            "decede": decede,
            "revenu": revenu,
        }


def _suivis(_) -> Iterator[dict[str, str]]:
    for mesure, age, alerte, dernier, commun, premier, situation in product(
        (JOUR, SANS_JOUR),
        range(15, 20),
        (JOUR, SANS_JOUR),
        (JOUR, SANS_JOUR),
        ("true", "false"),
        (JOUR, SANS_JOUR),
        PARCOURS,
    ):
        yield {
            "dernier_jour": JOUR,
            "premier_jour": mesure,
            "age": str(age),
            "alerte_du": alerte,
            "dernier_rdv": dernier,
            "commun": commun,
            "premier_rdv": premier,
            "parcours": situation[0],
            "situation_pro_code": situation[1],
            "alternance": situation[2],
        }


def _contacts(_) -> Iterator[dict[str, str]]:
    for rdv in (JOUR, "date '2025-07-31'", SANS_JOUR):
        yield {"le": JOUR, "fin": "date '2025-12-31'", "rdv_le": rdv, "delai": "0"}


def _enquetes(_) -> Iterator[dict[str, str]]:
    for repondu, satisfait, sollicite in product(("true", "false"), repeat=3):
        yield {
            "le": JOUR,
            "a_repondu": repondu,
            "satisfait": satisfait,
            "sollicite": sollicite,
            "par_lien": "false",
        }


def _relais(_) -> Iterator[dict[str, str]]:
    yield {"le": JOUR, "decede": "false", "en_binome_depuis": "false"}


def _une(_) -> Iterator[dict[str, str]]:
    yield {"le": JOUR}


GENRES = {
    "suivis": _suivis,
    "sortants": _sortants,
    "contacts": _contacts,
    "enquetes": _enquetes,
    "relais": _relais,
    "entrees": _une,
    "sorties": _une,
}
"""Population → rows that make every criterion answer in every way."""


@dataclass(frozen=True)
class Genre:
    """A kind of person: what each indicator says of them."""

    reponses: frozenset[tuple[str, str, str | None, bool | None]]
    """(code, answer, modality, also in the line below)."""

    def compte_dans(self, ligne: disposition.LigneDeChiffres) -> bool:
        return any(_est_dans(ligne, reponse) for reponse in self.reponses)


def _est_dans(ligne: disposition.LigneDeChiffres, reponse) -> bool:
    code, mot, modalite, dont = reponse
    definition = DEFINITIONS[ligne.code]
    chemin = ligne.chemin
    if (ligne.code, chemin) == ("I6", "sollicites"):
        return (code, mot) == ("SOLLICITES", "oui")
    if code != ligne.code:
        return False
    if definition.dont and chemin == definition.dont.nom:
        return mot == "oui" and bool(dont)
    if definition.a_part and chemin == definition.a_part.nom:
        return mot == definition.a_part.nom
    if chemin.startswith("par_age."):
        return mot == "oui" and modalite == chemin.removeprefix("par_age.")
    if chemin.startswith("repartition."):
        return mot == "oui" and modalite == chemin.removeprefix("repartition.")
    reponses = {"nombre": ("oui",), "oui": ("oui",), "non": ("non",), "nr": ("nr",)}
    reponses |= {"n": ("oui", "non", "nr"), "repondants": ("oui", "non"), "non_loges": ("non",)}
    if ligne.code == "I8" and chemin == "n":
        return mot == "oui"
    return mot in reponses[chemin]


def lire_les_genres(session, population: str) -> list[Genre]:
    """Ask the criteria, in the base, what they answer of each row."""
    logements = session.query(Logement).order_by(Logement.ordre).all()
    rangees = list(GENRES[population](logements))
    colonnes = list(rangees[0])
    valeurs = ", ".join(
        f"(0, {numero}, {', '.join(rangee[c] for c in colonnes)})"
        for numero, rangee in enumerate(rangees)
    )
    indicateurs = tuple(i for i in DEFINITIONS.values() if i.parmi == population)
    groupe = _Groupe(0, population, indicateurs, [0])
    ctes = [
        f"{population}(n, jeune_id, {', '.join(colonnes)}) as (values {valeurs})",
        *_lignes_vues(groupe, 1, False),
    ]
    reponses = "\nunion all\n".join(_reponse_sql(i, 0, False) for i in indicateurs)
    lues: dict[int, set] = {}
    for ligne in session.execute(
        text(f"with {', '.join(ctes)} select id, code, reponse, modalite, dont from ({reponses}) r")
    ):
        if ligne.reponse != "ecarte":
            reponse = (ligne.code, ligne.reponse, ligne.modalite, ligne.dont)
            lues.setdefault(ligne.id, set()).add(reponse)
    return [Genre(reponses) for reponses in {frozenset(x) for x in lues.values()}]


@pytest.fixture(scope="module")
def genres(app) -> dict[str, list[Genre]]:
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        return {population: lire_les_genres(db.session, population) for population in GENRES}


def test_les_relations_entre_les_chiffres_viennent_des_definitions(genres):
    """The leak that was found: 13 stable housings, 10 of them social ones, and nothing else that is
    stable but the FJT. With exact figures the attacker finds 3."""
    attaque = Attaque()
    variables = {genre: attaque.inconnue() for genre in genres["sortants"]}
    lignes = [
        disposition.LigneDeChiffres("I7", "oui"),
        *(disposition.LigneDeChiffres("I8", f"repartition.{code}") for code in ("LOC_SOC", "FJT")),
    ]
    autres = [genre for genre in variables if genre.compte_dans(lignes[0])]
    for ligne in lignes:
        siens = [v for genre, v in variables.items() if genre.compte_dans(ligne)]
        attaque.cellule((ligne.chemin,), siens)
    dites = {"repartition.LOC_SOC", "repartition.FJT"}
    reste = [v for g, v in variables.items() if g in autres and not _loge_dans(g, dites)]
    attaque.cellule(("autres stables",), reste)
    attaque.savoir(("oui",), 13, 13)
    attaque.savoir(("repartition.LOC_SOC",), 10, 10)
    attaque.savoir(("autres stables",), 0, 0)
    assert attaque.trouve(("repartition.FJT",), 3)


def _loge_dans(genre: Genre, chemins: set[str]) -> bool:
    return any(genre.compte_dans(disposition.LigneDeChiffres("I8", chemin)) for chemin in chemins)


def test_chaque_indicateur_de_jeunes_a_ses_genres(genres):
    """A new indicator is attacked as soon as it is declared."""
    dits = {r[0] for siens in genres.values() for g in siens for r in g.reponses}
    assert dits == {code for code, i in DEFINITIONS.items() if i.parmi not in OBJETS}


# --- What is handed out


def lignes_de_jeunes(logements) -> list[disposition.LigneDeChiffres]:
    """The lines of the table that count youths, those of each housing included."""
    lignes = [
        ligne
        for ligne in (*disposition.SYNTHESE, *disposition.LIGNES_A_COTE)
        if ligne.compte_des_jeunes and ligne.code != "I12"
    ]
    return lignes + [
        disposition.LigneDeChiffres("I8", f"repartition.{code}", f"dont {libelle}")
        for code, libelle in logements
    ]


@dataclass
class Remis:
    """A table handed out: what is printed, and the true numbers."""

    nom: str
    imprimes: dict[tuple[str, str, str], str]
    """(column, code, path) → what is read."""
    vrais: dict[tuple[str, str, str], int]


def remettre(nom: str, chiffres: dict, logements) -> Remis:
    imprimees = list(diffusion.lignes(chiffres))
    toutes = []
    for ligne in (*disposition.SYNTHESE, *disposition.LIGNES_A_COTE):
        toutes.append(ligne)
        if (ligne.code, ligne.chemin) == ("I8", "n"):
            toutes += [
                disposition.LigneDeChiffres("I8", f"repartition.{code}") for code, _ in logements
            ]
    remis = Remis(nom, {}, {})
    for ligne, imprimee in zip(toutes, imprimees, strict=True):
        for colonne, dit in zip(disposition.PERIODES, imprimee.cellules, strict=True):
            cle = (colonne, ligne.code, ligne.chemin)
            remis.imprimes[cle] = dit
            if ligne.chemin != "taux" and ligne.compte_des_jeunes:
                valeur = chiffres[colonne][ligne.code]["valeurs"]
                for partie in ligne.chemin.split("."):
                    valeur = valeur.get(partie, 0)
                remis.vrais[cle] = valeur
    return remis


def attaquer(genres: list[Genre], remis: list[Remis], colonne: str, logements) -> list[tuple]:
    """The numbers from 1 to 4 that are found in a column of these tables, the last one being the
    Département of the others when there are several."""
    attaque = Attaque()
    lignes = [
        ligne
        for ligne in lignes_de_jeunes(logements)
        if ligne.chemin != "taux" and any(genre.compte_dans(ligne) for genre in genres)
    ]
    for table in remis:
        variables = [attaque.inconnue() for _ in genres]
        for ligne in lignes:
            nom = (table.nom, ligne.code, ligne.chemin)
            siens = zip(genres, variables, strict=True)
            attaque.cellule(nom, [v for genre, v in siens if genre.compte_dans(ligne)])
            _lire(attaque, nom, table.imprimes[colonne, ligne.code, ligne.chemin])
        for ligne in lignes:
            if ligne.chemin == "oui":
                _lire_le_taux(attaque, table, colonne, ligne.code)
    if len(remis) > 1:
        *mds, departement = remis
        for ligne in lignes:
            cle = (colonne, ligne.code, ligne.chemin)
            ecart = departement.vrais[cle] - sum(table.vrais[cle] for table in mds)
            parts = [(table.nom, ligne.code, ligne.chemin) for table in mds]
            attaque.egaler((departement.nom, ligne.code, ligne.chemin), parts, ecart)
    trouves = []
    for table in remis:
        for ligne in lignes:
            vrai = table.vrais[colonne, ligne.code, ligne.chemin]
            nom = (table.nom, ligne.code, ligne.chemin)
            if vrai in PETITS and attaque.trouve(nom, vrai):
                trouves.append((colonne, *nom, vrai))
    return trouves


def _lire(attaque: Attaque, nom: tuple, dit: str) -> None:
    """What the printed words say of a number."""
    if moins := re.fullmatch(r"moins de (\d+)", dit):
        attaque.savoir(nom, 0, int(moins[1]) - 1)
    else:
        bornes = re.fullmatch(r"de (\d+) à (\d+)", dit)
        attaque.savoir(nom, int(bornes[1]), int(bornes[2]))


def _lire_le_taux(attaque: Attaque, table: Remis, colonne: str, code: str) -> None:
    """« environ 80 % »: between 75 and 85 % of oui."""
    dit = table.imprimes[colonne, code, "taux"]
    if dit == MASQUE:
        return
    environ = int(re.fullmatch(r"environ (\d+) %", dit)[1])
    demi = TRANCHE_DIFFUSEE.valeur / 2
    oui = attaque.cellules[table.nom, code, "oui"]
    non = attaque.cellules[table.nom, code, "non"]
    for borne, signe in ((environ - demi, 1), (environ + demi, -1)):
        somme: dict[int, float] = {}
        for variable in oui:
            somme[variable] = somme.get(variable, 0) + signe * (100 - borne)
        for variable in non:
            somme[variable] = somme.get(variable, 0) - signe * borne
        attaque.borner(somme, 0, float("inf"))


def figes(mois: date, mds: str | None) -> dict:
    return {
        colonne: {c.code: {"valeurs": c.valeurs, "texte": c.texte} for c in resultats}
        for colonne, resultats in trois_colonnes(mois, mds).items()
    }


def tous_les_logements(session) -> list[tuple[str, str]]:
    return [tuple(ligne) for ligne in session.execute(diffusion._TOUS_LES_LOGEMENTS)]


@pytest.mark.parametrize("graine", range(12))
def test_aucun_petit_nombre_ne_se_trouve_dans_une_base_de_20_a_60_jeunes(session, genres, graine):
    """From each table alone, column by column, and from those of the MDS and of the Département
    together."""
    hasard = Hasard(graine, date(2025, 1, 1), date(2025, 6, 30))
    histoires = [une_histoire(hasard) for _ in range(20 + graine * 40 // 11)]
    logements = tous_les_logements(session)
    with session.begin_nested() as seul:
        enregistrer(session, histoires, [], [])
        mds = [remettre(code, figes(MOIS, code), logements) for code in MDS]
        departement = remettre("Département", figes(MOIS, None), logements)
        seul.rollback()
    petits = [x for table in (*mds, departement) for x in table.vrais.values() if x in PETITS]
    assert len(petits) > 20, "there is something to find"
    trouves = []
    for population, siens in genres.items():
        trouves += attaquer(siens, [departement], "cumul", logements)
        if population != "sortants":
            trouves += attaquer(siens, [*mds, departement], "cumul", logements)
            trouves += attaquer(siens, [*mds, departement], "mois", logements)
        elif graine == 0:  # a thousand kinds of persons in each territory: one base is enough
            trouves += attaquer(siens, [*mds, departement], "cumul", logements)
    assert not trouves


@pytest.mark.parametrize("graine", range(20, 24))
def test_ni_les_mois_voisins_ni_le_cumul_ne_font_trouver_un_petit_nombre(session, genres, graine):
    """The columns of a table and of the month after: what was counted before is still counted."""
    hasard = Hasard(graine, date(2025, 1, 1), date(2025, 6, 30))
    histoires = [une_histoire(hasard) for _ in range(60)]
    logements = tous_les_logements(session)
    with session.begin_nested() as seul:
        enregistrer(session, histoires, [], [])
        mois = [
            remettre(f"{m:%m}", figes(m, None), logements)
            for m in (date(2025, 4, 1), date(2025, 5, 1), MOIS)
        ]
        seul.rollback()
    for siens in (genres["suivis"], genres["contacts"], genres["entrees"]):
        attaque = Attaque()
        lignes = [
            ligne
            for ligne in lignes_de_jeunes(logements)
            if ligne.chemin != "taux" and any(genre.compte_dans(ligne) for genre in siens)
        ]
        for table, colonne in product(mois, disposition.PERIODES):
            variables = [attaque.inconnue() for _ in siens]
            for ligne in lignes:
                paires = zip(siens, variables, strict=True)
                nom = (table.nom, colonne, ligne.code, ligne.chemin)
                attaque.cellule(nom, [v for genre, v in paires if genre.compte_dans(ligne)])
                _lire(attaque, nom, table.imprimes[colonne, ligne.code, ligne.chemin])
        vrais = {
            (table.nom, colonne, *cle): nombre
            for table in mois
            for (colonne, *cle), nombre in table.vrais.items()
        }
        for ligne in lignes:
            for petite, grande in _ordres(mois):
                noms = [(*x, ligne.code, ligne.chemin) for x in (petite, grande)]
                if vrais[noms[0]] <= vrais[noms[1]]:
                    attaque.au_plus(*noms)
        trouves = [
            nom
            for nom in attaque.cellules
            if vrais[nom] in PETITS and attaque.trouve(nom, vrais[nom])
        ]
        assert not trouves


def _ordres(mois: list[Remis]) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """(at most, this): the last day, the month, the year; the year until the next month."""
    for table in mois:
        yield (table.nom, "en_cours"), (table.nom, "mois")
        yield (table.nom, "mois"), (table.nom, "cumul")
    for avant, apres in zip(mois, mois[1:], strict=False):
        yield (avant.nom, "cumul"), (apres.nom, "cumul")


# --- The workbook


def test_le_classeur_ne_donne_que_des_tranches_et_ne_depend_d_aucun_autre_tableau(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for n in range(12):
            mds = "ART" if n < 3 else "ARR"
            jeune = f.un_jeune(mds, nom=f"Masque{n}", date_naissance=date(2008, 2, 1))
            f.un_accompagnement(jeune, du=date(2025, 1, 1))
            f.une_mesure(jeune, du=date(2025, 1, 1))
            f.un_binome(jeune, du=date(2025, 1, 1))
            f.un_rdv_tripartite(jeune, le=date(2025, 1, 1))
        compte = f.un_compte("SLAI", "ART").id
        db.session.commit()
        art = db.session.query(Mds).filter_by(code="ART").one()
        envois = [_envoyer(art), _envoyer(None)]
        lues = [list(diffusion.lignes(_chiffres(numero))) for numero in envois]
        _envoyer(db.session.query(Mds).filter_by(code="ARR").one())
        assert [list(diffusion.lignes(_chiffres(numero))) for numero in envois] == lues
    par_code = [{ligne.code: ligne.cellules for ligne in lignes} for lignes in lues]
    assert par_code[0]["I2"] == ("moins de 10",) * 3, "the three of Artois"
    assert par_code[1]["I2"] == ("de 10 à 19",) * 3, "12 less 9 is 3, but neither is printed"
    client = ouvrir_session(app.test_client(), compte)
    rendu = poster(client, f"/envois/{envois[0]}/diffusion", {"motif": "COPIL"}, buffered=True)
    classeur = openpyxl.load_workbook(io.BytesIO(rendu.data))
    assert classeur.sheetnames == ["Synthèse", "À propos", "Définitions"]
    des_moyens = {DEFINITIONS[c].titre for c, i in DEFINITIONS.items() if isinstance(i, Moyen)}
    for _, libelle, *cellules in classeur["Synthèse"].iter_rows(min_row=2, values_only=True):
        if libelle.startswith("dont ") or libelle in {"satisfaits", "jeunes reçus"}:
            assert all(str(c).startswith(("moins de", "de ")) for c in cellules), libelle
        if libelle in des_moyens:
            assert not any(str(c).startswith("moins de") for c in cellules), libelle
    precautions = [v for _, v in classeur["À propos"].iter_rows(min_row=2, values_only=True)]
    assert diffusion.PRECAUTION in precautions


def _envoyer(mds: Mds | None) -> int:
    numero = tableau_envoi.ouvrir_un_envoi(MOIS, mds).id
    db.session.commit()
    numero = tableau_envoi.envoyer(numero, "Essai.").id
    db.session.commit()
    return numero


def _chiffres(numero: int) -> dict:
    return contenu_fige(db.session.get(Envoi, numero))["chiffres"]
