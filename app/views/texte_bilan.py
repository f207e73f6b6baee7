"""What is written through the year for the bilan (M13).

Obstacles, attempts, stories without a name.
"""

from flask_appbuilder.models.sqla.interface import SQLAInterface

from app import menu
from app.echanges.bilan import contenu as bilans
from app.echanges.bilan import textes as bilan_textes
from app.menu import AuMenu
from app.models import TexteBilan
from app.regles.age import aujourd_hui
from app.views.socle import formulaire
from app.views.socle.affichage import PARTOUT
from app.views.socle.base import VueTandem


class TexteBilanView(VueTandem):
    datamodel = SQLAInterface(TexteBilan)
    route_base = "/bilan-textes"
    ressource = "texte_bilan"
    nom = "un texte du bilan"
    pluriel = "Textes du bilan"
    aide_liste = (
        "Au fil de l’année : les obstacles par frein, ce qui a été tenté, les situations racontées"
        " sans nom, le partenariat. Le bilan les reprend."
    )
    list_columns = ["rubrique", "theme_code", "le", "mds_id", "recit"]
    add_columns = ["rubrique", "theme_code", "mds_id", "le", "recit", "sans_nom"]
    search_columns = ["rubrique", "theme_code", "mds_id", "le"]
    choix = {"rubrique": list(bilans.RUBRIQUES.items())}
    formatters_columns = {
        "rubrique": lambda v: bilans.RUBRIQUES.get(v, ""),
        "mds_id": lambda v: v or PARTOUT,
    }
    base_order = ("le", "desc")
    au_menu = AuMenu(menu.COMPTES, 50)

    def titre(self, fiche) -> str:
        return f"{bilans.RUBRIQUES[fiche.rubrique]} du {fiche.le:%d/%m/%Y}"

    def initiales(self) -> dict:
        return {"le": aujourd_hui(), "rubrique": "OBSTACLE"}

    def valider(self, form, fiche) -> None:
        """The names looked for are those that the person may read.

        The document strikes out those of everyone.
        """
        if form.rubrique.data == "OBSTACLE" and not form.theme_code.data:
            formulaire.refuser(
                form,
                "Dites de quel frein il s’agit : le bilan les présente par thème.",
                "theme_code",
            )
        recit = form.recit.data or ""
        seuls, complets = bilan_textes.noms_de_jeunes([recit])
        if form.sans_nom.data:
            seuls = set()
        if trouves := bilan_textes.cites(recit, seuls, complets):
            nommes = dict.fromkeys(recit[debut:fin] for debut, fin in trouves)
            mots = ", ".join(f"« {mot} »" for mot in nommes)
            formulaire.refuser(
                form,
                f"Ce texte paraît nommer un jeune : {mots}. Racontez sans nom ni prénom.",
                "recit",
            )


VUES = (TexteBilanView,)
