"""« Copie du dossier » (RGPD, article 15): every record of one youth, for the person alone.

Read as the screens read them. Tables and columns are found by walking the models: what is added
tomorrow is in the copy, or its model says why not (``hors_copie``).
"""

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import Column, Date, DateTime, String, inspect, select
from sqlalchemy.orm import joinedload

from app.echanges.bilan import textes as bilan_textes
from app.echanges.formats.ecriture import Colonne, Feuille
from app.extensions import db
from app.models import Jeune, catalogue
from app.models.catalogue import Modele
from app.regles.finalites import FINALITES
from app.regles.heures import moment
from app.regles.parametres import AGE_LIMITE, AGE_SUIVI
from app.sorties_de_donnees import sorties_du_jeune
from app.views.socle.affichage import VIDE, Propriete, en_texte, propriete
from app.views.socle.export import format_de, valeur_de
from app.views.socle.fiche import vue_de

from .dossier import onglets_du_jeune

PRESENTATION = (
    (
        "Ce fichier",
        (
            "Copie de ce qui est enregistré dans Tandem sur {nom} (dossier {code}) au {le}, "
            "remise au titre du droit d’accès (règlement général sur la protection des données, "
            "article 15)."
        ),
    ),
    (
        "À quoi servent ces données",
        (
            f"Au suivi des jeunes de {AGE_SUIVI.valeur[0]} à {AGE_LIMITE.dit} qui sortent de la "
            "protection de l’enfance, par le référent ASE du Département et le coordonnateur de la "
            "Mission Locale, et aux chiffres sans nom qui en rendent compte."
        ),
    ),
    (
        "Qui les lit",
        (
            "Les agents du Département et de la Mission Locale habilités dans la MDS du dossier. "
            "Le pilotage départemental ne lit que des chiffres et des lignes sans nom."
        ),
    ),
    (
        "Combien de temps",
        (
            "Deux ans après le dernier contact venu de la personne, l’anonymisation est "
            "proposée, et décidée par quelqu’un."
        ),
    ),
    (
        "Vos droits",
        (
            "Faire rectifier, effacer ou limiter ces données, ou s’opposer à leur usage "
            "(articles 16 à 21) : auprès du délégué à la protection des données du Département. "
            "Réclamation : auprès de la CNIL."
        ),
    ),
    (
        "Ce qui n’y est pas",
        (
            "Qui a lu le dossier, les tableaux mensuels déjà envoyés (ils ne changent plus), le "
            "registre des demandes, et la réponse à une enquête de satisfaction, qu’aucun agent "
            "ne lit : le délégué à la protection des données répond à leur sujet."
        ),
    ),
    (
        bilan_textes.RETIRE,
        "Le nom d’un autre jeune, que cette copie ne doit pas donner (article 15.4).",
    ),
)
"""What the first sheet says, line by line; article 15.1 asks for it."""


SORTIES = "Où sont parties vos données"
COLONNES_DES_SORTIES = (
    Colonne("Quand", "texte", lambda sortie: moment(sortie.le), 22),
    Colonne("Quoi", "recit", lambda sortie: sortie.objet, 50),
    Colonne("Pour quoi faire", "recit", lambda sortie: FINALITES.get(sortie.finalite_code), 50),
)
"""What left of the youth's data: neither who took it, nor words that may name someone."""


def tables() -> list[Modele]:
    """The models whose rows belong to one youth, in the order of the tabs of a file.

    A model says why when its records are not for the person (``hors_copie``).
    """
    rangs = {onglet.table: rang for rang, onglet in enumerate(onglets_du_jeune())}
    suivies = [
        classe
        for table, classe in catalogue.noms().items()
        if catalogue.suit_un_jeune(table) and not classe.declaration.hors_copie
    ]
    return sorted(suivies, key=lambda c: (rangs.get(c.__tablename__, len(rangs)), c.__tablename__))


def proprietes(classe: Modele) -> list[Propriete]:
    """The columns of a table, called and read as its own screens do.

    What the youth answered in confidence is shown to no agent, hence not to the one who hands the
    copy.
    """
    vue = vue_de(classe.__tablename__)
    trouvees = []
    for colonne in catalogue.racontees(classe.__table__):
        if not colonne.info.get("audit", True) or colonne.info.get("confiee"):
            continue
        if vue:
            trouvees.append(vue.propriete(colonne.key))
        else:
            trouvees.append(propriete(classe, colonne.key, {}, {}, _mots(colonne)))
    return trouvees


