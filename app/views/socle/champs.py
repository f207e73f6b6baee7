"""The fields of our forms: what people type in French, made into values; every wrong value gets a
sentence, never a 500.

A field keeps what was typed (``saisie``), shows it again on error, and names the part of
``_champs.html`` that draws it.
"""

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from wtforms import Field, Form
from wtforms.validators import ValidationError

from app.erreurs import CHOIX_NON_VALABLE
from app.regles.texte import sans_invisibles
from app.views.socle.affichage import VIDE, elements, en_texte

OBLIGATOIRE = "Ce champ est obligatoire."
ANNEES = range(1900, 2101)
ENTIER_MAXIMUM = 2_147_483_647
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_FRANCAISE = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})", re.ASCII)


class Formulaire(Form):
    class Meta:
        locales = ("fr",)

    def preparer(self, fiche=None) -> None:
        """Read what the choices offer; before validation and drawing."""
        elements(*{c.liste for c in self if c.liste})
        for champ in self:
            champ.preparer(None if fiche is None else getattr(fiche, champ.name, None))


class Champ(Field):
    """One value typed in one control."""

    rendu = "texte"
    type_html, mode, taille = "text", None, None
    liste: str | None = None
    """The list whose items are offered."""

    def __init__(
        self, libelle: str = "", *, requis: bool = False, aide: str | None = None, **options
    ):
        super().__init__(libelle, description=aide or "", **options)
        self.requis, self.saisie = requis, None

    def preparer(self, actuelle) -> None:
        """Nothing to read for most fields."""

    def process_formdata(self, valuelist) -> None:
        self.saisie = (valuelist[0] if valuelist else "").replace("\r\n", "\n")
        self.data = None
        if "\0" in self.saisie:
            self.saisie = self.saisie.replace("\0", "")
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
        self.taille, self.type_html = taille, type_html

    def lire(self, texte: str) -> str:
        texte = " ".join(texte.split())
        if self.taille and len(texte) > self.taille:
            raise ValueError(f"{self.taille} caractères au plus ; ce texte en compte {len(texte)}.")
        return texte


class ChampTexteLong(Champ):
    rendu = "zone"
    taille = 20_000

    def lire(self, texte: str) -> str:
        if len(texte) > self.taille:
            raise ValueError(f"{self.taille} caractères au plus ; ce texte en compte {len(texte)}.")
        return texte


class ChampDate(Champ):
    """A day, as the browser's calendar sends it or typed JJ/MM/AAAA."""

    rendu = "date"
    type_html = "date"

    def lire(self, texte: str) -> date:
        if trouve := _ISO.fullmatch(texte):
            annee, mois, jour = map(int, trouve.groups())
        elif trouve := _FRANCAISE.fullmatch(texte):
            jour, mois, annee = map(int, trouve.groups())
        else:
            raise ValueError("Écrivez la date comme 31/12/2025.")
        try:
            lue = date(annee, mois, jour)
        except ValueError:
            raise ValueError("Cette date n’existe pas.") from None
        if annee not in ANNEES:
            raise ValueError(f"L’année doit être entre {ANNEES[0]} et {ANNEES[-1]}.")
        return lue

    @property
    def valeur(self) -> str:
        """ISO for the calendar; what was typed, as it was typed, when it is no date."""
        return self.data.isoformat() if self.data else self.saisie or ""


class ChampNombre(Champ):
    mode = "numeric"

    def __init__(self, *arguments, maximum: int = ENTIER_MAXIMUM, **options):
        super().__init__(*arguments, **options)
        self.maximum = maximum

    def lire(self, texte: str) -> int:
        texte = re.sub(r"\s", "", texte)
        if not re.fullmatch(r"[+-]?\d{1,12}", texte, re.ASCII):
            raise ValueError("Écrivez un nombre entier, comme 12.")
        if abs(nombre := int(texte)) > self.maximum:
            raise ValueError("Ce nombre est trop grand.")
        return nombre


class ChampDecimal(Champ):
    """« 12,5 » or « 12.5 », « 52 000,00 »."""

    mode = "decimal"

    def __init__(self, *arguments, entiers: int = 10, decimales: int | None = 2, **options):
        super().__init__(*arguments, **options)
        self.entiers, self.decimales = entiers, decimales

    def lire(self, texte: str) -> Decimal:
        texte = re.sub(r"\s", "", texte).replace(",", ".")
        try:
            if not re.fullmatch(r"[+-]?(\d{1,20}(\.\d{0,10})?|\.\d{1,10})", texte, re.ASCII):
                raise InvalidOperation
            nombre = Decimal(texte)
        except InvalidOperation:
            raise ValueError("Écrivez un nombre, comme 12,5.") from None
        if abs(nombre) >= 10**self.entiers:
            raise ValueError("Ce nombre est trop grand.")
        if self.decimales is not None and -nombre.as_tuple().exponent > self.decimales:
            raise ValueError(f"{self.decimales} chiffres au plus après la virgule.")
        return nombre

    def montrer(self, valeur) -> str:
        return en_texte(valeur).replace("\u202f", " ")


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
        return [("oui", "Oui"), ("non", "Non")] + ([] if self.requis else [("", VIDE)])


class ChampCase(Champ):
    """Yes or No, never missing; an unticked box is No."""

    rendu = "case"

    def process_formdata(self, valuelist) -> None:
        self.data = bool(valuelist) and valuelist[0] not in ("", "non")
        self.saisie = "oui" if self.data else ""
