"""The fields whose value is chosen: an item of a list, an MDS, another record found by typing."""

from collections.abc import Iterable

from wtforms.validators import ValidationError

from app import acces
from app.erreurs import CHOIX_NON_VALABLE
from app.views.socle import choix, saisie
from app.views.socle.affichage import VIDE, elements, en_texte, numeros_de
from app.views.socle.champs import OBLIGATOIRE, Champ, ChampVoulu
from app.views.socle.valeurs import choix_d_enum, lire_enum

AUCUNE = "Aucune :"
"""How the help of several MDS begins to say what none of them means."""


def lire_numero(texte: str) -> int:
    """The number of a record or of an MDS, that a list or a search gave."""
    numero = saisie.numero(texte)
    if numero is None:
        raise ValueError(CHOIX_NON_VALABLE)
    return numero


class ChampListe(Champ):
    """An item of a nomenclature, or of fixed ``options``.

    The active ones, and the current one even when retired.
    """

    rendu = "liste"

    def __init__(
        self,
        *arguments,
        liste: str | None = None,
        options: tuple[tuple[str, str], ...] = (),
        **autres,
    ):
        super().__init__(*arguments, **autres)
        self.liste = liste
        self.choix = list(options)
        self.vide = VIDE
        self._fixes = dict(options)

    @classmethod
    def de_colonne(cls, voulu: ChampVoulu):
        if voulu.choix:
            return cls(voulu.libelle, options=voulu.choix, **voulu.commun())
        return cls(voulu.libelle, liste=voulu.cible, **voulu.commun())

    def preparer(self, actuelle) -> None:
        if self.liste:
            tous = elements(self.liste)[self.liste].values()
            self.choix = [
                (e.code, e.libelle_a_choisir) for e in tous if e.actif or e.code == actuelle
            ]

    def pre_validate(self, form) -> None:
        super().pre_validate(form)
        if self.data is not None and str(self.data) not in dict(self.choix):
            raise ValidationError(CHOIX_NON_VALABLE)

    def texte(self, valeur) -> str:
        if self.liste and valeur is not None:
            element = elements(self.liste)[self.liste].get(str(valeur))
            return str(valeur) if element is None else element.libelle
        return self._fixes.get(valeur, en_texte(valeur))


class ChampEnum(ChampListe):
    """A member of the ``Enum`` of a column, shown by its value."""

    def __init__(self, *arguments, genre, **autres):
        super().__init__(*arguments, options=tuple(choix_d_enum(genre)), **autres)
        self.genre = genre

    @classmethod
    def de_colonne(cls, voulu: ChampVoulu):
        return cls(voulu.libelle, genre=voulu.colonne.type, **voulu.commun())

    def lire(self, texte: str):
        return lire_enum(self.genre, texte)

    def montrer(self, valeur) -> str:
        return getattr(valeur, "name", valeur) or ""

    def pre_validate(self, form) -> None:
        Champ.pre_validate(self, form)

    def texte(self, valeur) -> str:
        return en_texte(valeur)


class ChampMds(ChampListe):
    """The MDS where the person may do this act.

    None = the whole Département, for whoever acts everywhere.
    """

    def __init__(self, *arguments, ressource: str, acte: str, **autres):
        aide = autres.get("aide")
        if aide and self.rendu != "cases":  # an option of the list says it to whoever has it
            autres["aide"] = aide.replace("Vide : tout le Département.", "").strip()
        super().__init__(*arguments, liste="mds", **autres)
        self.ressource = ressource
        self.acte = acte
        self.vide = "Tout le Département"

    @classmethod
    def de_colonne(cls, voulu: ChampVoulu):
        return cls(voulu.libelle, ressource=voulu.ressource, acte=voulu.acte, **voulu.commun())

    def proposer(self, permises, actuelles: Iterable[int | None]) -> None:
        """The MDS where the act is allowed, and those that the record has already."""
        gardees = {*actuelles}
        self.choix = [
            (c, e.libelle)
            for c, e in elements("mds")["mds"].items()
            if int(c) in permises or int(c) in gardees
        ]

    def preparer(self, actuelle) -> None:
        permises = acces.perimetre().mds(self.ressource, self.acte)
        self.requis = self.requis or (permises is not acces.TOUTES and actuelle is None)
        self.proposer(permises, {actuelle})
        if self.requis and len(self.choix) == 1 and self.data is None and self.saisie is None:
            self.data = int(self.choix[0][0])

    def lire(self, texte: str) -> int:
        return lire_numero(texte)


class ChampPlusieurs(ChampListe):
    """Several records of a short table, ticked; none is accepted."""

    rendu = "cases"

    @classmethod
    def de_colonne(cls, voulu: ChampVoulu):
        autres = {**voulu.commun(), "requis": False}
        return cls(voulu.libelle, liste=numeros_de(voulu.colonne), **autres)

    def preparer(self, actuelle) -> None:
        super().preparer(actuelle)
        self.data = self.data or []

    def lire(self, texte: str) -> int:
        return lire_numero(texte)

    def process_formdata(self, valuelist) -> None:
        self.saisie = ""
        # In one order: what is ticked as it was is no change.
        self.data = sorted({self.lire(valeur) for valeur in valuelist[:100] if valeur})

    def pre_validate(self, form) -> None:
        if self.requis and not self.data and not self.process_errors:
            raise ValidationError(OBLIGATOIRE)
        if {str(v) for v in self.data or ()} - dict(self.choix).keys():
            raise ValidationError(CHOIX_NON_VALABLE)

    def texte(self, valeur) -> str:
        en_mots = super().texte
        return en_texte([en_mots(v) for v in valeur or ()])


