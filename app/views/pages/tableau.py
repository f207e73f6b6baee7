"""The monthly table on screen (M11): its figures and how they are calculated, what must be mended
first, the download."""

import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

from flask import abort, render_template, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import select

from app import acces, departement, indicateurs, menu
from app.echanges.formats.ecriture import MIME
from app.echanges.tableau import classeur as tableau_classeur
from app.echanges.tableau import disposition
from app.echanges.tableau import envoi as tableau_envoi
from app.echanges.tableau import mensuel as tableau_mensuel
from app.extensions import db
from app.indicateurs import anomalies
from app.indicateurs.chiffres import en_francais, en_pourcent
from app.menu import AuMenu
from app.models import Mds
from app.regles import parametres as p
from app.regles.age import aujourd_hui
from app.views.instance import peut_tenir
from app.views.socle.fiche import base_de

LIGNES_A_L_ECRAN = 500
"""Of one rule; beyond, the workbook has them all."""


@dataclass(frozen=True)
class Demande:
    """The month and the MDS that the address names, and those the person may choose."""

    mois: date
    mds: Mds | None
    choix: list[tuple[str, str]]
    """(code, name) of the MDS; "" = the whole Département."""
    toutes: dict[str, Mds]
    """Those MDS, by code."""

    @property
    def adresse(self) -> dict[str, str]:
        return {"mois": f"{self.mois:%Y-%m}", "mds": "" if self.mds is None else self.mds.code}


def lire_demande(valeurs) -> Demande:
    """By default the last month that is over, and the first MDS allowed. Refuses (404) what cannot
    be chosen."""
    permises = acces.perimetre().mds("tableau", "lire")
    toutes = {
        m.code: m for m in db.session.scalars(select(Mds).order_by(Mds.nom)) if m.id in permises
    }
    choix = ([("", departement.courant().nom)] if permises is acces.TOUTES else []) + [
        (m.code, m.nom) for m in toutes.values()
    ]
    code = valeurs.get("mds", choix[0][0])
    if code not in dict(choix):
        abort(404)
    dernier = aujourd_hui().replace(day=1) - timedelta(days=1)
    try:
        mois = tableau_mensuel.lire_mois(valeurs.get("mois") or f"{dernier:%Y-%m}")
    except tableau_mensuel.MoisRefuse as refus:
        abort(404, description=str(refus))
    return Demande(mois, toutes.get(code), choix, toutes)


