"""``related_views`` of Flask-AppBuilder: the records that point to this one, as tabs.

The framework shows them to whoever may open the parent (its issue 2376). Here a tab asks the right
to read its own records, and each row passes the wall and the ``base_filters`` of its screen.
"""

from flask import request
from flask_appbuilder import ModelView
from sqlalchemy import inspect

from app import acces
from app.extensions import db
from app.models.declaration import DeclarationRefusee
from app.views.socle.fiche import Onglet, ajouter_a
from app.views.socle.filtres import DemandeDeListe

LIGNES = 10
"""The latest rows of a tab; « Tout voir » opens the list."""


class VuesLiees(ModelView):
    """The tabs that ``related_views`` declares; mixed into ``VueTandem``."""

    def colonne_vers(self, modele: type) -> str:
        """The column of our records that holds the number of a record of ``modele``."""
        for relation in inspect(self.modele).relationships:
            if relation.direction.name == "MANYTOONE" and relation.mapper.class_ is modele:
                # The foreign key of a youth's record holds its MDS too: the number is « …_id ».
                colonnes = {c.key for c in relation.local_columns} - {"mds_id"}
                return min(colonnes or {"mds_id"})
        raise DeclarationRefusee(
            f"{type(self).__name__} ne peut pas être dans related_views : aucune relation de"
            f" {self.modele.__name__} ne mène à {modele.__name__}."
        )

    def onglets_lies(self, fiche) -> list[Onglet]:
        perimetre = acces.perimetre()
        lisibles = [v for v in self._related_views if perimetre.peut(v.ressource, "lire")]
        return [vue.onglet_de(fiche) for vue in lisibles]

    def onglet_de(self, parent) -> Onglet:
        """Our records of this parent, in the order of our list."""
        colonne = self.colonne_vers(type(parent))
        numero = inspect(parent).identity[0]
        demande = DemandeDeListe(conditions=[getattr(self.modele, colonne) == numero])
        requete = self.trier(self.requete(demande), self.tri_par_defaut)
        cles = db.session.scalars(requete.limit(LIGNES + 1)).all()
        proprietes = [self.propriete(c) for c in self.list_columns if c != colonne]
        base = f"{request.script_root}{self.route_base}/"
        code = self.route_base.strip("/").replace("/", "-")
        lignes = [
            (f"{base}{self.cle(f)}", [p.cellule(f) for p in proprietes])
            for f in self.lignes(cles[:LIGNES])
        ]
        onglet = Onglet(code, self.list_title, [p.libelle for p in proprietes], lignes)
        onglet.compte = f"{LIGNES} et plus" if len(cles) > LIGNES else str(len(cles))
        nom = colonne.removesuffix("_id")
        if any(f.nom == nom and f.genre == "parent" for f in self.filtres):
            onglet.tout_voir = f"{base}?{nom}={numero}"
        if colonne in self.add_columns and self.peut_ajouter():
            onglet.ajouter = (self.add_title, ajouter_a(self.route_base, nom, numero, code))
        return onglet
