"""The fields whose value is chosen: an item of a list, an MDS, another record found by typing."""

import re

from wtforms.validators import ValidationError

from app import acces
from app.erreurs import CHOIX_NON_VALABLE
from app.views.socle import choix
from app.views.socle.affichage import VIDE, elements, en_texte
from app.views.socle.champs import OBLIGATOIRE, Champ


class ChampListe(Champ):
    """An item of a nomenclature (or of fixed ``options``): the active ones, and the current one
    even when retired."""

    rendu = "liste"

    def __init__(
        self,
        *arguments,
        liste: str | None = None,
        options: tuple[tuple[str, str], ...] = (),
        **autres,
    ):
        super().__init__(*arguments, **autres)
        self.liste, self.choix, self.vide = liste, list(options), VIDE
        self._fixes = dict(options)

    def preparer(self, actuelle) -> None:
        if self.liste:
            tous = elements(self.liste)[self.liste].values()
            self.choix = [
                (e.code, e.libelle if e.actif else f"{e.libelle} (retiré)")
                for e in tous
                if e.actif or e.code == actuelle
            ]

    def pre_validate(self, form) -> None:
        super().pre_validate(form)
        if self.data is not None and str(self.data) not in dict(self.choix):
            raise ValidationError(CHOIX_NON_VALABLE)

    def texte(self, valeur) -> str:
        if self.liste and valeur is not None:
            element = elements(self.liste)[self.liste].get(str(valeur))
            return element.libelle if element else str(valeur)
        return self._fixes.get(valeur, en_texte(valeur))


class ChampMds(ChampListe):
    """The MDS where the person may do this act; none = the whole Département, for who acts
    everywhere."""

    def __init__(self, *arguments, ressource: str, acte: str, **autres):
        if (
            autres.get("aide") and self.rendu != "cases"
        ):  # an option of the list says it, for who has it
            autres["aide"] = autres["aide"].replace("Vide : tout le Département.", "").strip()
        super().__init__(*arguments, liste="mds", **autres)
        self.ressource, self.acte, self.vide = ressource, acte, "Tout le Département"

    def preparer(self, actuelle) -> None:
        permises = acces.perimetre().mds(self.ressource, self.acte)
        self.requis = self.requis or permises is not acces.TOUTES and actuelle is None
        self.choix = [
            (c, e.libelle)
            for c, e in elements("mds")["mds"].items()
            if int(c) in permises or int(c) == actuelle
        ]
        if self.requis and len(self.choix) == 1 and self.data is None and self.saisie is None:
            self.data = int(self.choix[0][0])

    def lire(self, texte: str) -> int:
        if not re.fullmatch(r"\d{1,9}", texte, re.ASCII):
            raise ValueError(CHOIX_NON_VALABLE)
        return int(texte)


class ChampPlusieursMds(ChampMds):
    """Several MDS, ticked; none = the whole Département."""

    rendu = "cases"

    def preparer(self, actuelle) -> None:
        super().preparer(None)
        permises = acces.perimetre().mds(self.ressource, self.acte)
        self.actuelles = list(actuelle or ())
        self.choix = [
            (c, e.libelle)
            for c, e in elements("mds")["mds"].items()
            if int(c) in permises or int(c) in self.actuelles
        ]
        if self.saisie is not None or self.actuelles:
            return
        self.data = (
            [int(self.choix[0][0])]
            if permises is not acces.TOUTES and len(self.choix) == 1
            else self.data or []
        )

    def process_formdata(self, valuelist) -> None:
        self.saisie, self.data = "", []
        for valeur in valuelist[:100]:
            if valeur:
                self.data.append(self.lire(valeur))

    def pre_validate(self, form) -> None:
        if self.requis and not self.data and not self.process_errors:
            raise ValidationError(OBLIGATOIRE)
        if {str(v) for v in self.data or ()} - dict(self.choix).keys():
            raise ValidationError(CHOIX_NON_VALABLE)

    def texte(self, valeur) -> str:
        return en_texte([super(ChampPlusieursMds, self).texte(v) for v in valeur or ()])


class ChampReference(Champ):
    """Another record, chosen by typing. What is not visible and what does not exist get the same
    answer.

    Without JavaScript the typed words are searched when the form is sent, and the matches offered
    as radio buttons.
    """

    rendu = "reference"

    def __init__(self, *arguments, table: str, **options):
        super().__init__(*arguments, **options)
        self.table, self.propositions, self.actuelle = table, [], None
        self._lues: dict = {}

    def preparer(self, actuelle) -> None:
        self.actuelle = actuelle

    def process_formdata(self, valuelist) -> None:
        """The number, which the script or a radio button gives; the words typed stand in
        ``<name>-texte``."""
        super().process_formdata([v for v in valuelist if v][-1:])

    def process(self, formdata, *arguments, **options) -> None:
        super().process(formdata, *arguments, **options)
        self.mots = None if formdata is None else formdata.get(f"{self.name}-texte")
        if self.mots is not None:
            self.mots = self.mots.replace("\0", "").strip()

    def lire(self, texte: str) -> int:
        if not re.fullmatch(r"\d{1,9}", texte, re.ASCII):
            raise ValueError(CHOIX_NON_VALABLE)
        return int(texte)

    def reprendre(self, valeur) -> None:
        super().reprendre(valeur)
        self.mots = None

    def fiche(self, numero: int | None = None):
        numero = self.data if numero is None else numero
        if numero is not None and numero not in self._lues:
            self._lues[numero] = choix.trouver(self.table, numero)
        return self._lues.get(numero)

    def pre_validate(self, form) -> None:
        if self.process_errors:
            return
        if (
            self.mots == "" and self.data == self.actuelle
        ):  # erased without script: the number that stays no longer counts
            self.data = None
        elif self.mots and (
            self.data is None
            or not self.fiche()
            or not choix.correspond(self.table, self.data, self.mots)
        ):
            self._chercher_les_mots()
        super().pre_validate(form)
        if self.data is not None and self.fiche() is None:
            raise ValidationError(CHOIX_NON_VALABLE)

    def _chercher_les_mots(self) -> None:
        self.data = None
        trouves = choix.chercher(self.table, self.mots)
        if not trouves:
            raise ValidationError("Rien ne correspond à ces mots.")
        if len(trouves) > 1:
            precision = choix.CHERCHABLES[self.table].precision
            self.propositions = [(str(t.id), f"{t} ({precision(t)})") for t in trouves]
            raise ValidationError("Plusieurs fiches correspondent : choisissez la bonne.")
        self.data = trouves[0].id

    @property
    def valeur(self) -> str:
        return self.mots if self.mots is not None else self.texte(self.data)

    def texte(self, valeur) -> str:
        fiche = self.fiche(valeur) if valeur is not None else None
        return str(fiche) if fiche is not None else ""


class ChampAutreMds(ChampListe):
    """Any MDS: the one that receives need not be the person's own."""

    def __init__(self, *arguments, **autres):
        super().__init__(*arguments, liste="mds", **autres)

    def preparer(self, actuelle) -> None:
        self.choix = [(code, e.libelle) for code, e in elements("mds")["mds"].items()]

    def lire(self, texte: str) -> int:
        if not (texte.isascii() and texte.isdigit() and len(texte) < 10):
            raise ValueError(CHOIX_NON_VALABLE)
        return int(texte)
