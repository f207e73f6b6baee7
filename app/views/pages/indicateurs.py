"""The figures on screen (M12): each one with its completeness and its rule, and the list of those
it counts or leaves out.

A figure never depends on who asks; a person of the list is shown to who may read their file, and
only counted for others.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask import abort, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import ARRAY, Integer, any_, cast, func, select

from app import acces, departement, journal, menu
from app import indicateurs as figures
from app.echanges.formats.ecriture import Colonne, Feuille
from app.extensions import db
from app.indicateurs import graphiques
from app.indicateurs.chiffres import hauteur
from app.indicateurs.requete import OBJETS
from app.menu import AuMenu
from app.models import Accompagnement, Instance, Jeune, Mds, Poste
from app.models.nomenclature import Logement, TypeInstance
from app.regles.age import ajouter_mois, aujourd_hui
from app.views.socle.export import envoyer_classeur, lire_motif
from app.views.socle.fiche import base_de

LIGNES_A_L_ECRAN = 500
"""Beyond, the export has them all."""
MOIS_COMPARES, ANNEES_COMPAREES = 12, 5
COMPARAISONS = {"": "rien", "an": "un an avant", "avant": "la période précédente"}
DESSINES = ("S1", "I3d")
"""The indicators whose trend is drawn above the figures."""
REPONSES = {
    "oui": "Oui",
    "non": "Non",
    "nr": "Non renseigné",
    "ecarte": "Non compté",
    "repondu": "A répondu",
}
ORDRE = ("oui", "non", "nr", "ecarte")
SECRETS = {"I6"}
"""Lists that say who answered, never which: a youth must be able to answer freely."""


@dataclass(frozen=True)
class Demande:
    """The period and the MDS that the address names, and those the person may choose."""

    du: date
    au: date
    mds: str | None
    choix: list[tuple[str, str]]
    """(code, name) of the MDS; "" = the whole Département."""

    comparee: str = ""
    """With what the page compares itself: a key of ``COMPARAISONS``."""

    @property
    def adresse(self) -> dict[str, str]:
        return {"du": self.du.isoformat(), "au": self.au.isoformat(), "mds": self.mds or ""}

    @property
    def avant(self) -> tuple[date, date] | None:
        """The period that this one is compared with; whole months stay whole months."""
        if not self.comparee:
            return None
        fin_de_mois = (self.au + timedelta(days=1)).day == 1
        mois = (
            12
            if self.comparee == "an"
            else (self.au.year - self.du.year) * 12 + self.au.month - self.du.month + 1
        )
        if self.comparee == "avant" and not (self.du.day == 1 and fin_de_mois):
            duree = self.au - self.du + timedelta(days=1)
            return self.du - duree, self.au - duree
        au = (
            ajouter_mois(self.au + timedelta(days=1), -mois) - timedelta(days=1)
            if fin_de_mois
            else ajouter_mois(self.au, -mois)
        )
        return ajouter_mois(self.du, -mois), au

    @property
    def territoire(self) -> str:
        nom = dict(self.choix)[self.mds or ""]
        return departement.courant().territoire(nom) if self.mds else nom

    @property
    def periode(self) -> str:
        return f"du {self.du:%d/%m/%Y} au {self.au:%d/%m/%Y}"


def lire_demande(valeurs) -> Demande:
    """By default this year until today, and the first MDS allowed. Refuses (404) what cannot be
    chosen."""
    permises, jour = acces.perimetre().mds("chiffre", "lire"), aujourd_hui()
    choix = [("", departement.courant().nom)] if permises is acces.TOUTES else []
    choix += [
        (m.code, m.nom)
        for m in db.session.scalars(select(Mds).order_by(Mds.nom))
        if m.id in permises
    ]
    code = valeurs.get("mds", choix[0][0])
    if code not in dict(choix):
        abort(404)
    try:
        du = date.fromisoformat(valeurs.get("du") or f"{jour.year}-01-01")
        au = date.fromisoformat(valeurs.get("au") or jour.isoformat())
    except ValueError:
        abort(404, description="La période demandée n’est pas faite de deux dates.")
    if au < du or du.year < 1950 or au.year > 2100:
        abort(
            404, description="La période finit avant d’avoir commencé, ou elle n’est pas plausible."
        )
    comparee = valeurs.get("comparee", "")
    if comparee not in COMPARAISONS:
        abort(404)
    return Demande(du, au, code or None, choix, comparee)


class IndicateursView(BaseView):
    route_base = "/indicateurs"
    class_permission_name = "chiffre"
    au_menu = AuMenu(menu.COMPTES, 10, "Indicateurs", "index")
    default_view = "index"

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        demande = lire_demande(request.args)
        periodes = [figures.Periode(demande.du, demande.au, demande.mds)]
        periodes += graphiques.tendance(demande.au, demande.mds, DESSINES)
        periodes += [figures.Periode(*demande.avant, demande.mds)] if demande.avant else []
        resultats, *tendance = figures.calculer_ensemble(periodes)
        avant = tendance.pop() if demande.avant else None
        libelles = dict(db.session.execute(select(Logement.code, Logement.libelle)).all())
        return render_template(
            "indicateurs.html",
            demande=demande,
            avant=avant,
            comparaisons=COMPARAISONS,
            chiffres=[(c, avant[c.code] if avant else None) for c in resultats],
            regles_communes=figures.REGLES_COMMUNES,
            graphiques=[
                *graphiques.evolutions(tendance, DESSINES),
                graphiques.delais(resultats["I3d"]),
                graphiques.typologie(resultats["I8"], libelles),
            ],
            fil=[("Accueil", f"{request.script_root}/")],
        )

    @expose("/<code>")
    @has_access
    @permission_name("lire")
    def personnes(self, code: str):
        """Those the figure counts and those it leaves out, with the reason."""
        demande, indicateur = lire_demande(request.args), _indicateur(code)
        lues = _mds_ouvertes()
        apercu = figures.apercu(
            figures.Periode(demande.du, demande.au, demande.mds, frozenset({code})), lues
        )
        reponse, groupes = request.args.get("reponse", ""), _reunir(code, apercu.groupes)
        choisies = [r for r in apercu.groupes if not reponse or _montree(code, r) == reponse]
        nombre = sum(apercu.lisibles[r] for r in choisies)
        # Postes and meetings are few: who may open them is asked of the base alone.
        limite = None if indicateur.parmi in OBJETS else LIGNES_A_L_ECRAN
        lignes = _liste(code, demande, choisies, lues, limite) if nombre else []
        visibles = _visibles(lignes)
        montrees = [ligne for ligne in lignes if (ligne.objet, ligne.id) in visibles]
        nombre -= len(lignes) - len(montrees)
        page = render_template(
            "indicateur.html",
            demande=demande,
            chiffre=apercu.chiffre,
            indicateur=indicateur,
            reponse=reponse,
            groupes=[(r, nom_de_la_reponse(indicateur, r), n) for r, n in groupes.items()],
            lignes=[
                (
                    *visibles[ligne.objet, ligne.id],
                    nom_de_la_reponse(indicateur, ligne.reponse),
                    ligne,
                )
                for ligne in montrees[:LIGNES_A_L_ECRAN]
            ],
            nombre=nombre,
            cachees=sum(apercu.groupes[r] for r in choisies) - nombre,
            peut_exporter=acces.perimetre().peut("chiffre", "exporter"),
            fil=[
                ("Accueil", f"{request.script_root}/"),
                ("Indicateurs", url_for(".index", **demande.adresse)),
            ],
        )
        journal.consigner(
            "lecture_liste",
            table="indicateur",
            cle=code,
            detail={**demande.adresse, "lignes": nombre},
        )
        db.session.commit()
        return page

    @expose("/<code>/exporter", methods=["POST"])
    @has_access
    @permission_name("exporter")
    def exporter(self, code: str):
        demande, indicateur = lire_demande(request.form), _indicateur(code)
        motif = lire_motif() or abort(400, description="Dites à quoi va servir la liste.")
        toutes = _liste(code, demande)
        visibles = _visibles(toutes)
        lignes = [
            (visibles[ligne.objet, ligne.id][0], ligne)
            for ligne in toutes
            if (ligne.objet, ligne.id) in visibles
        ]
        colonnes = (
            Colonne("Personne ou réunion", "texte", lambda x: x[0], 40),
            Colonne("Réponse", "texte", lambda x: nom_de_la_reponse(indicateur, x[1].reponse), 18),
            Colonne("Raison", "texte", lambda x: x[1].raison, 60),
            Colonne("Date", "date", lambda x: x[1].le),
        )
        definition = (
            Colonne("Indicateur", "texte", lambda x: x[0], 50),
            Colonne("Comment est-ce calculé ?", "recit", lambda x: x[1], 110),
        )
        phrases = [
            (
                f"{code} – {indicateur.titre}, {demande.territoire}, {demande.periode}",
                indicateur.regle,
            ),
            *figures.REGLES_COMMUNES,
        ]
        return envoyer_classeur(
            [Feuille("Liste", colonnes, lignes), Feuille("Définitions", definition, phrases)],
            f"{code}-{demande.du}-{demande.au}.xlsx",
            motif=motif,
            table="indicateur",
            cle=code,
            detail=lambda: {
                **demande.adresse,
                "lignes": len(lignes),
                "cachees": len(toutes) - len(lignes),
            },
        )

    @expose("/<code>/comparer")
    @has_access
    @permission_name("lire")
    def comparer(self, code: str):
        """The same figure in the other territories the person may read, month after month, year
        after year."""
        demande, indicateur = lire_demande(request.args), _indicateur(code)
        fin = demande.au.replace(day=1)
        mois = [ajouter_mois(fin, -n) for n in range(MOIS_COMPARES - 1, -1, -1)]
        annees = _annees(demande)
        lignes = {
            f"Par territoire, {demande.periode}": [
                (nom, demande.du, demande.au, mds or None) for mds, nom in demande.choix
            ],
            f"Par mois, {demande.territoire}": [
                (
                    f"{premier:%m/%Y}",
                    premier,
                    ajouter_mois(premier, 1) - timedelta(days=1),
                    demande.mds,
                )
                for premier in mois
            ],
            f"Par année, {demande.territoire}": [
                (nom, du, au, demande.mds) for nom, du, au in annees
            ],
        }
        chiffres = iter(
            figures.calculer_ensemble(
                [
                    figures.Periode(du, au, mds, frozenset({code}))
                    for rangees in lignes.values()
                    for _, du, au, mds in rangees
                ]
            )
        )
        tableaux = [
            (
                titre,
                titre.split()[1].rstrip(",").capitalize(),
                [(nom, next(chiffres)[code]) for nom, *_ in rangees],
            )
            for titre, rangees in lignes.items()
        ]
        return render_template(
            "indicateur_compare.html",
            demande=demande,
            indicateur=indicateur,
            tableaux=tableaux,
            hauteur=hauteur,
            plus_haut=plus_haut,
            fil=[
                ("Accueil", f"{request.script_root}/"),
                ("Indicateurs", url_for(".index", **demande.adresse)),
                (code, url_for(".personnes", code=code, **demande.adresse)),
            ],
        )


def _indicateur(code: str) -> figures.Indicateur:
    return figures.DEFINITIONS.get(code) or abort(404)


def _annees(demande: Demande) -> list[tuple[str, date, date]]:
    """(name, first day, last day) of each year up to that of the period, since the first data;
    today's ends today."""
    jour = aujourd_hui()
    with acces.compter():
        premier = db.session.scalar(
            select(
                func.least(
                    select(func.min(Accompagnement.du)).scalar_subquery(),
                    select(func.min(Jeune.contact_le)).scalar_subquery(),
                    select(func.min(Instance.le)).scalar_subquery(),
                    select(func.min(Poste.du)).scalar_subquery(),
                )
            )
        )
    derniere = max(min(demande.au.year, jour.year), demande.du.year)
    premiere = min(
        max(derniere - ANNEES_COMPAREES + 1, premier.year if premier else derniere), derniere
    )
    return [
        (f"{n}, en cours", date(n, 1, 1), jour)
        if n == jour.year
        else (str(n), date(n, 1, 1), date(n, 12, 31))
        for n in range(premiere, derniere + 1)
    ]


