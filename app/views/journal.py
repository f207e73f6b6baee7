"""The audit log, read: the story of a record, the log of an MDS or of all, who looked at a file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from flask import abort, flash, g, redirect, render_template, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Row, func, select
from sqlalchemy.exc import DBAPIError

from app import acces, erreurs, journal, menu
from app.extensions import appbuilder, db
from app.menu import AuMenu
from app.models import LISTES, Compte, Evenement, Jeune, catalogue
from app.models.journal import SANS_COMPTE
from app.regles.age import aujourd_hui
from app.regles.finalites import FINALITES
from app.regles.heures import moment
from app.regles.texte import majuscule, plier
from app.sorties_de_donnees import sorties_du_jeune
from app.views.socle import choix, recit
from app.views.socle.affichage import PARIS, en_texte
from app.views.socle.base import VueTandem
from app.views.socle.fiche import base_de, vue_de
from app.views.socle.filtres import Filtre

CANAUX = {
    "ecran": "Écran",
    "commande": "Commande",
    "demo": "Démonstration",
    "import": "Import",
    "formulaire": "Formulaire public",
    "agenda": "Agenda",
    "rappels": "Rappel par courriel",
}
TABLES = {
    table: catalogue.declaration_de(table).libelle
    for table in catalogue.noms()
    if catalogue.declaration_de(table).auditee or catalogue.declaration_de(table).citee
}
"""Table → what one of its records is called."""
OBJETS = TABLES | {"connecte": "Page personnelle", "chiffre": "Indicateur", "compte": "Compte"}
"""The same, and what a refused page shows that is no table."""


@dataclass(frozen=True)
class ConsultationsDuJeune:
    """Who read a youth's file, how often, and where its data went, for a year."""

    lectures: Sequence[Row]
    sorties: Sequence[Row]

    finalites = FINALITES
    canaux = CANAUX


def _paire(valeurs: dict[str, str]):
    return lambda valeur: valeurs.get(valeur, (valeur or "").replace("_", " ").capitalize())


def objet_du_journal(valeur: str | None) -> str:
    """What a line is about; those refused in the past may name the class of the screen."""
    vues = {type(vue).__name__: vue.class_permission_name for vue in appbuilder.baseviews}
    return _paire(OBJETS)(vues.get(valeur or "", valeur))


