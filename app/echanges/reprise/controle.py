"""A workbook read, set against the base: what would be created, changed, and what is refused.

Nothing is written.

Each rule is judged on the state that would result: the rows of the file, and those of the base that
are not in it. A refusal by the base stays possible (someone else writes meanwhile):
``application.py`` turns it into words.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Integer, Row, Select, Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from app.echanges.reprise.cellules import Codes
from app.echanges.reprise.droits import ControleDesDroits
from app.echanges.reprise.ensemble import ControleDEnsemble
from app.echanges.reprise.feuilles import FEUILLES, ChampDeReprise
from app.echanges.reprise.lecture import (
    OBLIGATOIRE,
    Avancer,
    CelluleRefusee,
    ClasseurLu,
    LigneLue,
    Valeur,
    rien,
)
from app.echanges.reprise.plan import Connu, Etat, Plan
from app.echanges.reprise.valeurs import PropositionDeLecture
from app.extensions import db
from app.models import LISTES, Jeune, Mds, Orientation, Partenaire
from app.models.base import PHRASES
from app.models.dates import est_un_fait
from app.regles.conservation import NOM_ANONYME
from app.regles.coordonnees import (
    FORMES,
    TAILLE_DU_RECIT,
    proposer_telephone,
    refus_du_texte,
)
from app.regles.dates import APRES_DES_FAITS, refus, refus_de_la_naissance
from app.regles.presences import contradictions
from app.regles.texte import plier

CHIFFRES_D_UN_CODE = 9
IDENTITE = {"code", "nom", "prenom", "date_naissance", "mds_id"}
JEUNE_INCONNU = "Aucun jeune de la feuille Jeunes ni de la base ne porte ce code."
JEUNE_INCONNU_DE_SES_MDS = (
    "Aucun jeune de la feuille Jeunes ni des MDS où vous pouvez écrire ne porte ce code."
)
PARTENAIRE_INCONNU = "Aucun partenaire de la feuille Partenaires ni de la base ne porte ce nom."


def lire_listes() -> dict[str, Codes]:
    """The code lists as the base has them; « mds » gives numbers.

    Retired items are accepted: an import brings the past.
    """
    listes = {
        table: Codes(
            db.session.execute(
                select(c.code, c.libelle, c.code, c.retire_le.is_not(None)).order_by(c.ordre)
            ).all()
        )
        for table, c in LISTES.items()
    }
    mds = db.session.execute(select(Mds.code, Mds.nom, Mds.id)).all()
    return {**listes, "mds": Codes((code, nom, numero, False) for code, nom, numero in mds)}


def controler(
    classeur: ClasseurLu,
    garder_les_bonnes: bool,
    avancer: Avancer = rien,
    effacer: bool = False,
) -> Plan:
    """What importing this workbook would do, for whoever acts.

    Reads the base, under the rights of the acting account. ``effacer``: an empty cell erases what
    the base has; by default it is kept.
    """
    controle = Controle(classeur, garder_les_bonnes, avancer)
    controle.effacer = effacer
    return controle.plan()


class Controle(ControleDesDroits, ControleDEnsemble):
    """The check of one workbook, part after part."""

    def __init__(self, classeur: ClasseurLu, garder: bool, avancer: Avancer):
        super().__init__(classeur)
        self.garder = garder
        """Good rows are kept when others are refused."""
        self.avancer = avancer
        self.naissances: dict[str, date] = {}
        """Folded code → birth date of the youth."""
        self.anonymes: set[str] = set()
        """Folded codes of the youths whose file changes no more."""
        self._plies: dict[str, str] = {}
        self.contradictions: dict[str, list[int]] = {}
        """Sentence → rows of « Rencontres »."""
        self.gardees = 0
        """Empty cells that leave what the base has."""

    def plan(self) -> Plan:
        self._references()
        fait = 0
        total = sum(len(etat.lecture.lignes) for etat in self.etats.values())
        for etat in self.etats.values():
            self.avancer("Contrôle", fait, total)
            fait += len(etat.lecture.lignes)
            self._indexer(etat)
            self._lire_base(etat)
            self._controler_lignes(etat)
        if not self.pour_tous:
            self._codes_deja_pris()
        self._controler_ensemble(lambda ligne: True)
        while self.garder:
            # A row left out leaves the base as it was: what depends on it is judged again, until
            # nothing moves.
            avant = len(self.refus)
            self._orphelins()
            self._controler_ensemble(lambda ligne: not ligne.refusee)
            if len(self.refus) == avant:
                break
        return self._conclure()

    # References to youths and partners

    def _references(self) -> None:
        """Fold the references, read the known ones, refuse those that are nowhere."""
        definies = {
            "jeune": self._definies(self.etats["jeune"], "code"),
            "partenaire": self._definies(self.etats["partenaire"], "nom"),
        }
        citees = {nom: set(cles) for nom, cles in definies.items()}
        for etat in self.etats.values():
            for nom, cles in citees.items():
                cles.update(self._plier(v) for v in _colonne(etat, f"{nom}_id"))
        jeunes = select(Jeune.cle, Jeune.id, Jeune.mds_id, Jeune.date_naissance, Jeune.nom_tri)
        for cle, numero, mds, naissance, nom in _par_lots(jeunes, Jeune.cle, citees["jeune"], Text):
            self.jeunes[cle] = Connu(numero, mds)
            self.naissances[cle] = naissance
            if nom == NOM_ANONYME:
                self.anonymes.add(cle)
        self._naissances_de_la_feuille()
        partenaires = select(Partenaire.cle, Partenaire.id)
        for cle, numero in _par_lots(partenaires, Partenaire.cle, citees["partenaire"], Text):
            self.partenaires[cle] = numero
        connus = {
            "jeune": definies["jeune"] | self.jeunes.keys(),
            "partenaire": definies["partenaire"] | self.partenaires.keys(),
        }
        for etat in self.etats.values():
            for nom, existants in connus.items():
                self._plier_les_references(etat, nom, existants)

    def _definies(self, etat: Etat, attribut: str) -> set[str]:
        """The references that a sheet of the file defines, folded; their spelling is kept."""
        cles = set()
        for brut in _colonne(etat, attribut):
            cle = self._plier(brut)
            self.orthographe[cle] = brut
            cles.add(cle)
        return cles

    def _plier_les_references(self, etat: Etat, nom: str, existants: set[str]) -> None:
        """The references of a sheet to youths (to partners), refused when they are nowhere."""
        rang = etat.lecture.rangs.get(f"{nom}_id")
        if rang is None:
            return
        raison = PARTENAIRE_INCONNU
        if nom == "jeune":
            raison = JEUNE_INCONNU if self.pour_tous else JEUNE_INCONNU_DE_SES_MDS
        zeros = {}
        if nom == "jeune":
            inconnus = {self._plier(brut) for brut in _colonne(etat, "jeune_id")} - existants
            zeros = self._zeros_manges(inconnus, existants)
        for ligne in etat.lecture.lignes:
            brut = ligne.valeurs[rang]
            if brut is None:
                continue
            cle = self._plier(brut)
            ligne.valeurs[rang] = cle
            self.orthographe.setdefault(cle, brut)
            if cle not in existants:
                self.refuser(
                    etat, ligne, f"{nom}_id", raison, valeur=brut, proposition=zeros.get(cle)
                )

    def _zeros_manges(
        self, inconnus: set[str], existants: set[str]
    ) -> dict[str, PropositionDeLecture]:
        """Unknown code made of digits → the known one whose zeros Excel ate, if there is one."""
        chiffres = {cle for cle in inconnus if cle.isdecimal() and len(cle) < CHIFFRES_D_UN_CODE}
        candidats = {c: {c.zfill(n) for n in range(len(c), 10)} for c in chiffres}
        for cle, possibles in candidats.items():
            possibles.add(f"d{cle.zfill(5)}")
        tous = set().union(*candidats.values())
        connus = {cle: self.orthographe.get(cle, cle) for cle in tous & existants}
        codes = select(Jeune.cle, Jeune.code)
        connus |= dict(map(tuple, _par_lots(codes, Jeune.cle, tous - existants, Text)))
        propositions = {}
        for cle, possibles in candidats.items():
            trouves = possibles & connus.keys()
            if len(trouves) == 1:
                raison = "Excel a sans doute ôté les zéros"
                propositions[cle] = PropositionDeLecture(connus[trouves.pop()], raison)
        return propositions

    def _plier(self, brut: str) -> str:
        plie = self._plies.get(brut)
        if plie is None:
            plie = self._plies[brut] = plier(brut)
        return plie

    # Row by row

    def _indexer(self, etat: Etat) -> None:
        rangs = etat.lecture.rangs
        for ligne in etat.lecture.lignes:
            cle = etat.cle(partial(_a_sa_place, rangs, ligne.valeurs))
            if cle is None:
                continue
            premiere = etat.index.setdefault(cle, ligne)
            if premiere is not ligne and etat.feuille.table == "jeune" and self._est_la_meme(ligne):
                _completer(premiere, ligne)
            elif premiere is not ligne:
                champ = etat.feuille.champ_cle
                self.refuser(
                    etat,
                    ligne,
                    champ.attribut,
                    f"Cette ligne a la même clé que la ligne {premiere.numero} de la feuille.",
                )

    def _est_la_meme(self, ligne: LigneLue) -> bool:
        """A person said that the row is of a youth known otherwise."""
        return ligne.numero in self.memes

    def _lire_base(self, etat: Etat) -> None:
        """The rows of the base that the file may change.

        And all the periods of the youths it speaks of.
        """
        table = etat.feuille.modele.__table__
        if etat.feuille.cle[0] == "jeune_id":
            numeros = self._jeunes_concernes(etat)
            lues = _par_lots(_de_la_base(etat), table.c.jeune_id, numeros, Integer)
        else:
            cles = {cle[0] for cle in etat.index}
            lues = _par_lots(_de_la_base(etat), table.c.cle, cles, Text)
        listes = [etat.places[c.attribut] for c in etat.feuille.champs if c.genre == "mds_liste"]
        for lue in lues:
            valeurs = [None if valeur == "" else valeur for valeur in lue]
            for place in listes:
                valeurs[place] = tuple(valeurs[place] or ()) or None
            cle = etat.cle(partial(_a_sa_place, etat.places, valeurs))
            if cle is not None:
                etat.base[cle] = tuple(valeurs)

    def _laisser_les_orientations(self, etat: Etat) -> None:
        """The contact that a row of « Jeunes » says is an orientation of that date.

        When the youth has one, even an older one, nothing changes: an import overwrites none.
        """
        changent = {
            cle[0]: ligne for cle, ligne in etat.index.items() if "contact_le" in ligne.ecarts
        }
        connues = select(Jeune.cle, Orientation.contact_le).join(
            Orientation, Orientation.jeune_id == Jeune.id
        )
        for cle, contact in _par_lots(connues, Jeune.cle, changent, Text):
            ligne = changent[cle]
            _, dit = ligne.ecarts.get("contact_le", (None, None))
            if contact is not None and dit in (contact, None):
                for attribut in ("contact_le", "repere_le", "oriente_par"):
                    ligne.ecarts.pop(attribut, None)

    def _jeunes_concernes(self, etat: Etat) -> set[int]:
        """The numbers of the youths of the base that a sheet speaks of."""
        cles = {cle[0] for cle in etat.index}
        if etat.feuille.table == "rattachement":
            for (cle,), ligne in self.etats["jeune"].index.items():
                if "mds_id" in ligne.ecarts:
                    cles.add(cle)
        return {self.jeunes[cle].id for cle in cles if cle in self.jeunes}

    def _controler_lignes(self, etat: Etat) -> None:
        absentes = [
            champ
            for champ in etat.feuille.champs
            if champ.requis and champ.attribut not in etat.lecture.rangs
        ]
        for cle, ligne in etat.index.items():
            ligne.existant = etat.base.get(cle)
            if ligne.existant is None:
                for champ in absentes:
                    self._refuser_colonne(etat, ligne, champ)
                self._exiger_le_reste(etat, ligne)
            else:
                self._garder(etat, ligne, ligne.existant)
                ligne.ecarts = _ecarts(etat, ligne, ligne.existant)
        if etat.feuille.table == "jeune":
            self._laisser_les_orientations(etat)
        for ligne in etat.index.values():
            self._controler_valeurs(etat, ligne)
            self._controler_dates(etat, ligne)
            if not self.pour_tous:
                self._controler_droits(etat, ligne)
            self._controler_anonyme(etat, ligne)

    def _exiger_le_reste(self, etat: Etat, ligne: LigneLue) -> None:
        """The required cells of a new record, where those of a known one may be empty."""
        if not etat.lecture.requis_si_nouveau:
            return
        for champ, valeur in zip(etat.lecture.champs, ligne.valeurs, strict=True):
            if champ.requis and valeur is None:
                self.refuser(etat, ligne, champ.attribut, OBLIGATOIRE)

    def _garder(self, etat: Etat, ligne: LigneLue, existant: tuple[Valeur, ...]) -> None:
        """An empty cell keeps what the base has, unless it is to erase; lines are added to."""
        lecture = etat.lecture
        if etat.feuille.table == "jeune" and self._est_la_meme(ligne):
            for attribut in IDENTITE & lecture.rangs.keys():
                ligne.valeurs[lecture.rangs[attribut]] = existant[etat.places[attribut]]
        for rang, champ in enumerate(lecture.champs):
            avant = existant[etat.places[champ.attribut]]
            valeur = ligne.valeurs[rang]
            if valeur is None and avant is not None and champ.attribut not in ligne.fautifs:
                efface = lecture.effacables is None or champ.attribut in lecture.effacables
                if not (self.effacer and efface):
                    ligne.valeurs[rang] = avant
                    self.gardees += efface
            elif champ.attribut in lecture.cumules and valeur is not None and avant:
                connues = set(avant.split("\n"))
                nouvelles = [li for li in valeur.split("\n") if li not in connues]
                ligne.valeurs[rang] = "\n".join([avant, *nouvelles])

    def _controler_anonyme(self, etat: Etat, ligne: LigneLue) -> None:
        """Refuse what would change an anonymised file; all of it may come back unchanged."""
        attribut = "code" if etat.feuille.table == "jeune" else "jeune_id"
        if attribut not in etat.places or (ligne.existant is not None and not ligne.ecarts):
            return
        lu = etat.valeur(ligne, attribut)
        if lu and self._plier(lu) in self.anonymes:
            self.refuser(etat, ligne, attribut, PHRASES["ck_conservation_anonyme"][0])

    def _refuser_colonne(self, etat: Etat, ligne: LigneLue, champ: ChampDeReprise) -> None:
        """New rows need the column: told once, on the first row of the sheet."""
        manque = CelluleRefusee(
            etat.feuille.nom,
            1,
            champ.titre,
            "",
            "Cette colonne est obligatoire pour créer des lignes : elle manque.",
        )
        if manque not in self.refus[-len(etat.feuille.champs) * 2 :] and manque not in self.refus:
            self.refus.append(manque)
        ligne.refusee = True
        ligne.fautifs.add(champ.attribut)

    def _controler_valeurs(self, etat: Etat, ligne: LigneLue) -> None:
        feuille = etat.feuille
        for debut, fin in feuille.ordres:
            du = etat.valeur(ligne, debut)
            au = etat.valeur(ligne, fin)
            if du is not None and au is not None and au < du:
                self.refuser(etat, ligne, fin, PHRASES[f"ck_{feuille.table}_{debut}_{fin}"][0])
        for contrainte, respectee in feuille.controles:
            phrase, attribut = PHRASES[contrainte]
            if not respectee(lambda attribut: etat.valeur(ligne, attribut)):
                self.refuser(etat, ligne, attribut or feuille.champ_cle.attribut, phrase)
        if feuille.table == "jeune":
            self._controler_naissance(etat, ligne)
        self._controler_textes(etat, ligne)
        if feuille.table == "rencontre":
            self._avertir_des_contradictions(etat, ligne)

    def _controler_textes(self, etat: Etat, ligne: LigneLue) -> None:
        """Refuse a phone, an e-mail that is none, a text too long; what the base has stays."""
        for champ, valeur in zip(etat.lecture.champs, ligne.valeurs, strict=True):
            if champ.attribut not in FORMES and champ.genre != "recit" or not valeur:
                continue
            if ligne.existant and ligne.existant[etat.places[champ.attribut]] == valeur:
                continue
            taille = TAILLE_DU_RECIT if champ.genre == "recit" else champ.taille
            if raison := refus_du_texte(champ.attribut, valeur, taille):
                proposee = champ.attribut == "telephone" and proposer_telephone(valeur)
                proposition = PropositionDeLecture(proposee) if proposee else None
                self.refuser(etat, ligne, champ.attribut, raison, proposition=proposition)

    def _avertir_des_contradictions(self, etat: Etat, ligne: LigneLue) -> None:
        """What the form refuses to whoever types it comes in, and waits among the anomalies."""
        dites = ("statut_code", "le", "jeune_present")
        if ligne.existant is not None and not ligne.ecarts.keys() & set(dites):
            return
        statut, le, present = (etat.valeur(ligne, attribut) for attribut in dites)
        for _, phrase in contradictions(statut, le, present, self.aujourdhui):
            self.contradictions.setdefault(phrase, []).append(ligne.numero)

    def _controler_naissance(self, etat: Etat, ligne: LigneLue) -> None:
        naissance = etat.valeur(ligne, "date_naissance")
        if naissance is None:
            return
        est_nouveau = ligne.existant is None
        if raison := refus_de_la_naissance(naissance, self.aujourdhui, est_nouveau=est_nouveau):
            self.refuser(etat, ligne, "date_naissance", raison)
        elif self._est_tardive(etat, ligne, naissance):
            self.refuser(etat, ligne, "date_naissance", APRES_DES_FAITS)

    def _est_tardive(self, etat: Etat, ligne: LigneLue, naissance: date) -> bool:
        """The base has dates of this youth that the new day of birth leaves before it."""
        connu = self.jeunes.get(self._plier(etat.valeur(ligne, "code") or ""))
        if ligne.existant is None or connu is None:
            return False
        avant = ligne.existant[etat.places["date_naissance"]]
        if avant is None or naissance <= avant:
            return False
        vecu = func.acces.vecu_entre(connu.id, avant, naissance)
        return bool(db.session.scalar(select(vecu)))

    def _naissances_de_la_feuille(self) -> None:
        """Youth → birth date, as the sheet has it; one that is refused proves nothing."""
        etat = self.etats["jeune"]
        for ligne in etat.lecture.lignes:
            code = etat.valeur(ligne, "code")
            naissance = etat.valeur(ligne, "date_naissance")
            if code and isinstance(naissance, date) and naissance <= self.aujourdhui:
                self.naissances[self._plier(code)] = naissance

    def _controler_dates(self, etat: Etat, ligne: LigneLue) -> None:
        """Refuse each date that cannot be.

        One that the base already has is for the check before sending, it never blocks the mending
        of another cell.
        """
        du_jeune = "code" if etat.feuille.table == "jeune" else "jeune_id"
        naissance = None
        if du_jeune in etat.places and (cle := etat.valeur(ligne, du_jeune)):
            naissance = self.naissances.get(self._plier(cle))
        for champ in etat.feuille.champs:
            if champ.genre != "date":
                continue
            jour = etat.valeur(ligne, champ.attribut)
            if not isinstance(jour, date):
                continue
            if ligne.existant and ligne.existant[etat.places[champ.attribut]] == jour:
                continue
            colonne = etat.feuille.par_attribut[champ.attribut].colonne
            raison = refus(
                jour,
                self.aujourdhui,
                est_un_fait=est_un_fait(colonne, lambda nom: etat.valeur(ligne, nom)),
                naissance=naissance if champ.attribut != "date_naissance" else None,
            )
            if raison:
                self.refuser(etat, ligne, champ.attribut, raison)

    # The end

    def _conclure(self) -> Plan:
        plan = Plan(
            etats=self.etats,
            jeunes=self.jeunes,
            partenaires=self.partenaires,
            orthographe=self.orthographe,
            codes_mds=self.codes_mds,
        )
        plan.gardees = self.gardees
        plan.contradictions = self.contradictions
        plan.refus = sorted(self.refus, key=_place_du_refus)
        for table, etat in self.etats.items():
            plan.creations[table] = []
            plan.modifications[table] = []
            for ligne in etat.index.values():
                if ligne.refusee:
                    continue
                if ligne.existant is None:
                    plan.creations[table].append(ligne)
                elif ligne.ecarts:
                    plan.modifications[table].append(ligne)
                else:
                    plan.inchanges += 1
        return plan


def _completer(premiere: LigneLue, autre: LigneLue) -> None:
    """Of two rows of one youth, the first is kept; the other fills its empty cells."""
    for rang, valeur in enumerate(autre.valeurs):
        if premiere.valeurs[rang] is None:
            premiere.valeurs[rang] = valeur


def _a_sa_place(places: Mapping[str, int], valeurs: Sequence[Valeur], attribut: str) -> Valeur:
    return valeurs[places[attribut]]


def _colonne(etat: Etat, attribut: str) -> Iterator[str]:
    """What the rows of the file say in this column, the empty cells left out."""
    rang = etat.lecture.rangs.get(attribut)
    if rang is not None:
        for ligne in etat.lecture.lignes:
            if ligne.valeurs[rang] is not None:
                yield ligne.valeurs[rang]


def _de_la_base(etat: Etat) -> Select[Any]:
    """The rows of the table of a sheet, in the order of ``etat.places``; references are folded."""
    table = etat.feuille.modele.__table__
    colonnes = [table.c.id, table.c.version]
    source = table
    for champ in etat.feuille.champs:
        if champ.genre == "jeune":
            source = source.join(Jeune.__table__, Jeune.__table__.c.id == table.c.jeune_id)
            colonnes.append(Jeune.__table__.c.cle)
        elif champ.genre == "partenaire":
            autre = Partenaire.__table__
            source = source.join(autre, autre.c.id == table.c.partenaire_id)
            colonnes.append(autre.c.cle)
        else:
            colonnes.append(champ.lue)
    return select(*colonnes).select_from(source)


def _ecarts(
    etat: Etat, ligne: LigneLue, existant: tuple[Valeur, ...]
) -> dict[str, tuple[Valeur, Valeur]]:
    """Attribute → (value of the base, value of the file), where they differ and can be read."""
    ecarts = {}
    for champ, valeur in zip(etat.lecture.champs, ligne.valeurs, strict=True):
        attribut = champ.attribut
        avant = existant[etat.places[attribut]]
        if valeur != avant and attribut not in ligne.fautifs and not _memes(valeur, avant):
            ecarts[attribut] = (avant, valeur)
    return ecarts


def _memes(liste: Valeur, autre: Valeur) -> bool:
    """Two lists of MDS that say the same, whatever their order."""
    return isinstance(liste, tuple) and isinstance(autre, tuple) and set(liste) == set(autre)


def _place_du_refus(refus: CelluleRefusee) -> tuple[int, int, int]:
    """Where a refusal stands in the report: sheets in order, then rows, then columns."""
    rang = [f.nom for f in FEUILLES].index(refus.feuille)
    titres = [champ.titre for champ in FEUILLES[rang].champs]
    place = -1
    if refus.colonne in titres:
        place = titres.index(refus.colonne)
    return rang, refus.ligne, place


def _par_lots(
    requete: Select[*tuple[Any, ...]],
    colonne: Any,
    cles: Iterable[Any],
    type_: type[TypeEngine[Any]],
    taille: int = 10_000,
) -> Iterator[Row[*tuple[Any, ...]]]:
    """The rows whose ``colonne`` is one of ``cles``, a few thousand keys at a time."""
    ordonnees = sorted(cles)
    filtree = requete.where(colonne == any_(bindparam("cles", type_=ARRAY(type_))))
    for debut in range(0, len(ordonnees), taille):
        yield from db.session.execute(filtree, {"cles": ordonnees[debut : debut + taille]})