def _mots(colonne: Column) -> dict:
    """How a code that is not that of a list is said."""
    codes = colonne.info.get("codes")
    return {colonne.key: lambda code: codes.get(code, "")} if codes else {}


def titre(classe: Modele) -> str:
    """What the records are called together."""
    vue = vue_de(classe.__tablename__)
    return vue.pluriel if vue else classe.declaration.libelle


def _lignes(classe: Modele, jeune: Jeune) -> list:
    """In the order of their dates."""
    jours = [c for c in classe.__table__.c if isinstance(c.type, Date | DateTime)]
    relations = dict.fromkeys(p.relation for p in proprietes(classe) if p.relation)
    vue = vue_de(classe.__tablename__)
    return list(
        db.session.scalars(
            select(classe)
            .where(classe.jeune_id == jeune.id)
            .order_by(*jours[:1], inspect(classe).primary_key[0])
            .options(
                *(joinedload(getattr(classe, r)) for r in relations), *(vue.eager if vue else ())
            )
        )
    )


def preparer_copie(jeune: Jeune, le: date) -> tuple[list[Feuille], dict[str, int]]:
    """The sheets, and how many records each rubric holds.

    A statement a table, and one for the names to take away.
    """
    lues = {classe: _lignes(classe, jeune) for classe in tables()}
    identite = [(p.libelle, p.texte(jeune) or VIDE) for p in proprietes(Jeune)]
    complets = _noms_des_autres(jeune, _textes(lues, identite))

    def taire(texte):
        if complets and isinstance(texte, str):
            return bilan_textes.retirer(texte, set(), complets)
        return texte

    nombres = {"Identité et projet": 1} | {
        titre(classe): len(lignes) for classe, lignes in lues.items()
    }
    feuilles = [
        Feuille(
            "À lire",
            _deux_colonnes("Rubrique", "Ce qu’il faut savoir"),
            list(_presenter(jeune, le, nombres)),
        ),
        Feuille(
            "Identité et projet",
            _deux_colonnes("Donnée", "Valeur"),
            [(nom, taire(v)) for nom, v in identite],
        ),
    ]
    sorties = sorties_du_jeune(jeune.id)
    nombres[SORTIES] = len(sorties)
    if sorties:
        feuilles.append(Feuille(SORTIES, COLONNES_DES_SORTIES, sorties))
    for classe, lignes in lues.items():
        if lignes:
            feuilles.append(
                Feuille(titre(classe), [_colonne(p, taire) for p in proprietes(classe)], lignes)
            )
    return feuilles, nombres


def _presenter(jeune: Jeune, le: date, nombres: dict[str, int]) -> Iterator[tuple[str, str]]:
    for rubrique, phrase in PRESENTATION:
        yield rubrique, phrase.format(nom=jeune, code=jeune.code, le=en_texte(le))
    for rubrique, nombre in nombres.items():
        yield rubrique, _combien(nombre)


def _combien(nombre: int) -> str:
    if nombre == 0:
        return "Rien n’est enregistré."
    return f"{nombre} fiches" if nombre > 1 else "1 fiche"


def _deux_colonnes(gauche: str, droite: str) -> list[Colonne]:
    return [
        Colonne(gauche, "recit", lambda x: x[0], 34),
        Colonne(droite, "recit", lambda x: x[1], 100),
    ]


def _colonne(p: Propriete, taire) -> Colonne:
    valeur = valeur_de(p)
    format_ = format_de(p)
    genre = None if p.colonne is None or p.relation else p.colonne.type
    if format_ == "texte" and isinstance(genre, String) and (genre.length or 500) >= 500:
        format_ = "recit"
    return Colonne(p.libelle, format_, lambda fiche: taire(valeur(fiche)))


def _textes(lues: dict[Modele, list], identite: Iterable[tuple[str, str]]) -> list[str]:
    """Whatever could name someone."""
    trouves = [texte for _, texte in identite]
    for classe, lignes in lues.items():
        libres = [
            p
            for p in proprietes(classe)
            if p.colonne is not None and p.colonne.type.python_type is str
        ]
        trouves += [texte for fiche in lignes for p in libres if (texte := p.texte(fiche))]
    return trouves


def _noms_des_autres(jeune: Jeune, textes: list[str]) -> set[str]:
    """The full names of the other youths whom the person who hands the copy reads.

    First name and surname side by side.
    """
    _, complets = bilan_textes.noms_de_jeunes(textes)
    siens = {
        p.mot
        for nom in (f"{jeune.prenom} {jeune.nom}", f"{jeune.nom} {jeune.prenom}")
        for p in bilan_textes.passages(nom)
    }
    return complets - siens
