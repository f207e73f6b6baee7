"""What lasts from a day to a day, and ends in one click."""

from datetime import date

from flask import abort, flash, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import and_, not_

from app.regles.age import aujourd_hui
from app.views.socle import formulaire
from app.views.socle.base import VueTandem
from app.views.socle.fiche import retour_local


def en_cours(
    classe, fin: str = "au", *, debut: str = "du", clos_le_jour_meme: bool = False
) -> dict:
    """The filter « en cours / terminé » of what lasts from a day to a day.

    ``clos_le_jour_meme``: an alerte that is closed today is closed.
    """
    premier = getattr(classe, debut)
    dernier = getattr(classe, fin)

    def passe():
        if clos_le_jour_meme:
            return dernier <= aujourd_hui()
        return dernier < aujourd_hui()

    def court():
        return and_(premier <= aujourd_hui(), dernier.is_(None) | not_(passe()))

    return {
        "en_cours": (
            "État",
            {
                "oui": ("En cours", court),
                "termine": ("Terminé", passe),
                "a_venir": ("À venir", lambda: premier > aujourd_hui()),
            },
        )
    }


class VuePeriode(VueTandem):
    """What lasts from a day to a day; it starts today unless one says otherwise."""

    debut = "du"
    """The column of the first day."""
    fin = "au"
    """The column of the last day, empty while it lasts."""

    base_order = ("du", "desc")

    def __init_subclass__(cls, **options) -> None:
        """By default, the latest start first."""
        super().__init_subclass__(**options)
        if "debut" in vars(cls) and "base_order" not in vars(cls):
            cls.base_order = (cls.debut, "desc")

    def initiales(self) -> dict:
        return {self.debut: aujourd_hui()}


class VueQuiSeTermine(VuePeriode):
    """« Terminer aujourd’hui » in one click: the end of an alerte, a frein that is lifted."""

    verbe = "Terminer aujourd’hui"
    """The button, in the tab of the youth's file."""

    def _init_properties(self) -> None:
        """By default, the list is narrowed to what still lasts."""
        if not self.filtres_propres:
            self.filtres_propres = en_cours(self.modele, self.fin, debut=self.debut)
        super()._init_properties()

    def est_en_cours(self, fiche) -> bool:
        """Of a record, or of the row of a tab."""
        return getattr(fiche, self.fin) is None and getattr(fiche, self.debut) <= aujourd_hui()

    def actes_de_la_ligne(self, ligne, d, adresse: str):
        liens, envois = super().actes_de_la_ligne(ligne, d, adresse)
        if self.est_en_cours(ligne):
            envois.append((self.verbe, f"{adresse}/terminer"))
        return liens, envois

    @expose("/<cle>/terminer", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def terminer(self, cle: str):
        if not self.peut_sur("modifier", self.obtenir(cle)):
            abort(403)
        fiche = self.obtenir(cle, verrou=True)
        if self.est_en_cours(fiche):
            setattr(fiche, self.fin, aujourd_hui())
        refus = formulaire.conclure()
        flash(refus or "Terminé aujourd’hui.", "erreur" if refus else "succes")
        return redirect(retour_local(f"{request.script_root}{self.route_base}/{cle}"))


def pas_demain(form, champ: str) -> None:
    """What has been seen cannot be dated tomorrow."""
    if isinstance(jour := form[champ].data, date) and jour > aujourd_hui():
        formulaire.refuser(form, "Cette date est dans le futur.", champ)