def _mds_ouvertes() -> frozenset[int] | None:
    """The MDS whose files the person may open; None: all."""
    lues = acces.perimetre().mds("jeune", "lire")
    return None if lues is acces.TOUTES else lues


def _liste(
    code: str,
    demande: Demande,
    reponses: Collection[str] = (),
    lues: Collection[int] | None = None,
    limite: int | None = None,
) -> list[figures.Ligne]:
    """Those behind a figure, as people may read them."""
    lignes = figures.liste(
        code, demande.du, demande.au, demande.mds, reponses=reponses, lues=lues, limite=limite
    )
    return (
        [replace(x, reponse=_montree(code, x.reponse)) for x in lignes]
        if code in SECRETS
        else lignes
    )


def _montree(code: str, reponse: str) -> str:
    """The answer as people may read it."""
    return "repondu" if code in SECRETS and reponse in ("oui", "non") else reponse


def _reunir(code: str, groupes: dict[str, int]) -> dict[str, int]:
    """The answers as people may read them, those who are left out last."""
    reunis: dict[str, int] = {}
    for reponse in sorted(groupes, key=lambda r: ORDRE.index(r) if r in ORDRE else len(ORDRE)):
        montree = _montree(code, reponse)
        reunis[montree] = reunis.get(montree, 0) + groupes[reponse]
    return reunis


