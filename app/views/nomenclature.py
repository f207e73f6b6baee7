"""One screen per list of codes. An item is retired, never deleted; what it counts for in the
figures is set once."""

import re

from flask import render_template
from flask_appbuilder import BaseView, expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import func, literal, select, union_all

from app.extensions import db
from app.models import LISTES
from app.regles.age import aujourd_hui
from app.regles.texte import plier
from app.views.socle import formulaire
from app.views.socle.base import VueTandem

TITRES = {
    "couverture_base": "Couvertures maladie de base",
    "couverture_complementaire": "Couvertures complémentaires",
    "theme_frein": "Thèmes des freins",
    "lieu_accueil": "Lieux d’accueil",
    "lieu_rencontre": "Lieux de rencontre",
    "logement": "Logements",
    "mesure_ase": "Mesures ASE",
    "motif_rupture": "Motifs d’alerte",
    "motif_sortie_ase": "Motifs de fin de mesure",
    "motif_sortie_dispositif": "Motifs de sortie du dispositif",
    "reponse_enquete": "Réponses aux enquêtes",
    "ressource": "Ressources",
    "situation_pro": "Situations",
    "statut_instance": "Statuts des instances",
    "statut_rencontre": "Statuts des rencontres",
    "type_instance": "Types d’instance",
    "type_partenaire": "Types de partenaire",
    "type_rencontre": "Types de rencontre",
}
CHOIX = {
    "stable": [("oui", "Oui"), ("non", "Non"), ("à confirmer", "À confirmer")],
    "stable_avant": [("oui", "Oui"), ("non", "Non"), ("à confirmer", "À confirmer")],
    "parcours": [
        ("scolaire", "Scolaire"),
        ("pro", "Professionnel"),
        ("accompagnement", "Accompagnement"),
        ("aucun", "Aucun"),
    ],
}
LIBELLES = {"stable": "Stable", "alternance": "En alternance"}
COMMUNES = ["code", "libelle", "ordre", "retire_le"]


class NomenclatureView(VueTandem):
    """What the lists share; ``_vue`` makes one class per list."""

    ressource = "nomenclature"
    nom = "un élément"
    exclude_route_methods = {"download", "action", "action_post", "delete"}
    base_order = ("ordre", "asc")
    edit_columns = ["libelle", "ordre", "retire_le"]
    description_columns = {
        "code": "Lettres sans accent, chiffres et _ ; il ne change plus ensuite, les exports l’emploient.",
    }
    filtres_propres = {}

    def initiales(self) -> dict:
        dernier = db.session.scalar(select(func.max(self.modele.ordre))) or 0
        return {"ordre": dernier + 1}

    def valider(self, form, fiche) -> None:
        if "code" in form and form.code.data:
            form.code.data = form.code.data.upper()
            if not re.fullmatch(r"[A-Z0-9_]{1,30}", form.code.data, re.ASCII):
                formulaire.refuser(
                    form,
                    "Employez des lettres sans accent, des chiffres et _ (30 au plus).",
                    "code",
                )


def _vue(table: str, classe: type) -> type[NomenclatureView]:
    propres = [c.name for c in classe.__table__.c if c.name not in COMMUNES]
    colonnes = ["libelle", "code", *propres, "ordre", "retire_le"]
    actif = classe.retire_le.is_(None)
    return type(
        f"{classe.__name__}View",
        (NomenclatureView,),
        {
            "datamodel": SQLAInterface(classe),
            "route_base": f"/listes/{table}",
            "pluriel": TITRES[table],
            "list_columns": colonnes,
            "add_columns": ["code", "libelle", *propres, "ordre"],
            "show_columns": colonnes,
            "choix": {c: v for c, v in CHOIX.items() if c in propres},
            "formatters_columns": {
                c: lambda code, v=dict(v): v.get(code, "") for c, v in CHOIX.items() if c in propres
            },
            "label_columns": {c: v for c, v in LIBELLES.items() if c in propres},
            "filtres_propres": {
                "etat": (
                    "État",
                    {
                        "actifs": ("Proposés", lambda: actif | (classe.retire_le > aujourd_hui())),
                        "retires": ("Retirés", lambda: classe.retire_le <= aujourd_hui()),
                    },
                )
            },
            "aide_liste": "Un élément qui ne sert plus se retire : les fiches qui l’emploient le gardent, il n’est plus proposé.",
        },
    )


class ListesView(BaseView):
    """The way to each list."""

    route_base, class_permission_name = "/listes", "nomenclature"

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        retire = (c.retire_le <= aujourd_hui() for c in LISTES.values())
        comptes = union_all(
            *(
                select(
                    literal(t).label("liste"),
                    func.count().label("n"),
                    func.count().filter(r).label("retires"),
                ).select_from(c)
                for (t, c), r in zip(LISTES.items(), retire, strict=True)
            )
        )
        lues = {liste: (n, retires) for liste, n, retires in db.session.execute(comptes)}
        listes = [
            (TITRES[t], f"listes/{t}/", *lues[t])
            for t in sorted(LISTES, key=lambda t: plier(TITRES[t]))
        ]
        return render_template("tandem/listes.html", listes=listes)


VUES = (ListesView, *(_vue(table, classe) for table, classe in LISTES.items()))