class TableauView(BaseView):
    route_base = "/tableau"
    class_permission_name = "tableau"
    au_menu = AuMenu(menu.COMPTES, 20, "Tableau mensuel", "index")
    default_view = "index"

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        demande = lire_demande(request.args)
        rapport = tableau_mensuel.preparer(demande.mois, demande.mds)
        with acces.compter():
            nombres = anomalies.compter(rapport.du, rapport.au, rapport.mds_id)
        numero, perimetre = rapport.mds_id, acces.perimetre()
        return render_template(
            "tableau.html",
            demande=demande,
            rapport=rapport,
            periodes=disposition.PERIODES,
            groupes=_groupes(rapport),
            anomalies=[
                (regle, anomalies.GRAVITES[regle.gravite], nombres[regle.code])
                for regle in anomalies.REGLES
                if nombres[regle.code]
            ],
            logements=_logements(rapport),
            regles_communes=indicateurs.REGLES_COMMUNES,
            peut_exporter=perimetre.peut("tableau", "exporter", numero),
            peut_nommer=perimetre.peut("tableau", "nominatif", numero),
            envoi=next(iter(tableau_envoi.de_ce_mois(rapport.du, numero)), None),
            peut_envoyer=tableau_envoi.peut_envoyer(numero),
            peut_lire_envois=perimetre.peut("envoi", "lire", numero),
            fil=[("Accueil", f"{request.script_root}/")],
        )

    @expose("/telecharger", methods=["POST"])
    @has_access
    @permission_name("exporter")
    def telecharger(self):
        demande, avec_noms = lire_demande(request.form), request.form.get("noms") == "oui"
        motif = " ".join(request.form.get("motif", "").replace("\0", "").split())[:300]
        if avec_noms and not motif:
            abort(400, description="Dites à quoi va servir le tableau avec les noms.")
        rapport = tableau_mensuel.preparer(demande.mois, demande.mds)
        acces.agir_pour(acces.contexte().acteur, motif=motif or "Tableau mensuel")
        with tempfile.TemporaryDirectory(prefix="tandem-tableau-") as dossier:
            chemin = Path(dossier) / "tableau.xlsx"
            tableau_classeur.ecrire(rapport, chemin, avec_noms=avec_noms)
            fichier = chemin.open("rb")  # stays readable once its folder is gone
        return send_file(
            fichier,
            MIME,
            as_attachment=True,
            download_name=rapport.nom_de_fichier(avec_noms),
            max_age=0,
        )

    @expose("/completude")
    @has_access
    @permission_name("lire")
    def completude(self):
        """Of each rate, how many answers are known since January, in each MDS that one reads."""
        demande = lire_demande(request.args)
        taux = [
            d
            for d in indicateurs.DEFINITIONS.values()
            if isinstance(d, indicateurs.Taux) and d.inconnu
        ]
        au = tableau_mensuel.bornes(demande.mois)[1]
        for code, _ in demande.choix:
            tableau_mensuel.verifier_droit(demande.toutes.get(code))
        codes = frozenset(d.code for d in taux)
        resultats = indicateurs.calculer_ensemble(
            [
                indicateurs.Periode(au.replace(month=1, day=1), au, code or None, codes)
                for code, _ in demande.choix
            ]
        )
        lignes = [
            (nom, [r[d.code] for d in taux])
            for (_, nom), r in zip(demande.choix, resultats, strict=True)
        ]
        return render_template(
            "tableau_completude.html",
            demande=demande,
            mois=tableau_mensuel.nom_du_mois(demande.mois),
            taux=taux,
            lignes=[
                (
                    nom,
                    [
                        (
                            "sans objet" if c.completude is None else en_pourcent(c.completude),
                            c.alerte,
                        )
                        for c in chiffres
                    ],
                )
                for nom, chiffres in lignes
            ],
            minimum=p.COMPLETUDE_MINIMALE,
            fil=[
                ("Accueil", f"{request.script_root}/"),
                ("Tableau mensuel", url_for(".index", **demande.adresse)),
            ],
        )

    @expose("/anomalies/<code>")
    @has_access
    @permission_name("lire")
    def anomalies(self, code: str):
        regle = anomalies.PAR_CODE.get(code) or abort(404)
        demande = lire_demande(request.args)
        tableau_mensuel.verifier_droit(demande.mds)
        du, au = tableau_mensuel.bornes(demande.mois)
        with acces.compter():
            numero = None if demande.mds is None else demande.mds.id
            lignes = list(anomalies.lister(du, au, numero, code, LIGNES_A_L_ECRAN))
            nombre = len(lignes)
            if nombre == LIGNES_A_L_ECRAN:  # perhaps more
                nombre = anomalies.compter(du, au, numero, (regle,))[code]
        return render_template(
            "tableau_anomalies.html",
            demande=demande,
            regle=regle,
            gravite=anomalies.GRAVITES[regle.gravite],
            nombre=nombre,
            lignes=[
                (ligne, *_ou_corriger(regle, ligne, rang)) for rang, ligne in enumerate(lignes, 1)
            ],
            fil=[
                ("Accueil", f"{request.script_root}/"),
                ("Tableau mensuel", url_for(".index", **demande.adresse)),
            ],
        )


