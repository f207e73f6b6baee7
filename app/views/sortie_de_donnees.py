"""« Sorties de données »: every file that left, who took it, what for, and the youths inside.

The base shows a responsable what concerns their MDS, with the youths of that MDS alone; the DPO
reads all of it, by codes.
"""

from dataclasses import dataclass

from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import ColumnElement, func, not_, select

from app import menu
from app.acces import perimetre
from app.extensions import db
from app.menu import AuMenu
from app.models import Jeune, Mds, PartDeSortie, SortieDeDonnees
from app.regles.finalites import FINALITES
from app.regles.heures import moment
from app.regles.parametres import CONSERVATION_LECTURES_MOIS
from app.views.journal import CANAUX, nom_de
from app.views.socle.affichage import nom_mds
from app.views.socle.base import VueTandem
from app.views.socle.fiche import base_de
from app.views.socle.filtres import Filtre

AU_PLUS = 500
"""Youths that the page of a file lists."""


@dataclass(frozen=True)
class JeuneSorti:
    """A youth inside a file, by the code of the dossier; a link for whoever may open it."""

    code: str
    mds: str
    adresse: str


class SortieDeDonneesView(VueTandem):
    datamodel = SQLAInterface(SortieDeDonnees)
    route_base = "/sorties-de-donnees"
    ressource = "sortie_de_donnees"
    nom = "une sortie de données"
    pluriel = "Sorties de données"
    aide_liste = (
        "Chaque fichier emporté de Tandem : par qui, pourquoi, et les jeunes qui sont dedans. "
        f"Gardé {CONSERVATION_LECTURES_MOIS.en_lettres}, comme les consultations."
    )
    list_columns = ["le", "login", "objet", "finalite_code", "motif", "lignes", "jeunes", "canal"]
    show_columns = [
        *("le", "login", "objet", "finalite_code", "motif", "filtres", "recherche"),
        *("lignes", "canal", "recupere_le"),
    ]
    add_columns = edit_columns = ["motif"]
    formatters_columns = {
        "login": lambda qui: nom_de(qui) if qui else "Une commande",
        "finalite_code": lambda code: FINALITES.get(code, ""),
        "canal": lambda canal: CANAUX.get(canal, "File d’attente"),
        "le": moment,
        "recupere_le": lambda le: moment(le) if le else "",
    }
    label_columns = {"finalite_code": "À quoi il sert", "motif": "Pourquoi"}
    choix = {"finalite_code": list(FINALITES.items())}
    filtres_propres = {
        "sorte": (
            "Sorte",
            {
                "fichiers": ("Fichiers emportés", lambda: not_(_par_un_programme())),
                "programmes": ("Agendas et rappels", lambda: _par_un_programme()),
            },
        )
    }
    search_columns = ["le", "finalite_code", "lignes"]
    exclude_route_methods = {*VueTandem.exclude_route_methods, "add", "edit", "delete"}
    base_order = ("le", "desc")
    show_template = "tandem/sortie_de_donnees.html"
    au_menu = AuMenu(menu.ADMINISTRATION, 60)

    def _init_properties(self) -> None:
        super()._init_properties()
        dans = select(PartDeSortie.sortie_id)
        self.filtres.append(
            Filtre(
                "mds",
                "MDS",
                "liste",
                lambda mds: SortieDeDonnees.id.in_(dans.where(PartDeSortie.mds_id == int(mds))),
                _mds,
            )
        )

    def titre(self, fiche) -> str:
        return fiche.objet

    def fil(self, fiche=None, jeune=None):
        return super().fil()

    def dedans(self, fiche) -> list[JeuneSorti]:
        """The youths inside whom the person may know of, by the code of their dossier."""
        lus = db.session.execute(
            select(
                func.acces.jeunes_de_sortie(fiche.id, AU_PLUS).table_valued(
                    "jeune_id", "code", "mds_id"
                )
            )
        ).all()
        visibles = select(Jeune.id).where(Jeune.id.in_([lu.jeune_id for lu in lus]))
        ouverts = set(db.session.scalars(visibles))
        base = base_de("jeune", perimetre())
        montres = []
        for numero, code, mds_id in lus:
            adresse = f"{base}{numero}" if base and numero in ouverts else ""
            montres.append(JeuneSorti(code or f"Dossier n° {numero}", nom_mds(mds_id), adresse))
        return montres

    def combien(self, fiche) -> int:
        """The youths inside, of the MDS whose exports the person reads."""
        parts = select(func.coalesce(func.sum(PartDeSortie.nombre), 0))
        return db.session.scalar(parts.where(PartDeSortie.sortie_id == fiche.id))


def _par_un_programme() -> ColumnElement[bool]:
    """What leaves every day by itself: a calendar read again, a digest."""
    return func.coalesce(SortieDeDonnees.canal, "").in_(("agenda", "rappels"))


def _mds() -> list[tuple[str, str]]:
    """The MDS whose exports the person reads."""
    ou = perimetre().mds("sortie_de_donnees", "lire")
    lues = db.session.execute(select(Mds.id, Mds.nom).order_by(Mds.nom))
    return [(str(numero), nom) for numero, nom in lues if numero in ou]


VUES = (SortieDeDonneesView,)