def nom_de_la_reponse(indicateur: figures.Indicateur, reponse: str) -> str:
    if indicateur.a_part and reponse == indicateur.a_part[1]:
        return indicateur.a_part[2]
    return (
        "Compté"
        if reponse == "oui" and not isinstance(indicateur, figures.Taux)
        else REPONSES[reponse]
    )


def plus_haut(chiffres: list[tuple[str, figures.Chiffre]]) -> float:
    """The longest bar of a table."""
    return max([h for _, c in chiffres if (h := hauteur(c)) is not None] + [1])


def _visibles(lignes: list[figures.Ligne]) -> dict[tuple[str, int], tuple[str, str]]:
    """(kind, number) → (what it is called, its address), for what the acting account may read,
    under its own rights."""
    perimetre, trouves = acces.perimetre(), {}
    for objet, modele, nom in (
        ("jeune", Jeune, Jeune.nom + " " + Jeune.prenom + " (" + Jeune.code + ")"),
        ("poste", Poste, Poste.coordonnateur),
        (
            "instance",
            Instance,
            func.concat(
                TypeInstance.libelle,
                ", ",
                func.coalesce(Mds.nom, "Département"),
                " (",
                Instance.code,
                ")",
            ),
        ),
    ):
        numeros = list({ligne.id for ligne in lignes if ligne.objet == objet})
        if not numeros or not perimetre.peut(objet, "lire"):
            continue
        requete = select(modele.id, nom).where(modele.id == any_(cast(numeros, ARRAY(Integer))))
        if modele is Instance:
            requete = requete.join(TypeInstance, TypeInstance.code == Instance.type_code).outerjoin(
                Mds, Mds.id == Instance.mds_id
            )
        base = base_de(objet, perimetre)
        trouves |= {
            (objet, numero): (texte, f"{base}{numero}" if base else "")
            for numero, texte in db.session.execute(requete)
        }
    return trouves


VUES = (IndicateursView,)