class JournalView(VueTandem):
    datamodel = SQLAInterface(Evenement)
    route_base = "/journal"
    ressource = "journal"
    nom = "une ligne du journal"
    pluriel = "Journal"
    aide_liste = (
        "Qui a fait quoi, quand, par quel moyen. Écrit par la base ; personne ne peut le récrire."
    )
    list_columns = ["le", "qui", "operation", "table_nom", "cle", "jeune_id", "canal", "mds_id"]
    show_columns = [
        "le",
        "login",
        "acteur",
        "operation",
        "table_nom",
        "cle",
        "jeune_id",
        "canal",
        "adresse",
        "requete",
        "motif",
        "detail",
    ]
    add_columns = edit_columns = ["motif"]
    label_columns = {
        "le": "Le",
        "qui": "Qui",
        "operation": "Opération",
        "table_nom": "Objet",
        "cle": "Numéro",
        "jeune_id": "Jeune",
        "canal": "Par",
        "adresse": "Depuis",
        "requete": "Demande",
        "motif": "Motif",
        "mds_id": "MDS",
        "detail": "Précisions",
    }
    formatters_columns = {
        "qui": lambda qui: nom_de(qui),
        "acteur": lambda acteur: SANS_COMPTE.get(acteur, acteur),
        "operation": _paire(journal.OPERATIONS),
        "table_nom": objet_du_journal,
        "canal": _paire(CANAUX),
        "jeune_id": lambda v: f"Dossier n° {v}" if v else "",
        "detail": lambda v: " ; ".join(
            f"{cle} : {en_texte(val)}" for cle, val in (v or {}).items()
        ),
        "le": moment,
    }
    choix = {
        "operation": list(journal.OPERATIONS.items()),
        "table_nom": sorted(TABLES.items(), key=lambda objet: plier(objet[1])),
    }
    search_columns = ["operation", "table_nom", "mds_id", "le"]
    exclude_route_methods = {*VueTandem.exclude_route_methods, "add", "edit", "delete"}
    base_order = ("le", "desc")
    show_template = "tandem/evenement.html"
    au_menu = AuMenu(menu.ADMINISTRATION, 70)

    ecarts = staticmethod(recit.ecarts)

    def _init_properties(self) -> None:
        super()._init_properties()
        self.filtres.append(Filtre("qui", "Qui", "liste", lambda v: Evenement.login == v, _comptes))

    def titre(self, fiche) -> str:
        return f"Ligne {fiche.id} du journal"

    def fil(self, fiche=None, jeune=None):
        return super().fil()

    def boutons(self, fiche) -> list[tuple[str, str]]:
        """The story of the record, where a deleted one is put back."""
        if fiche.operation not in journal.CHANGEMENTS or fiche.table_nom not in TABLES:
            return []
        return [
            (
                "Historique de cette fiche",
                f"{request.script_root}{self.route_base}/historique/{fiche.table_nom}/{fiche.cle}",
            )
        ]

    @expose("/historique/<table>/<cle>")
    @has_access
    @permission_name("historique")
    def historique(self, table: str, cle: str):
        """The story of one record, for whoever may read it (the policy of the log decides)."""
        if table not in TABLES or not re.fullmatch(r"\w{1,40}", cle, re.ASCII):
            abort(404)
        if table == "jeune" and not (cle.isdigit() and len(cle) <= 9):
            abort(404)
        lignes = journal.historique(table, cle)
        if not lignes and not _est_un_code(table, cle):
            abort(404)
        recit.preparer_recit(lignes)
        lire_les_noms(lignes)
        # A file that went into another has lines of its own.
        numero = int(cle) if table == "jeune" else next((e.jeune_id for e in lignes), None)
        jeune = db.session.get(Jeune, numero) if numero else None
        titre = f"Historique – {TABLES[table]}"
        if table == "jeune" and jeune:
            titre = f"Historique du dossier – {jeune}"
        dernieres: dict[tuple, Evenement] = {}
        for e in lignes:
            dernieres.setdefault((e.table_nom, e.cle), e)
        return render_template(
            "tandem/historique.html",
            titre=titre,
            fil=self._fil_du_jeune(jeune) if jeune else self._fil_de_la_fiche(table, cle),
            journal=journal,
            par=_paire(CANAUX),
            nom_de=nom_de,
            objet=_paire(TABLES) if table == "jeune" else None,
            titre_de=_paire(TABLES),
            lignes=[
                (e, recit.ecarts(e), _restaurable(e, dernieres[e.table_nom, e.cle])) for e in lignes
            ],
        )

    @expose("/<cle>/restaurer", methods=["POST"])
    @has_access
    @permission_name("historique")
    def restaurer(self, cle: str):
        """Put back what this line replaced or deleted: itself a change, within one's rights."""
        if not (cle.isascii() and cle.isdigit() and len(cle) < 18):
            abort(404)
        try:
            retabli = journal.restaurer(int(cle)) is not None
            db.session.commit()
        except DBAPIError as erreur:
            db.session.rollback()
            flash(erreurs.expliquer(erreur)[0], "erreur")
        else:
            if not retabli:
                abort(404)
            flash("C’est rétabli. Le journal garde la trace de ce retour.", "succes")
        evenement = db.session.get(Evenement, int(cle))
        histoire = f"{request.script_root}{self.route_base}/historique"
        return redirect(f"{histoire}/{evenement.table_nom}/{evenement.cle}")

    @expose("/consultations/<int(max=2147483647):jeune_id>")
    @has_access
    @permission_name("lire")
    def consultations(self, jeune_id: int):
        """Who read this youth's file, and where its data went; for the DPO and the responsable."""
        jeune = choix.trouver("jeune", jeune_id) if jeune_id < 2**31 else None
        if jeune is None and not acces.perimetre().peut("journal", "lire", None):
            abort(404)
        lignes = db.session.execute(
            select(
                Evenement.login,
                Evenement.operation,
                func.count().label("fois"),
                func.max(Evenement.le).label("dernier"),
            )
            .where(
                Evenement.jeune_id == jeune_id,
                Evenement.operation == "lecture",
                Evenement.le >= _il_y_a_un_an(),
            )
            .group_by(Evenement.login, Evenement.operation)
            .order_by(func.max(Evenement.le).desc())
            .limit(500)
        ).all()
        sorties = sorties_du_jeune(jeune_id)
        lequel = f"ce dossier – {jeune}" if jeune else f"le dossier n°\u00a0{jeune_id}"
        return render_template(
            "tandem/consultations.html",
            titre=f"Qui a consulté {lequel}",
            fil=self._fil_du_jeune(jeune),
            page=ConsultationsDuJeune(lignes, sorties),
            journal=journal,
            nom_de=nom_de,
        )

    def _fil_du_jeune(self, jeune: Jeune | None) -> list[tuple[str, str]]:
        fil = [("Accueil", f"{request.script_root}/")]
        base = base_de("jeune", acces.perimetre())
        if jeune and base:
            fil += [("Jeunes", base), (str(jeune), f"{base}{jeune.id}")]
        return fil

    def _fil_de_la_fiche(self, table: str, cle: str) -> list[tuple[str, str]]:
        """Back to the list of the record, and to the record."""
        fil = self._fil_du_jeune(None)
        base = base_de(table, acces.perimetre())
        if base:
            vue = vue_de(table)
            fil += [(vue.list_title, base), (majuscule(vue.le_nom), f"{base}{cle}")]
        return fil


