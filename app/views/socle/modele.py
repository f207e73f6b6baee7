"""``datamodel`` of our screens.

Flask-AppBuilder's ``SQLAInterface``, and what our conversions ask of a column (``is_nomenclature``,
``is_mds``…), beside its own ``is_text``, ``is_date``.
"""

from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import ARRAY, Column, Time

from app.models import LISTES
from app.models.declaration import DeclarationRefusee
from app.views.socle.affichage import cible_de, numeros_de
from app.views.socle.filtres_colonnes import ConvertisseurDeFiltres


class ModeleTandem(SQLAInterface):
    filter_converter_class = ConvertisseurDeFiltres
    choix: dict = {}
    """The fixed values of some columns; the view says them."""

    def _cible(self, nom: str) -> str | None:
        colonne: Column | None = self.list_columns.get(nom)
        return None if colonne is None else cible_de(colonne)

    def is_nomenclature(self, nom: str) -> bool:
        """Holds the code of a list (``motif_code``)."""
        return self._cible(nom) in LISTES

    def is_mds(self, nom: str) -> bool:
        return self._cible(nom) == "mds"

    def is_plusieurs_mds(self, nom: str) -> bool:
        colonne: Column | None = self.list_columns.get(nom)
        return colonne is not None and numeros_de(colonne) == "mds"

    def is_plusieurs(self, nom: str) -> bool:
        """Holds the numbers of several records (``service_ids``)."""
        colonne = self.list_columns.get(nom)
        return colonne is not None and isinstance(colonne.type, ARRAY)

    def is_reference(self, nom: str) -> bool:
        """Holds the number of another record (``jeune_id``)."""
        cible = self._cible(nom)
        return cible is not None and cible not in LISTES and cible != "mds"

    def is_choix(self, nom: str) -> bool:
        return nom in self.choix

    def is_heure(self, nom: str) -> bool:
        colonne = self.list_columns.get(nom)
        return colonne is not None and isinstance(colonne.type, Time)

    def is_case(self, nom: str) -> bool:
        """Yes or no, never unknown."""
        return self.is_boolean(nom) and not self.list_columns[nom].nullable


def modele_tandem(vue) -> ModeleTandem:
    """The ``datamodel`` of a view, which may be the framework's own."""
    declare = vue.datamodel
    if type(declare) is SQLAInterface:
        declare = ModeleTandem(declare.obj, declare._session)
    if not isinstance(declare, ModeleTandem):
        raise DeclarationRefusee(
            f"{type(vue).__name__}.datamodel : {type(declare).__name__} doit hériter de"
            " ModeleTandem."
        )
    declare.choix = vue.choix
    return declare