def _ou_corriger(regle: anomalies.Regle, ligne, rang: int) -> tuple[str, str]:
    """(what the link says, where it leads): the record for who may change or read it; nothing for
    others.

    Once mended, the line is gone and the next one has its rank: one comes back to it.
    """
    perimetre, base = acces.perimetre(), base_de(regle.fiche, acces.perimetre())
    retour = quote(f"{request.full_path}#ligne-{rang}", safe="")
    table, _, debut = regle.ajouter.partition("?")
    if regle.par_paire and ligne.autre_id and perimetre.peut("fusion", "creer", ligne.mds_id):
        return (
            "Comparer",
            f"{request.script_root}/fusions/comparer?jeune={ligne.jeune_id}&autre={ligne.autre_id}&retour={retour}",
        )
    if (
        "?" in regle.ajouter
        and (ajout := base_de(table, perimetre))
        and _peut(perimetre, table, "creer", ligne.mds_id)
    ):
        qui = f"jeune={ligne.jeune_id}" if ligne.jeune_id else ""
        return (
            "Corriger",
            f"{ajout}ajouter?{'&'.join(filter(None, (qui, debut, f'retour={retour}')))}",
        )
    if (
        base is None
        or ligne.fiche_id is None
        or not perimetre.peut(regle.fiche, "lire", ligne.mds_id)
    ):
        return "", ""
    fiche = f"{base}{ligne.fiche_id}"
    if (regle.fiche == "jeune" and regle.ajouter != "jeune") or not _peut(
        perimetre, regle.fiche, "modifier", ligne.mds_id
    ):
        return "Ouvrir", fiche
    return "Corriger", f"{fiche}/modifier?retour={retour}"


def _peut(perimetre: acces.Perimetre, table: str, acte: str, mds_id: int | None) -> bool:
    return (
        peut_tenir(perimetre, acte, mds_id)
        if table == "instance"
        else perimetre.peut(table, acte, mds_id)
    )


def _groupes(rapport: tableau_mensuel.Rapport) -> list[tuple]:
    """The lines of figures under the definition that explains them: (definition, its lines, what to
    read with care)."""
    groupes: dict[str, list] = {}
    for c in (
        *disposition.SYNTHESE,
        *(disposition.Chiffre(code, "nombre") for code in disposition.A_COTE),
    ):
        cellules = [
            _mot(tableau_mensuel.valeur(rapport.colonnes[colonne][c.code], c.chemin), c.format)
            for colonne in disposition.PERIODES
        ]
        groupes.setdefault(c.code, []).append((c.libelle, cellules))
    return [
        (
            indicateurs.DEFINITIONS[code],
            lignes,
            _completudes(rapport, code),
            tableau_mensuel.prudence(rapport, code)
            if isinstance(indicateurs.DEFINITIONS[code], indicateurs.Taux)
            else "",
        )
        for code, lignes in groupes.items()
    ]


def _mot(valeur, format_: str) -> str:
    match valeur:
        case bool():
            return "oui" if valeur else "non"
        case str():
            return valeur
    return (
        en_pourcent(valeur)
        if format_ == "taux"
        else en_francais(valeur, 2 if format_ == "decimal" else 0)
    )


def _completudes(rapport: tableau_mensuel.Rapport, code: str) -> list[str] | None:
    """The completeness of a rate in the three columns; None where nothing can be missing."""
    if not getattr(indicateurs.DEFINITIONS[code], "inconnu", None) or not isinstance(
        indicateurs.DEFINITIONS[code], indicateurs.Taux
    ):
        return None
    toutes = [rapport.colonnes[colonne][code].completude for colonne in disposition.PERIODES]
    return ["" if c is None else en_pourcent(c) for c in toutes]


def _logements(rapport: tableau_mensuel.Rapport) -> list[tuple[str, list[tuple[str, str]]]]:
    """The typology of housing: (label, (number, share) in the three columns)."""
    chiffres = [rapport.colonnes[colonne]["I8"].valeurs for colonne in disposition.PERIODES]
    return [
        (
            libelle,
            [
                (
                    en_francais(c["repartition"].get(code, 0)),
                    en_pourcent(c["pourcentages"][code]) if code in c["pourcentages"] else "",
                )
                for c in chiffres
            ],
        )
        for code, libelle in tableau_mensuel.logements(chiffres)
    ]


VUES = (TableauView,)