def _est_un_code(table: str, cle: str) -> bool:
    """A code that the installation wrote: everyone reads it, and the log has no line of it."""
    return table in LISTES and db.session.get(LISTES[table], cle) is not None


def _comptes() -> list[tuple[str, str]]:
    """The accounts that the person may read, by name; read once a request."""
    if "comptes_lus" not in g:
        par_nom = (Compte.last_name, Compte.first_name)
        lus = db.session.execute(select(Compte.username, *par_nom).order_by(*par_nom).limit(500))
        g.comptes_lus = [(login, f"{prenom} {nom}") for login, nom, prenom in lus]
    return g.comptes_lus


def nom_de(qui: str) -> str:
    """The name behind a login, once read; else what was written."""
    if "noms_lus" not in g:
        g.noms_lus = dict(_comptes())
    return g.noms_lus.get(qui, qui)


def lire_les_noms(lignes: Sequence[Evenement]) -> None:
    """Who wrote these lines: whoever reads them knows it, by name."""
    auteurs = journal.noms_des_auteurs(ligne.login for ligne in lignes)
    g.noms_lus = {login: f"{prenom} {nom}" for login, (prenom, nom) in auteurs.items()}


def _restaurable(evenement: Evenement, derniere: Evenement) -> bool:
    """A change can be undone; a deletion too, while the record is still deleted."""
    if (
        evenement.table_nom not in journal.RESTAURABLES
        or not evenement.avant
        or journal.par_fusion(evenement)
    ):
        return False
    ressource = vue_de(evenement.table_nom).ressource
    if evenement.operation == "suppression":
        return evenement.id == derniere.id and acces.perimetre().peut(ressource, "creer")
    supprime = derniere.operation == "suppression"
    return (
        evenement.operation == "modification"
        and not supprime
        and acces.perimetre().peut(ressource, "modifier")
    )


def _il_y_a_un_an() -> datetime:
    return datetime.combine(aujourd_hui() - timedelta(days=366), time.min, PARIS)


VUES = (JournalView,)
