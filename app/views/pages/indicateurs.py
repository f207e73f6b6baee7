"""The figures on screen (M12).

Each one with its completeness and its rule, and the list of those it counts or leaves out.

A figure never depends on who asks; a person of the list is shown to who may read their file, and
only counted for others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from urllib.parse import urlencode

from flask import abort, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import ARRAY, Integer, Row, Select, any_, cast, func, select

from app import acces, journal, menu
from app import indicateurs as figures
from app.echanges.formats.ecriture import Colonne, Feuille
from app.extensions import db
from app.indicateurs import graphiques
from app.indicateurs.chiffres import hauteur
from app.indicateurs.objectifs import Constat, attendu, constater
from app.indicateurs.requete import OBJETS
from app.menu import AuMenu
from app.models import Accompagnement, Convention, Instance, Jeune, Mds, Objectif, Poste
from app.models.nomenclature import Logement, TypeInstance
from app.regles.age import ajouter_mois, aujourd_hui
from app.regles.texte import majuscule
from app.sorties_de_donnees import FichierSorti
from app.views.pages import territoire
from app.views.pages.familles import par_famille
from app.views.pages.periode_demandee import COMPARAISONS, PeriodeDemandee, lire_demande
from app.views.socle import differe, traces
from app.views.socle.export import envoyer_classeur
from app.views.socle.fiche import base_de

LIGNES_A_L_ECRAN = 500
"""Beyond, the export has them all."""
MOIS_COMPARES = 12
PLUSIEURS = 2
POINTS_PAR_MDS = 4
"""Points of the small drawings, each the twelve months that end with a quarter."""
ANNEES_COMPAREES = 5
REPONSES = {
    "oui": "Oui",
    "non": "Non",
    "nr": "Non renseigné",
    "ecarte": "Non compté",
    "repondu": "A répondu",
}
ORDRE = ("oui", "non", "nr", "ecarte")


@dataclass(frozen=True)
class PageDesChiffres:
    """All the figures of a period, beside those of the period it is compared with."""

    demande: PeriodeDemandee
    resultats: figures.Resultats
    avant: figures.Resultats | None
    graphiques: list[graphiques.Graphique]
    objectifs: dict[str, Row]
    """Code → its objective, in the convention that runs at the end of the period."""
    comparaisons = COMPARAISONS
    regles_communes = figures.REGLES_COMMUNES

    @property
    def chiffres(self) -> list[tuple[figures.Chiffre, figures.Chiffre | None]]:
        """Each figure, and what it was before."""
        if self.avant is None:
            return [(chiffre, None) for chiffre in self.resultats]
        return [(chiffre, self.avant[chiffre.code]) for chiffre in self.resultats]

    def constat(self, chiffre: figures.Chiffre) -> Constat | None:
        """The target of a figure; reached or not is told of the whole Département alone."""
        objectif = self.objectifs.get(chiffre.code)
        if objectif is None:
            return None
        constat = constater(objectif.sens, objectif.cible, chiffre)
        return constat if self.demande.mds is None else replace(constat, atteint=None)

    @property
    def familles(self):
        """The figures that people read together, under their title."""
        return par_famille(self.chiffres, lambda paire: paire[0].code)


def composer_les_chiffres(demande: PeriodeDemandee) -> PageDesChiffres:
    """One statement for the Département, one for the MDS."""
    periodes = [figures.Periode(demande.du, demande.au, demande.mds)]
    periodes += graphiques.tendance(demande.au, demande.mds, graphiques.A_L_ECRAN)
    if demande.avant:
        periodes.append(figures.Periode(*demande.avant, demande.mds))
    resultats, *tendance = figures.calculer_ensemble(periodes)
    avant = tendance.pop() if demande.avant else None
    dessins = graphiques.evolutions(tendance, graphiques.A_L_ECRAN)
    dessins.append(graphiques.delais(resultats["I3d"]))
    libelles = {ligne.code: ligne.libelle for ligne in db.session.execute(_LOGEMENTS)}
    dessins.append(graphiques.typologie(resultats["I8"], libelles))
    return PageDesChiffres(demande, resultats, avant, dessins, objectifs_du(demande.au))


def objectifs_du(le: date) -> dict[str, Row]:
    """The objectives that the reader may see, of the convention that runs on that day."""
    requete = (
        select(Objectif.indicateur, Objectif.sens, Objectif.cible)
        .join(Convention, Convention.id == Objectif.convention_id)
        .where(Convention.du <= le, Convention.au >= le)
        .order_by(Convention.du, Objectif.id)
    )
    return {objectif.indicateur: objectif for objectif in db.session.execute(requete)}


_LOGEMENTS = select(Logement.code, Logement.libelle)


@dataclass(frozen=True)
class Montree:
    """A line of the list, as the reader may see it."""

    nom: str
    adresse: str
    reponse: str
    ligne: figures.LigneComptee

    @property
    def raison(self) -> str:
        reprise = "situation reprise" if self.ligne.reprise else ""
        return majuscule(" ; ".join(filter(None, (self.ligne.raison, reprise))))


@dataclass(frozen=True)
class PageDesPersonnes:
    """Those a figure counts and those it leaves out, with the reason."""

    demande: PeriodeDemandee
    indicateur: figures.Indicateur
    apercu: figures.Apercu
    reponse: str
    """The answer that the page shows; empty: all."""
    trouvees: list[Montree]
    """The lines read, as far as the reader may see them."""
    non_ouvertes: int
    """Among the lines read, those that the reader may not open after all."""

    @property
    def chiffre(self) -> figures.Chiffre:
        return self.apercu.chiffre

    @property
    def groupes(self) -> list[tuple[str, str, int]]:
        """(answer, what it is called, how many), those who are left out last."""
        reunis: dict[str, int] = {}
        for reponse in sorted(self.apercu.groupes, key=_rang):
            montree = reponse_montree(self.indicateur, reponse)
            reunis[montree] = reunis.get(montree, 0) + self.apercu.groupes[reponse]
        return [(r, nom_de_la_reponse(self.indicateur, r), n) for r, n in reunis.items()]

    @property
    def lignes(self) -> list[Montree]:
        return self.trouvees[:LIGNES_A_L_ECRAN]

    @cached_property
    def nombre(self) -> int:
        """The lines that the reader may open, shown on this page or not."""
        choisies = _choisies(self.indicateur, self.apercu, self.reponse)
        return sum(self.apercu.lisibles[r] for r in choisies) - self.non_ouvertes

    @property
    def cachees(self) -> int:
        choisies = _choisies(self.indicateur, self.apercu, self.reponse)
        return sum(self.apercu.groupes[r] for r in choisies) - self.nombre

    @property
    def peut_exporter(self) -> bool:
        return acces.perimetre().peut("chiffre", "exporter")


def composer_les_personnes(
    demande: PeriodeDemandee, indicateur: figures.Indicateur, reponse: str
) -> PageDesPersonnes:
    lues = _mds_ouvertes()
    periode = figures.Periode(demande.du, demande.au, demande.mds, frozenset({indicateur.code}))
    apercu = figures.apercu(periode, lues)
    choisies = _choisies(indicateur, apercu, reponse)
    lignes = []
    if any(apercu.lisibles[r] for r in choisies):
        # Postes and meetings are few: who may open them is asked of the base alone.
        limite = None if indicateur.parmi in OBJETS else LIGNES_A_L_ECRAN
        lignes = _liste(
            indicateur, demande, figures.ChoixDeLignes(choisies, limite=limite, lues=lues)
        )
    trouvees = _montrer(indicateur, lignes)
    return PageDesPersonnes(
        demande, indicateur, apercu, reponse, trouvees, len(lignes) - len(trouvees)
    )


@dataclass(frozen=True)
class PageDeComparaison:
    """The same figure elsewhere and at other times."""

    demande: PeriodeDemandee
    indicateur: figures.Indicateur
    tableaux: list[tuple[str, str, list[tuple[str, figures.Chiffre]]]]
    """(title, head of the first column, figures by name)."""
    multiples: list[tuple[str, traces.Courbe]]
    """The trend of each MDS that the person reads, on one scale; nothing for one MDS alone."""
    series: list[tuple[str, list[traces.Valeur]]]
    """The figures that they draw."""
    cible: str
    """« au moins 70 % », drawn on each; empty without an objective."""

    hauteur = staticmethod(hauteur)

    @staticmethod
    def plus_haut(chiffres: Sequence[tuple[str, figures.Chiffre]]) -> float:
        """The longest bar of a table."""
        hauteurs = [hauteur(chiffre) for _, chiffre in chiffres]
        return max([h for h in hauteurs if h is not None] + [1])


def composer_la_comparaison(
    demande: PeriodeDemandee, indicateur: figures.Indicateur
) -> PageDeComparaison:
    """In the other territories the person may read, month after month, year after year."""
    fin = demande.au.replace(day=1)
    mois = [ajouter_mois(fin, -n) for n in range(MOIS_COMPARES - 1, -1, -1)]
    lignes = {
        ("Par territoire", demande.periode): [
            (nom, demande.du, demande.au, code or None) for code, nom in demande.choix
        ],
        ("Par mois", demande.territoire): [
            (f"{premier:%m/%Y}", premier, _fin_du_mois(premier), demande.mds) for premier in mois
        ],
        ("Par année", demande.territoire): [
            (nom, du, au, demande.mds) for nom, du, au in _annees(demande)
        ],
    }
    codes = frozenset({indicateur.code})
    par_mds = _mds_a_dessiner(demande, indicateur)
    points = graphiques.douze_mois(demande.au, POINTS_PAR_MDS, 3)
    periodes = [figures.Periode(*point, mds, codes) for _, mds in par_mds for point in points]
    for rangees in lignes.values():
        periodes += [figures.Periode(du, au, mds, codes) for _, du, au, mds in rangees]
    resultats = iter(figures.calculer_ensemble(periodes))
    series = [
        (nom, [_valeur(next(resultats), indicateur.code) for _ in range(POINTS_PAR_MDS)])
        for nom, _ in par_mds
    ]
    tableaux = []
    for (par, precision), rangees in lignes.items():
        entete = majuscule(par.removeprefix("Par "))
        chiffres = [(nom, next(resultats)[indicateur.code]) for nom, *_ in rangees]
        tableaux.append((f"{par}, {precision}", entete, chiffres))
    hauteur_de_la_cible, cible = _cible_de_chacune(demande, indicateur)
    dessins = traces.multiples(series, ecrire=lambda _: cible, cible=hauteur_de_la_cible)
    return PageDeComparaison(demande, indicateur, tableaux, dessins, series, cible)


def _cible_de_chacune(
    demande: PeriodeDemandee, indicateur: figures.Indicateur
) -> tuple[float | None, str]:
    """The objective that each MDS has like the Département: that of a rate, never of a number."""
    if not isinstance(indicateur, figures.Taux):
        return None, ""
    objectif = objectifs_du(demande.au).get(indicateur.code)
    if objectif is None:
        return None, ""
    return float(objectif.cible), attendu(indicateur, objectif.sens, objectif.cible)


def _mds_a_dessiner(
    demande: PeriodeDemandee, indicateur: figures.Indicateur
) -> list[tuple[str, str]]:
    """(name, code) of those beside each other; none for one alone, nor for what has no height."""
    trouvees = [(nom, code) for code, nom in demande.choix if code]
    se_dessine = isinstance(indicateur, figures.Effectif | figures.Taux)
    return trouvees if se_dessine and len(trouvees) >= PLUSIEURS else []


def _valeur(resultats: figures.Resultats, code: str) -> traces.Valeur:
    chiffre = resultats[code]
    return traces.Valeur(f"{resultats.au:%m/%Y}", hauteur(chiffre), chiffre.texte)


class IndicateursView(BaseView):
    route_base = "/indicateurs"
    class_permission_name = "chiffre"
    au_menu = AuMenu(menu.COMPTES, 10, "Indicateurs", "index")
    default_view = "index"

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        page = composer_les_chiffres(lire_demande(request.args))
        return render_template("indicateurs.html", page=page, fil=_fil())

    @expose("/<code>")
    @has_access
    @permission_name("lire")
    def personnes(self, code: str):
        """Those the figure counts and those it leaves out, with the reason."""
        demande = lire_demande(request.args)
        reponse = request.args.get("reponse", "")
        page = composer_les_personnes(demande, _indicateur(code), reponse)
        rendu = render_template("indicateur.html", page=page, fil=_fil(demande))
        journal.consigner(
            "lecture_liste",
            table="indicateur",
            cle=code,
            detail={**demande.adresse, "lignes": page.nombre},
        )
        db.session.commit()
        return rendu

    @expose("/<code>/exporter", methods=["POST"])
    @has_access
    @permission_name("exporter")
    def exporter(self, code: str):
        demande = lire_demande(request.form)
        indicateur = _indicateur(code)
        motif = territoire.motif_exige("la liste")
        reponse = request.form.get("reponse", "")
        toutes = _liste(indicateur, demande, figures.ChoixDeLignes())
        dite = "toutes"
        if reponse:
            toutes = [ligne for ligne in toutes if ligne.reponse == reponse]
            if not toutes:
                abort(404)
            dite = nom_de_la_reponse(indicateur, reponse)
        if attente := differe.differer(f"Liste de {code}", len(toutes)):
            return attente
        lignes = _montrer(indicateur, toutes)
        titre = f"{code} – {indicateur.titre}, {demande.territoire}, {demande.periode}"
        phrases = [(titre, indicateur.regle), *figures.REGLES_COMMUNES]
        return envoyer_classeur(
            [Feuille("Liste", LISTE, lignes), Feuille("Définitions", DEFINITION, phrases)],
            f"{code}-{demande.du}-{demande.au}.xlsx",
            motif=motif,
            filtres=f"Réponses : {dite}",
            fichier=lambda: FichierSorti(
                f"Liste de l’indicateur {code}",
                "indicateur",
                len(lignes),
                [m.ligne.id for m in lignes if m.ligne.objet == "jeune"],
                cle=code,
                filtres=f"{demande.territoire}, {demande.periode} ; Réponses : {dite}",
                detail={
                    **demande.adresse,
                    "reponse": reponse,
                    "cachees": len(toutes) - len(lignes),
                },
            ),
        )

    @expose("/<code>/comparer")
    @has_access
    @permission_name("lire")
    def comparer(self, code: str):
        """The same figure elsewhere and at other times."""
        demande = lire_demande(request.args)
        indicateur = _indicateur(code)
        page = composer_la_comparaison(demande, indicateur)
        return render_template("indicateur_compare.html", page=page, fil=_fil(demande, indicateur))


LISTE = (
    Colonne("Personne ou réunion", "texte", lambda montree: montree.nom, 40),
    Colonne("Réponse", "texte", lambda montree: montree.reponse, 18),
    Colonne("Raison", "texte", lambda montree: montree.raison, 60),
    Colonne("Date", "date", lambda montree: montree.ligne.le),
)
DEFINITION = (
    Colonne("Indicateur", "texte", lambda phrase: phrase[0], 50),
    Colonne("Comment est-ce calculé ?", "recit", lambda phrase: phrase[1], 110),
)


def _fil(
    demande: PeriodeDemandee | None = None, indicateur: figures.Indicateur | None = None
) -> list[tuple[str, str]]:
    """The way back: home, the figures of the same period, the list behind one."""
    fil = [("Accueil", f"{request.script_root}/")]
    if demande:
        adresse = url_for("IndicateursView.index")
        fil.append(("Indicateurs", f"{adresse}?{urlencode(demande.adresse)}"))
    if demande and indicateur:
        adresse = url_for("IndicateursView.personnes", code=indicateur.code)
        fil.append((indicateur.titre, f"{adresse}?{urlencode(demande.adresse)}"))
    return fil


def _indicateur(code: str) -> figures.Indicateur:
    return figures.DEFINITIONS.get(code) or abort(404)


def _fin_du_mois(premier: date) -> date:
    return ajouter_mois(premier, 1) - timedelta(days=1)


def _annees(demande: PeriodeDemandee) -> list[tuple[str, date, date]]:
    """(name, first day, last day) of each year up to that of the period, since the first data.

    Today's ends today.
    """
    jour = aujourd_hui()
    derniere = max(min(demande.au.year, jour.year), demande.du.year)
    premiere = max(derniere - ANNEES_COMPAREES + 1, _premiere_annee() or derniere)
    annees = []
    for annee in range(min(premiere, derniere), derniere + 1):
        if annee == jour.year:
            annees.append((f"{annee}, en cours", date(annee, 1, 1), jour))
        else:
            annees.append((str(annee), date(annee, 1, 1), date(annee, 12, 31)))
    return annees


def _premiere_annee() -> int | None:
    """That of the first data; None: there is none."""
    jours = (Accompagnement.du, Jeune.contact_le, Instance.le, Poste.du)
    with acces.compter():
        premier = db.session.scalar(
            select(func.least(*(select(func.min(jour)).scalar_subquery() for jour in jours)))
        )
    return premier and premier.year


def _mds_ouvertes() -> frozenset[int] | None:
    """The MDS whose files the person may open; None: all."""
    lues = acces.perimetre().mds("jeune", "lire")
    return lues if isinstance(lues, frozenset) else None


def _choisies(indicateur: figures.Indicateur, apercu: figures.Apercu, reponse: str) -> list[str]:
    """The answers that are shown as ``reponse``; all when it is empty."""
    return [r for r in apercu.groupes if not reponse or reponse_montree(indicateur, r) == reponse]


def _rang(reponse: str) -> int:
    return ORDRE.index(reponse) if reponse in ORDRE else len(ORDRE)


def _liste(
    indicateur: figures.Indicateur, demande: PeriodeDemandee, page: figures.ChoixDeLignes
) -> list[figures.LigneComptee]:
    """Those behind a figure, as people may read them."""
    lignes = figures.liste(indicateur.code, demande.du, demande.au, demande.mds, page)
    return [replace(ligne, reponse=reponse_montree(indicateur, ligne.reponse)) for ligne in lignes]


def reponse_montree(indicateur: figures.Indicateur, reponse: str) -> str:
    """The answer as people may read it."""
    if indicateur.est_secret and reponse in ("oui", "non"):
        return "repondu"
    return reponse


def nom_de_la_reponse(indicateur: figures.Indicateur, reponse: str) -> str:
    if indicateur.a_part and reponse == indicateur.a_part.nom:
        return indicateur.a_part.titre
    if reponse == "oui" and not isinstance(indicateur, figures.Taux):
        return "Compté"
    return REPONSES[reponse]


def _montrer(
    indicateur: figures.Indicateur, lignes: Sequence[figures.LigneComptee]
) -> list[Montree]:
    """The lines that the acting account may read, under its own rights."""
    noms: dict[tuple[str, int], tuple[str, str]] = {}
    for objet, requete in _NOMS.items():
        numeros = list({ligne.id for ligne in lignes if ligne.objet == objet})
        if not numeros or not acces.perimetre().peut(objet, "lire"):
            continue
        base = base_de(objet, acces.perimetre())
        voulus = requete.where(requete.selected_columns[0] == any_(cast(numeros, ARRAY(Integer))))
        for numero, nom in db.session.execute(voulus):
            noms[objet, numero] = (nom, f"{base}{numero}" if base else "")
    return [
        Montree(*noms[ligne.objet, ligne.id], nom_de_la_reponse(indicateur, ligne.reponse), ligne)
        for ligne in lignes
        if (ligne.objet, ligne.id) in noms
    ]


_NOMS: dict[str, Select[int, str]] = {
    "jeune": select(Jeune.id, Jeune.nom + " " + Jeune.prenom + " (" + Jeune.code + ")"),
    "poste": select(Poste.id, Poste.coordonnateur),
    "instance": select(
        Instance.id,
        func.concat(
            TypeInstance.libelle,
            *(", ", func.coalesce(Mds.nom, "Département")),
            *(" (", Instance.code, ")"),
        ),
    )
    .join(TypeInstance, TypeInstance.code == Instance.type_code)
    .outerjoin(Mds, Mds.id == Instance.mds_id),
}
"""What a line is called, by the kind of thing it is about."""


VUES = (IndicateursView,)
