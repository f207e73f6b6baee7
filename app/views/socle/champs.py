"""The fields of our forms: what people type in French, made into values.

Every wrong value gets a sentence, never a 500.

A field keeps what was typed (``saisie``), shows it again on error, and names the part of
``_champs.html`` that draws it. ``de_colonne`` makes it from a column (``conversion.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import Column
from wtforms import Field, Form
from wtforms.validators import ValidationError

from app.erreurs import CHOIX_NON_VALABLE
from app.regles.age import PARIS
from app.regles.coordonnees import TAILLE_DU_RECIT, refus_du_texte
from app.regles.texte import sans_invisibles
from app.views.socle import saisie
from app.views.socle.affichage import VIDE, cible_de, elements, en_texte

OBLIGATOIRE = "Ce champ est obligatoire."
TYPES_HTML = {"courriel": "email", "telephone": "tel"}


class Formulaire(Form):
    class Meta:
        locales = ("fr",)

    @property
    def notres(self) -> list["Champ"]:
        """Our fields; a developer may have added others of WTForms."""
        return [c for c in self if isinstance(c, Champ)]

    def preparer(self, fiche=None) -> None:
        """Read what the choices offer; before validation and drawing."""
        elements(*{c.liste for c in self.notres if c.liste})
        for champ in self.notres:
            champ.preparer_pour(fiche)


@dataclass(frozen=True)
class ChampVoulu:
    """What a form asks about a column: everything a field needs to be made from it."""

    nom: str
    colonne: Column
    libelle: str
    aide: str | None
    requis: bool
    ressource: str
    acte: str
    """« creer » or « modifier »: where the person may do it bounds the MDS that are offered."""
    choix: tuple[tuple[str, str], ...] = ()
    validateurs: list = field(default_factory=list)

    def commun(self) -> dict[str, Any]:
        return {"requis": self.requis, "aide": self.aide, "validators": self.validateurs}

    @property
    def cible(self) -> str:
        return cible_de(self.colonne) or ""


class Champ(Field):
    """One value typed in one control."""

    rendu = "texte"
    type_html = "text"
    mode: str | None = None
    taille: int | None = None
    liste: str | None = None
    """The list whose items are offered."""
    connus: str | None = None
    """The ``datalist`` of the page whose words are offered."""
    proposes: Sequence[str] = ()
    """Words offered for this field alone."""

    def __init__(
        self, libelle: str = "", *, requis: bool = False, aide: str | None = None, **options
    ):
        super().__init__(libelle, description=aide or "", **options)
        self.requis = requis
        self.saisie: str | None = None

    @classmethod
    def de_colonne(cls, voulu: ChampVoulu):
        return cls(voulu.libelle, **voulu.commun())

    def preparer_pour(self, fiche) -> None:
        """``fiche``: the record that the form changes, None for a new one."""
        self.preparer(getattr(fiche, self.name, None))

    def preparer(self, actuelle) -> None:
        """Nothing to read for most fields."""

    def process_formdata(self, valuelist) -> None:
        recue = "".join(valuelist[:1])
        self.saisie = recue.replace("\r\n", "\n").replace("\0", "")
        self.data = None
        if "\0" in recue:
            raise ValueError("Ce texte contient un caractère interdit.")
        if propre := sans_invisibles(self.saisie).strip():
            self.data = self.lire(propre)

    def lire(self, texte: str):
        return texte

    def reprendre(self, valeur) -> None:
        """Forget what was typed and take this value."""
        self.data, self.saisie, self.process_errors = valeur, None, []

    def pre_validate(self, form) -> None:
        if self.requis and self.data in (None, []) and not self.process_errors:
            raise ValidationError(OBLIGATOIRE)

    @property
    def valeur(self) -> str:
        """What the control shows."""
        return self.saisie if self.saisie is not None else self.montrer(self.data)

    def montrer(self, valeur) -> str:
        return en_texte(valeur)

    def texte(self, valeur) -> str:
        """The value in words, to compare two versions."""
        return en_texte(valeur)


class ChampTexte(Champ):
    def __init__(self, *arguments, taille: int | None = None, type_html: str = "text", **options):
        super().__init__(*arguments, **options)
        self.taille = taille
        self.type_html = type_html

    @classmethod
    def de_colonne(cls, voulu: ChampVoulu):
        type_html = TYPES_HTML.get(voulu.nom, "text")
        taille = getattr(voulu.colonne.type, "length", None)
        return cls(voulu.libelle, taille=taille, type_html=type_html, **voulu.commun())

    def lire(self, texte: str) -> str:
        return " ".join(texte.split())

    def pre_validate(self, form) -> None:
        super().pre_validate(form)
        _verifier_le_texte(self)


class ChampTexteLong(Champ):
    rendu = "zone"
    taille = TAILLE_DU_RECIT
    rangees = 4
    """Lines shown at once."""

    def pre_validate(self, form) -> None:
        super().pre_validate(form)
        _verifier_le_texte(self)


def _verifier_le_texte(champ: Champ) -> None:
    """The rule of every door: a phone, an e-mail, a length."""
    if isinstance(champ.data, str):
        colonne = champ.name if champ.type_html in TYPES_HTML.values() else ""
        if phrase := refus_du_texte(colonne, champ.data, champ.taille):
            raise ValidationError(phrase)


class ChampDate(Champ):
    """A day, as the browser's calendar sends it or typed JJ/MM/AAAA."""

    rendu = "date"
    type_html = "date"

    def lire(self, texte: str) -> date:
        return saisie.lire_date(texte)

    @property
    def valeur(self) -> str:
        """ISO for the calendar; what was typed, as it was typed, when it is no date."""
        if self.data:
            return self.data.isoformat()
        return self.saisie or ""