class ChampPlusieursMds(ChampPlusieurs, ChampMds):
    """Several MDS, ticked; none = the whole Département."""

    @classmethod
    def de_colonne(cls, voulu: ChampVoulu):
        autres = {**voulu.commun(), "requis": False}
        return cls(voulu.libelle, ressource=voulu.ressource, acte=voulu.acte, **autres)

    def preparer(self, actuelle) -> None:
        ChampMds.preparer(self, None)
        if self.requis:
            self.description = self.description.partition(AUCUNE)[0].rstrip()
        permises = acces.perimetre().mds(self.ressource, self.acte)
        self.actuelles = list(actuelle or ())
        self.proposer(permises, self.actuelles)
        if self.saisie is not None or self.actuelles:
            return
        if permises is not acces.TOUTES and len(self.choix) == 1:
            self.data = [int(self.choix[0][0])]
        else:
            self.data = self.data or []


class ChampReference(Champ):
    """Another record, chosen by typing.

    What is not visible and what does not exist get the same answer.

    Without JavaScript the typed words are searched when the form is sent, and the matches offered
    as radio buttons.
    """

    rendu = "reference"

    def __init__(self, *arguments, table: str, **options):
        super().__init__(*arguments, **options)
        self.table = table
        self.propositions: list[tuple[str, str]] = []
        self.actuelle: int | None = None
        self.mots: str | None = None
        """The words typed; None when none were asked for."""
        self._lues: dict = {}

    @classmethod
    def de_colonne(cls, voulu: ChampVoulu):
        return cls(voulu.libelle, table=voulu.cible, **voulu.commun())

    def preparer(self, actuelle) -> None:
        self.actuelle = actuelle

    def process_formdata(self, valuelist) -> None:
        """The number, which the script or a radio button gives.

        The words typed stand in ``<name>-texte``.
        """
        super().process_formdata([v for v in valuelist if v][-1:])

    def process(self, formdata, *arguments, **options) -> None:
        super().process(formdata, *arguments, **options)
        self.mots = None
        if formdata is not None and f"{self.name}-texte" in formdata:
            self.mots = formdata[f"{self.name}-texte"].replace("\0", "").strip()

    def lire(self, texte: str) -> int:
        return lire_numero(texte)

    def reprendre(self, valeur) -> None:
        super().reprendre(valeur)
        self.mots = None

    def reprendre_la_fiche(self, numero: int, fiche) -> None:
        """Take this record, which was just read."""
        self.reprendre(numero)
        self._lues[numero] = fiche

    def fiche(self, numero: int | None = None):
        if numero is None:
            numero = self.data
        if numero is not None and numero not in self._lues:
            self._lues[numero] = choix.trouver(self.table, numero)
        return self._lues.get(numero)

    def pre_validate(self, form) -> None:
        if self.process_errors:
            return
        if self.mots == "" and self.data == self.actuelle:
            self.data = None  # erased without script: the number that stays no longer counts
        elif self.mots and not self._est_bien(self.mots):
            self._chercher(self.mots)
        super().pre_validate(form)
        if self.data is not None and self.fiche() is None:
            raise ValidationError(CHOIX_NON_VALABLE)

    def _est_bien(self, mots: str) -> bool:
        """The number given is that of a visible record, and the words are its own."""
        if self.data is None or self.fiche() is None:
            return False
        return choix.correspond(self.table, self.data, mots)

    def _chercher(self, mots: str) -> None:
        self.data = None
        trouves = choix.chercher(self.table, mots)
        if not trouves:
            raise ValidationError("Rien ne correspond à ces mots.")
        if len(trouves) > 1:
            precision = choix.CHERCHABLES[self.table].precision
            self.propositions = [(str(t.id), f"{t} ({precision(t)})") for t in trouves]
            raise ValidationError("Plusieurs fiches correspondent : choisissez la bonne.")
        self.data = trouves[0].id

    @property
    def valeur(self) -> str:
        return self.texte(self.data) if self.mots is None else self.mots

    def texte(self, valeur) -> str:
        if valeur is None:
            return ""
        return str(self.fiche(valeur) or "")


class ChampAutreMds(ChampListe):
    """Any MDS: the one that receives need not be the person's own."""

    def __init__(self, *arguments, **autres):
        super().__init__(*arguments, liste="mds", **autres)

    def preparer(self, actuelle) -> None:
        self.choix = [(code, e.libelle) for code, e in elements("mds")["mds"].items()]

    def lire(self, texte: str) -> int:
        return lire_numero(texte)
