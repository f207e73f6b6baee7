"""From the columns of a model to a form, through Flask-AppBuilder's own seam.

``CHAMPS`` is registered in its ``FieldConverter``: what ``datamodel`` says of a column, the field
that asks it. A developer adds a line at the head of a table of their own, or replaces the field of
one column by ``add_form_extra_fields``; fields of WTForms are drawn like ours.
"""

from flask_appbuilder.forms import FieldConverter, GeneralModelConverter
from sqlalchemy import FetchedValue

from app.models.declaration import DeclarationRefusee
from app.views.socle.affichage import Propriete
from app.views.socle.champs import (
    Champ,
    ChampCase,
    ChampDate,
    ChampDecimal,
    ChampHeure,
    ChampInstant,
    ChampNombre,
    ChampOuiNon,
    ChampTexte,
    ChampTexteLong,
    ChampVoulu,
    Formulaire,
)
from app.views.socle.champs_choix import (
    ChampEnum,
    ChampListe,
    ChampMds,
    ChampPlusieurs,
    ChampPlusieursMds,
    ChampReference,
)

CHAMPS = (
    ("is_nomenclature", ChampListe, None),
    ("is_mds", ChampMds, None),
    ("is_reference", ChampReference, None),
    ("is_plusieurs_mds", ChampPlusieursMds, None),
    ("is_plusieurs", ChampPlusieurs, None),
    ("is_choix", ChampListe, None),
    ("is_enum", ChampEnum, None),
    ("is_case", ChampCase, None),
    ("is_boolean", ChampOuiNon, None),
    ("is_date", ChampDate, None),
    ("is_heure", ChampHeure, None),
    ("is_datetime", ChampInstant, None),
    ("is_integer", ChampNombre, None),
    ("is_numeric", ChampDecimal, None),
    ("is_float", ChampDecimal, None),
    ("is_text", ChampTexteLong, None),
    ("is_string", ChampTexte, None),
)
"""(question asked to ``datamodel``, field, widget of a field of WTForms), the first that holds."""


class ConvertisseurDeChamp(FieldConverter):
    """The field of one column."""

    conversion_table = CHAMPS

    def __init__(self, datamodel, voulu: ChampVoulu):
        super().__init__(datamodel, voulu.nom, voulu.libelle, voulu.aide, voulu.validateurs)
        self.voulu = voulu

    def convert(self):
        for question, champ, widget in self.conversion_table:
            if not getattr(self.datamodel, question)(self.colname):
                continue
            if issubclass(champ, Champ):
                return champ.de_colonne(self.voulu)
            options = {"description": self.description, "validators": self.validators}
            if widget is not None:
                options["widget"] = widget()
            return champ(self.label, **options)
        raise DeclarationRefusee(
            f"{self.datamodel.model_name} : aucun champ ne convient à la colonne"
            f" « {self.colname} » ; donnez-en un par add_form_extra_fields et"
            " edit_form_extra_fields."
        )


class ConvertisseurDeFormulaire(GeneralModelConverter):
    """The form of some columns; what the base fills by itself is not asked at creation."""

    champ = ConvertisseurDeChamp

    def __init__(self, vue, *, creation: bool):
        super().__init__(vue.datamodel)
        self.vue = vue
        self.creation = creation

    def create_form(
        self,
        label_columns=None,
        inc_columns=None,
        description_columns=None,
        validators_columns=None,
        extra_fields=None,
        filter_rel_fields=None,
    ) -> type[Formulaire]:
        """As in the framework; the labels and the help are those of ``vue.propriete``."""
        valides = validators_columns or {}
        propres = extra_fields or {}
        champs = {}
        for nom in inc_columns or ():
            prop: Propriete = self.vue.propriete(nom)
            propre = propres.get(prop.nom) or propres.get(nom)
            validateurs = [*(valides.get(prop.nom) or valides.get(nom) or ())]
            champs[prop.nom] = propre or self._champ(prop, validateurs)
        return type(f"Formulaire{type(self.vue).__name__}", (Formulaire,), champs)

    def _champ(self, prop: Propriete, validateurs: list):
        colonne = prop.colonne
        if colonne is None:
            raise DeclarationRefusee(
                f"{type(self.vue).__name__} : « {prop.nom} » n’est pas une colonne de"
                f" {self.datamodel.model_name} ; un champ en plus se donne par"
                " add_form_extra_fields ou edit_form_extra_fields."
            )
        aide = prop.aide
        if not self.creation and type(colonne.server_default) is FetchedValue:
            aide = None  # it says what an addition leaves to the base
        remplie_par_la_base = self.creation and colonne.server_default is not None
        voulu = ChampVoulu(
            prop.nom,
            colonne,
            prop.libelle,
            aide,
            requis=not colonne.nullable and not remplie_par_la_base,
            ressource=self.vue.ressource,
            acte="creer" if self.creation else "modifier",
            choix=tuple(self.vue.choix.get(prop.nom, ())),
            validateurs=validateurs,
        )
        return self.champ(self.datamodel, voulu).convert()


def composer(vue, colonnes: list[str], *, creation: bool) -> type[Formulaire]:
    """The form of these columns, with the fields that the view gives itself."""
    ajoutes = vue.add_form_extra_fields if creation else vue.edit_form_extra_fields
    return vue.convertisseur(vue, creation=creation).create_form(
        vue.label_columns,
        colonnes,
        vue.description_columns,
        vue.validators_columns,
        {**vue.champs_propres, **ajoutes},
    )