class ChampHeure(Champ):
    """An hour of the day, as the clock of the browser sends it or typed 14h30."""

    rendu = "heure"
    type_html = "time"

    def lire(self, texte: str) -> time:
        return saisie.lire_heure(texte)


class ChampInstant(ChampDate):
    """A moment of Paris."""

    type_html = "datetime-local"

    def lire(self, texte: str) -> datetime:
        return saisie.lire_instant(texte)

    @property
    def valeur(self) -> str:
        if self.data is None:
            return self.saisie or ""
        return f"{self.data.astimezone(PARIS):%Y-%m-%dT%H:%M}"


class ChampNombre(Champ):
    mode = "numeric"

    def __init__(self, *arguments, maximum: int = saisie.ENTIER_MAXIMUM, **options):
        super().__init__(*arguments, **options)
        self.maximum = maximum

    def lire(self, texte: str) -> int:
        return saisie.lire_entier(texte, self.maximum)


class ChampDecimal(Champ):
    """« 12,5 » or « 12.5 », « 52 000,00 »."""

    mode = "decimal"

    def __init__(self, *arguments, entiers: int = 10, decimales: int | None = 2, **options):
        super().__init__(*arguments, **options)
        self.entiers = entiers
        self.decimales = decimales

    @classmethod
    def de_colonne(cls, voulu: ChampVoulu):
        precision: int = getattr(voulu.colonne.type, "precision", None) or 20
        decimales: int | None = getattr(voulu.colonne.type, "scale", None)
        entiers = precision - (decimales or 0)
        return cls(voulu.libelle, entiers=entiers, decimales=decimales, **voulu.commun())

    def lire(self, texte: str) -> Decimal:
        return saisie.lire_decimal(texte, self.entiers, self.decimales)

    def montrer(self, valeur) -> str:
        return en_texte(valeur).replace("\u202f", " ").removesuffix(",00")


class ChampOuiNon(Champ):
    """Oui, Non or, when it may be missing, Non renseigné: missing is not No."""

    rendu = "radios"
    VALEURS = {"oui": True, "non": False}

    def lire(self, texte: str) -> bool:
        if texte not in self.VALEURS:
            raise ValueError(CHOIX_NON_VALABLE)
        return self.VALEURS[texte]

    def montrer(self, valeur) -> str:
        return {True: "oui", False: "non"}.get(valeur, "")

    @property
    def choix(self) -> list[tuple[str, str]]:
        choix = [("oui", "Oui"), ("non", "Non")]
        if not self.requis:
            choix.append(("", VIDE))
        return choix


class ChampCase(Champ):
    """Yes or No, never missing; an unticked box is No."""

    rendu = "case"

    @classmethod
    def de_colonne(cls, voulu: ChampVoulu):
        return cls(voulu.libelle, aide=voulu.aide, validators=voulu.validateurs)

    def process_formdata(self, valuelist) -> None:
        self.data = bool(valuelist) and valuelist[0] not in ("", "non")
        self.saisie = "oui" if self.data else ""


class ChampConfirmation(ChampCase):
    """A box that is shown once there is something to confirm (``demander``), or once ticked."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.demandee = False

    def demander(self) -> None:
        self.demandee = True

    @property
    def cachee(self) -> bool:
        return not (self.demandee or self.data)
