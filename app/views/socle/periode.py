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


def en_cours(classe, fin: str = "au", *, clos_le_jour_meme: bool = False) -> dict:
    """The filter « en cours / terminé » of what lasts from a day to a day; an alerte that is closed
    today is closed."""
    debut, fin = classe.du, getattr(classe, fin)

    def passe():
        return fin <= aujourd_hui() if clos_le_jour_meme else fin < aujourd_hui()

    def court():
        return and_(debut <= aujourd_hui(), fin.is_(None) | not_(passe()))

    return {
        "en_cours": (
            "État",
            {
                "oui": ("En cours", court),
                "termine": ("Terminé", passe),
                "a_venir": ("À venir", lambda: debut > aujourd_hui()),
            },
        )
    }


class VuePeriode(VueTandem):
    """What lasts: it starts today unless one says otherwise, and a past end is checked against the
    reason."""

    base_order = ("du", "desc")

    def initiales(self) -> dict:
        return {"du": aujourd_hui()}


class VueQuiSeTermine(VuePeriode):
    """« Terminer aujourd’hui » in one click: the end of an alerte, a frein that is lifted."""

    fin = "au"

    def est_en_cours(self, fiche) -> bool:
        return getattr(fiche, self.fin) is None and fiche.du <= aujourd_hui()

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
