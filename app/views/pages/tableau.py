"""The monthly table on screen (M11).

Its figures and how they are calculated, what must be mended first, the download.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from flask import Response, abort, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Row
from werkzeug.wrappers import Response as Reponse

from app import acces, indicateurs, menu
from app.echanges.formats.ecriture import MIME
from app.echanges.tableau import classeur as tableau_classeur
from app.echanges.tableau import disposition, synthese
from app.echanges.tableau import envoi as tableau_envoi
from app.echanges.tableau import mensuel as tableau_mensuel
from app.echanges.tableau.lignes import LigneDeLogement
from app.echanges.tableau.mensuel import TableauDuMois
from app.erreurs import PeriodeRefusee
from app.indicateurs import anomalies, paquets
from app.indicateurs.chiffres import Chiffre, en_francais, en_pourcent
from app.menu import AuMenu
from app.models import Envoi, Mds
from app.regles import parametres as p
from app.regles.age import aujourd_hui
from app.views.instance import peut_tenir
from app.views.pages import territoire
from app.views.pages.familles import par_famille
from app.views.socle import differe
from app.views.socle.fiche import base_de
from app.views.socle.fichiers import envoyer_ecrit

LIGNES_A_L_ECRAN = 500
"""Of one rule; beyond, the workbook has them all."""


@dataclass(frozen=True)
class MoisChoisi:
    """The month and the MDS that the request names, and the territories the person may choose."""

    mois: date
    mds: Mds | None
    territoires: territoire.Territoires

    @property
    def mds_id(self) -> int | None:
        return self.mds and self.mds.id

    @property
    def adresse(self) -> dict[str, Any]:
        """What ``url_for`` takes."""
        return {"mois": f"{self.mois:%Y-%m}", "mds": territoire.code(self.mds)}


def mois_choisi(valeurs: Mapping[str, str]) -> MoisChoisi:
    """By default the last month that is over, and the first MDS allowed.

    Refuses (404) what cannot be chosen.
    """
    territoires = territoire.permis("tableau")
    mds = territoires.choisi(valeurs)
    dernier = aujourd_hui().replace(day=1) - timedelta(days=1)
    try:
        mois = tableau_mensuel.lire_mois(valeurs.get("mois") or f"{dernier:%Y-%m}")
    except tableau_mensuel.MoisRefuse as refus:
        raise PeriodeRefusee(str(refus)) from refus
    return MoisChoisi(mois, mds, territoires)


AnomalieComptee = tuple[anomalies.RegleDAnomalie, str, int]
"""A rule, its severity in words, how many lines it finds."""


def anomalies_du_mois(mois: date, mds_id: int | None) -> list[AnomalieComptee]:
    """The rules that find something, most serious first."""
    nombres = anomalies.compter(*tableau_mensuel.bornes(mois), mds_id)
    return [
        (regle, anomalies.GRAVITES[regle.gravite], nombres[regle.code])
        for regle in anomalies.REGLES
        if nombres[regle.code]
    ]


@dataclass
class IndicateurMontre:
    """An indicator on the screen: its definition, its lines of figures, what to read with care."""

    definition: indicateurs.Indicateur
    lignes: list[tuple[str, list[str]]] = field(default_factory=list)
    """(label, the words of the three periods)."""
    completudes: list[str] = field(default_factory=list)
    """Of a rate, how complete it is in the three periods; empty where nothing can be missing."""
    prudence: str = ""


@dataclass(frozen=True)
class PageDuTableau:
    """The screen of a month."""

    demande: MoisChoisi
    rapport: TableauDuMois
    groupes: list[IndicateurMontre]
    logements: list[tuple[str, list[tuple[str, str]]]]
    """(kind of housing, (number, share) in the three periods)."""
    envoi: Envoi | None
    """The latest sending of the month, prepared or done."""
    peut_exporter: bool
    peut_nommer: bool
    peut_envoyer: bool
    peut_lire_envois: bool
    periodes: Mapping[str, tuple[str, str]] = field(default_factory=lambda: disposition.PERIODES)
    regles_communes: Sequence[tuple[str, str]] = indicateurs.REGLES_COMMUNES

    @property
    def familles(self) -> list[tuple[str, list[IndicateurMontre]]]:
        """The figures that people read together, under their title."""
        return par_famille(self.groupes, lambda groupe: groupe.definition.code)


@dataclass(frozen=True)
class PageDesControles:
    """What must be mended before a month is sent."""

    demande: MoisChoisi
    territoire: str
    mois: str
    anomalies: list[AnomalieComptee]


@dataclass(frozen=True)
class PageDeCompletude:
    """Of each rate, how many answers are known since January, in each territory that one reads."""

    mois: str
    taux: list[indicateurs.Taux]
    lignes: list[tuple[str, list[tuple[str, bool]]]]
    """(territory, (words, too incomplete) of each rate)."""
    minimum: int = p.COMPLETUDE_MINIMALE.valeur


@dataclass(frozen=True)
class LigneACorriger:
    """A line of anomaly, and the link to what mends it: its words and its address, or nothing."""

    ligne: Row[Any]
    mot: str
    adresse: str


@dataclass(frozen=True)
class PageDAnomalie:
    """The lines of one rule."""

    regle: anomalies.RegleDAnomalie
    gravite: str
    nombre: int
    lignes: list[LigneACorriger]


class TableauView(BaseView):
    route_base = "/tableau"
    class_permission_name = "tableau"
    au_menu = AuMenu(menu.COMPTES, 20, "Tableau mensuel", "index")
    default_view = "index"

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self) -> str:
        demande = mois_choisi(request.args)
        rapport = tableau_mensuel.calculer_le_mois(demande.mois, demande.mds)
        perimetre = acces.perimetre()
        page = PageDuTableau(
            demande=demande,
            rapport=rapport,
            groupes=_groupes(rapport),
            logements=list(map(_logement, synthese.lignes_de_logement(rapport.colonnes))),
            envoi=next(iter(tableau_envoi.de_ce_mois(rapport.du, demande.mds_id)), None),
            peut_exporter=perimetre.peut("tableau", "exporter", demande.mds_id),
            peut_nommer=perimetre.peut("tableau", "nominatif", demande.mds_id),
            peut_envoyer=tableau_envoi.peut_envoyer(demande.mds_id),
            peut_lire_envois=perimetre.peut("envoi", "lire", demande.mds_id),
        )
        return render_template("tableau.html", page=page, fil=territoire.fil())

    @expose("/telecharger", methods=["POST"])
    @has_access
    @permission_name("exporter")
    def telecharger(self) -> Response | Reponse:
        demande = mois_choisi(request.form)
        avec_noms = request.form.get("noms") == "oui"
        motif = territoire.motif_exige("le tableau")
        titre = f"Tableau mensuel, {demande.mois:%m/%Y}, {territoire.nom(demande.mds)}"
        if attente := differe.differer_les_chiffres(
            titre,
            demande.mds_id,
            lambda: tableau_mensuel.nombre_de_lignes(demande.mois, demande.mds),
        ):
            return attente
        rapport = tableau_mensuel.calculer_le_mois(demande.mois, demande.mds)
        return envoyer_ecrit(
            lambda chemin: tableau_classeur.ecrire(
                rapport, chemin, avec_noms=avec_noms, motif=motif
            ),
            rapport.nom_de_fichier(avec_noms),
            MIME,
        )

    @expose("/completude")
    @has_access
    @permission_name("lire")
    def completude(self) -> str:
        demande = mois_choisi(request.args)
        return render_template(
            "tableau_completude.html",
            page=_completude(demande),
            fil=_fil_du_tableau(demande),
        )

    @expose("/controles")
    @has_access
    @permission_name("lire")
    def controles(self) -> str:
        """The screen of the month asks for it once its figures are shown."""
        demande = mois_choisi(request.args)
        tableau_mensuel.verifier_droit(demande.mds)
        page = PageDesControles(
            demande,
            territoire.nom(demande.mds),
            tableau_mensuel.nom_du_mois(demande.mois),
            anomalies_du_mois(demande.mois, demande.mds_id),
        )
        return render_template("tableau_controles.html", page=page, fil=_fil_du_tableau(demande))

    @expose("/anomalies/<code>")
    @has_access
    @permission_name("lire")
    def anomalies(self, code: str) -> str:
        regle = anomalies.PAR_CODE.get(code) or abort(404)
        demande = mois_choisi(request.args)
        tableau_mensuel.verifier_droit(demande.mds)
        du, au = tableau_mensuel.bornes(demande.mois)
        with paquets.lecture() as recomptes:
            lues = anomalies.lister(
                du, au, demande.mds_id, code, LIGNES_A_L_ECRAN, a_garder=recomptes
            )
            lignes = list(lues)
        nombre = len(lignes)
        if nombre == LIGNES_A_L_ECRAN:  # perhaps more
            nombre = anomalies.compter(du, au, demande.mds_id, (regle,))[code]
        page = PageDAnomalie(
            regle,
            anomalies.GRAVITES[regle.gravite],
            nombre,
            [_a_corriger(regle, ligne, rang) for rang, ligne in enumerate(lignes, 1)],
        )
        return render_template("tableau_anomalies.html", page=page, fil=_fil_du_tableau(demande))


def _fil_du_tableau(demande: MoisChoisi) -> list[tuple[str, str]]:
    return territoire.fil(("Tableau mensuel", url_for(".index", **demande.adresse)))


def _completude(demande: MoisChoisi) -> PageDeCompletude:
    taux = [
        definition
        for definition in indicateurs.DEFINITIONS.values()
        if isinstance(definition, indicateurs.Taux) and definition.inconnu
    ]
    for mds in demande.territoires.par_code.values():
        tableau_mensuel.verifier_droit(mds)
    # Read before counting, which ends the transaction: each MDS would be read again.
    noms = [nom for _, nom in demande.territoires.choix]
    au = tableau_mensuel.bornes(demande.mois)[1]
    codes = frozenset(d.code for d in taux)
    resultats = indicateurs.calculer_ensemble(
        [
            indicateurs.Periode(au.replace(month=1, day=1), au, code or None, codes)
            for code in demande.territoires.par_code
        ]
    )
    lignes = []
    for nom, chiffres in zip(noms, resultats, strict=True):
        lignes.append((nom, [_completude_dite(chiffres[d.code]) for d in taux]))
    return PageDeCompletude(tableau_mensuel.nom_du_mois(demande.mois), taux, lignes)


def _completude_dite(chiffre: Chiffre) -> tuple[str, bool]:
    if chiffre.completude is None:
        return "sans objet", chiffre.alerte
    return en_pourcent(chiffre.completude, 0), chiffre.alerte


def _a_corriger(regle: anomalies.RegleDAnomalie, ligne: Row[Any], rang: int) -> LigneACorriger:
    """The link for whoever may change or read the record; nothing for others.

    Once mended, the line is gone and the next one has its rank: one comes back to it.
    """
    perimetre = acces.perimetre()
    retour = quote(f"{request.full_path}#ligne-{rang}", safe="")
    if regle.par_paire and ligne.autre_id and perimetre.peut("fusion", "creer", ligne.mds_id):
        paire = f"jeune={ligne.jeune_id}&autre={ligne.autre_id}&retour={retour}"
        adresse = f"{request.script_root}/fusions/comparer?{paire}"
        return LigneACorriger(ligne, "Comparer", adresse)
    table, a_ajouter, debut = regle.ajouter.partition("?")
    if a_ajouter and _peut(perimetre, table, "creer", ligne.mds_id):
        ajout = base_de(table, perimetre)
        if ajout:
            qui = f"jeune={ligne.jeune_id}" if ligne.jeune_id else ""
            question = "&".join(filter(None, (qui, debut, f"retour={retour}")))
            return LigneACorriger(ligne, "Corriger", f"{ajout}ajouter?{question}")
    return _fiche_a_corriger(regle, ligne, retour)


def _fiche_a_corriger(
    regle: anomalies.RegleDAnomalie, ligne: Row[Any], retour: str
) -> LigneACorriger:
    """The record that is wrong: to change, to read, or out of reach."""
    perimetre = acces.perimetre()
    base = base_de(regle.fiche, perimetre)
    lisible = perimetre.peut(regle.fiche, "lire", ligne.mds_id)
    if base is None or ligne.fiche_id is None or not lisible:
        return LigneACorriger(ligne, "", "")
    fiche = f"{base}{ligne.fiche_id}"
    s_ouvre_seulement = regle.fiche == "jeune" and regle.ajouter != "jeune"
    if s_ouvre_seulement or not _peut(perimetre, regle.fiche, "modifier", ligne.mds_id):
        return LigneACorriger(ligne, "Ouvrir", fiche)
    return LigneACorriger(ligne, "Corriger", f"{fiche}/modifier?retour={retour}")


def _peut(perimetre: acces.Perimetre, table: str, acte: str, mds_id: int | None) -> bool:
    if table == "instance":
        return peut_tenir(perimetre, acte, mds_id)
    return perimetre.peut(table, acte, mds_id)


def _groupes(rapport: TableauDuMois) -> list[IndicateurMontre]:
    """The lines of figures under the definition that explains them."""
    groupes: dict[str, IndicateurMontre] = {}
    for ligne in disposition.LIGNES_DE_CHIFFRES:
        groupe = groupes.setdefault(
            ligne.code, IndicateurMontre(indicateurs.DEFINITIONS[ligne.code])
        )
        dite = synthese.ligne_de_synthese(rapport.colonnes, ligne)
        valeurs = [dite.mois, dite.cumul, dite.en_cours]
        groupe.lignes.append((ligne.libelle, [_mot(v, ligne.format) for v in valeurs]))
        if ligne.format == "taux":
            groupe.prudence = dite.prudence
            if getattr(groupe.definition, "inconnu", None):
                groupe.completudes = [
                    _pourcent(dite.completude_mois, 0),
                    _pourcent(dite.completude_cumul, 0),
                    _pourcent(dite.completude_en_cours, 0),
                ]
    return list(groupes.values())


def _mot(valeur: Any, format_: str) -> str:
    match valeur, format_:
        case bool(), _:
            return "oui" if valeur else "non"
        case str(), _:
            return valeur
        case _, "taux":
            return en_pourcent(valeur)
        case _, "decimal":
            return en_francais(valeur, 2)
    return en_francais(valeur)


def _pourcent(valeur: float | None, decimales: int = 1) -> str:
    return "" if valeur is None else en_pourcent(valeur, decimales)


def _logement(ligne: LigneDeLogement) -> tuple[str, list[tuple[str, str]]]:
    """(label, (number, share) in the three periods)."""
    cellules = [
        (ligne.jeunes_mois, ligne.part_mois),
        (ligne.jeunes_cumul, ligne.part_cumul),
        (ligne.jeunes_en_cours, ligne.part_en_cours),
    ]
    return ligne.libelle, [(en_francais(n), _pourcent(part)) for n, part in cellules]


VUES = (TableauView,)
