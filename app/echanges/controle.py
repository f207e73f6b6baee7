"""A workbook read, set against the base: what would be created, changed, and what is refused. Nothing is written.

Each rule is judged on the state that would result: the rows of the file, and those of the base that are not in it.
A refusal by the base stays possible (someone else writes meanwhile): ``application.py`` turns it into words.
"""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Integer, Text, any_, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from app import acces
from app.extensions import db
from app.models import LISTES, Jeune, Mds, Partenaire
from app.models.base import PHRASES
from app.regles.age import age_revolu
from app.regles.texte import plier

from .lecture import Avancer, Classeur, Codes, Lecture, Ligne, Refus, rien
from .reprise import FEUILLES, Champ, Feuille

AGES_ADMIS = range(10, 31)
"""Of a youth not yet known (classeur de reprise)."""
CODES_PARTAGES = ("jeune", "rencontre", "instance", "partenaire")
"""Tables whose key is unique over the whole Département: one that the acting account cannot see may hold it."""
SANS_FIN = date.max
PARTOUT = "Aucun jeune de la feuille Jeunes ni de la base ne porte ce code."
DANS_SES_MDS = "Aucun jeune de la feuille Jeunes ni des MDS où vous pouvez écrire ne porte ce code."


def lire_listes() -> dict[str, Codes]:
    """The code lists as the base has them; « mds » gives numbers. Retired items are accepted: an import brings the past."""
    listes = {
        table: Codes(
            db.session.execute(select(c.code, c.libelle, c.code, c.retire_le.is_not(None)).order_by(c.ordre)).all()
        )
        for table, c in LISTES.items()
    }
    mds = db.session.execute(select(Mds.code, Mds.nom, Mds.id)).all()
    return {**listes, "mds": Codes((code, nom, numero, False) for code, nom, numero in mds)}


@dataclass
class Plan:
    """What an import would do. A row that is refused is in none of the lists."""

    creations: dict[str, list[Ligne]] = field(default_factory=dict)
    modifications: dict[str, list[Ligne]] = field(default_factory=dict)
    etats: dict[str, "Etat"] = field(default_factory=dict)
    inchanges: int = 0
    refus: list[Refus] = field(default_factory=list)
    jeunes: dict[str, "Connu"] = field(default_factory=dict)
    """Folded code → youth of the base."""
    partenaires: dict[str, int] = field(default_factory=dict)
    """Folded name → number of the partner in the base."""
    orthographe: dict[str, str] = field(default_factory=dict)
    """Folded reference → as it is written where it is defined, else where it was last seen."""
    codes_mds: dict[int, str] = field(default_factory=dict)

    @property
    def crees(self) -> int:
        return sum(map(len, self.creations.values()))

    @property
    def modifies(self) -> int:
        return sum(map(len, self.modifications.values()))


@dataclass(frozen=True, slots=True)
class Connu:
    """A youth of the base, as far as the rows that refer to it need."""

    id: int
    mds_id: int


class Etat:
    """The rows of one sheet and those of the base, by key."""

    def __init__(self, feuille: Feuille, lecture: Lecture):
        self.feuille, self.lecture = feuille, lecture
        self.index: dict[tuple, Ligne] = {}
        """Key → row of the file, in their order; of two rows with one key, the first."""
        self.base: dict[tuple, tuple] = {}
        """Key → row of the base; a reference in it is a folded code or name, as in the rows of the file."""
        self.places = {a: i for i, a in enumerate(("id", "version", *(c.attribut for c in feuille.champs)))}

    def valeur(self, ligne: Ligne, attribut: str):
        """The value once the import is done: that of the file if it has the column, else that of the base."""
        rang = self.lecture.rangs.get(attribut)
        if rang is not None:
            return ligne.valeurs[rang]
        return ligne.existant[self.places[attribut]] if ligne.existant else None

    def cle(self, lire: Callable) -> tuple | None:
        """The key of a row, texts folded; None when a part of it is missing."""
        cle = []
        for attribut in self.feuille.cle:
            valeur = lire(attribut)
            if valeur is None:
                return None
            cle.append(plier(valeur) if self.feuille.par_attribut[attribut].genre == "texte" else valeur)
        return tuple(cle)


def controler(classeur: Classeur, garder_les_bonnes: bool, avancer: Avancer = rien) -> Plan:
    """What importing this workbook would do, for whoever acts. Reads the base, under the rights of the acting account."""
    return _Controle(classeur, garder_les_bonnes, avancer).plan()


class _Controle:
    def __init__(self, classeur: Classeur, garder: bool, avancer: Avancer):
        self.garder, self.avancer = garder, avancer
        self.pour_tous = acces.contexte().acteur == acces.TOUS
        self.aujourdhui: date = db.session.scalar(select(func.current_date()))
        self.codes_mds = dict(db.session.execute(select(Mds.id, Mds.code)).all())
        self.refus = list(classeur.refus)
        self.etats = {f.table: Etat(f, classeur.lectures.get(f.table) or Lecture(f, [])) for f in FEUILLES}
        self.jeunes: dict[str, Connu] = {}
        self.partenaires: dict[str, int] = {}
        self.orthographe: dict[str, str] = {}
        self._plies: dict[str, str] = {}

    def plan(self) -> Plan:
        self._references()
        for rang, etat in enumerate(self.etats.values()):
            self.avancer("Contrôle", rang, len(self.etats))
            self._indexer(etat)
            self._lire_base(etat)
            self._controler_lignes(etat)
        if not self.pour_tous:
            self._codes_deja_pris()
        self._controler_ensemble(lambda ligne: True)
        while self.garder:
            # A row left out leaves the base as it was: what depends on it is judged again, until nothing moves.
            avant = len(self.refus)
            self._orphelins()
            self._controler_ensemble(lambda ligne: not ligne.refusee)
            if len(self.refus) == avant:
                break
        return self._conclure()

    # References to youths and partners

    def _references(self) -> None:
        """Fold the references, read from the base those that are known, refuse those that are nowhere."""
        feuilles = {nom: set() for nom in ("jeune", "partenaire")}
        for nom, attribut in (("jeune", "code"), ("partenaire", "nom")):
            self.orthographe |= {self._plier(v): v for v in self._colonne(self.etats[nom], attribut)}
            feuilles[nom] = {self._plier(v) for v in self._colonne(self.etats[nom], attribut)}
        citees = {nom: set(cles) for nom, cles in feuilles.items()}
        for etat in self.etats.values():
            for nom in feuilles:
                citees[nom].update(self._plier(v) for v in self._colonne(etat, f"{nom}_id"))
        for cle, numero, mds in _par_paquets(
            select(Jeune.cle, Jeune.id, Jeune.mds_id), Jeune.cle, citees["jeune"], Text
        ):
            self.jeunes[cle] = Connu(numero, mds)
        self.partenaires = dict(
            _par_paquets(select(Partenaire.cle, Partenaire.id), Partenaire.cle, citees["partenaire"], Text)
        )
        connus = {
            "jeune": feuilles["jeune"] | self.jeunes.keys(),
            "partenaire": feuilles["partenaire"] | self.partenaires.keys(),
        }
        raisons = {
            "jeune": PARTOUT if self.pour_tous else DANS_SES_MDS,
            "partenaire": "Aucun partenaire de la feuille Partenaires ni de la base ne porte ce nom.",
        }
        for etat in self.etats.values():
            for nom, existants in connus.items():
                rang = etat.lecture.rangs.get(f"{nom}_id")
                if rang is not None:
                    for ligne in etat.lecture.lignes:
                        brut = ligne.valeurs[rang]
                        if brut is not None:
                            ligne.valeurs[rang] = cle = self._plier(brut)
                            self.orthographe.setdefault(cle, brut)
                            if cle not in existants:
                                self._refuser(etat, ligne, f"{nom}_id", raisons[nom], brut)

    @staticmethod
    def _colonne(etat: Etat, attribut: str) -> Iterator:
        rang = etat.lecture.rangs.get(attribut)
        if rang is not None:
            yield from (ligne.valeurs[rang] for ligne in etat.lecture.lignes if ligne.valeurs[rang] is not None)

    def _plier(self, brut: str) -> str:
        plie = self._plies.get(brut)
        if plie is None:
            plie = self._plies[brut] = plier(brut)
        return plie

    # Row by row

    def _indexer(self, etat: Etat) -> None:
        rangs = etat.lecture.rangs
        for ligne in etat.lecture.lignes:
            cle = etat.cle(lambda attribut, ligne=ligne: ligne.valeurs[rangs[attribut]])
            if cle is None:
                continue
            premiere = etat.index.setdefault(cle, ligne)
            if premiere is not ligne:
                champ = etat.feuille.champ_cle
                self._refuser(
                    etat,
                    ligne,
                    champ.attribut,
                    f"Cette ligne a la même clé que la ligne {premiere.numero} de la feuille.",
                )

    def _lire_base(self, etat: Etat) -> None:
        """The rows of the base that the file may change, and all the periods of the youths it speaks of."""
        feuille = etat.feuille
        table = feuille.modele.__table__
        colonnes, source = [table.c.id, table.c.version], table
        for champ in feuille.champs:
            if champ.genre == "jeune":
                source = source.join(Jeune.__table__, Jeune.__table__.c.id == table.c.jeune_id)
                colonnes.append(Jeune.cle)
            elif champ.genre == "partenaire":
                source = source.join(Partenaire.__table__, Partenaire.__table__.c.id == table.c.partenaire_id)
                colonnes.append(Partenaire.cle)
            else:
                colonnes.append(champ.lue)
        if feuille.cle[0] == "jeune_id":
            filtre, cles, type_ = (
                table.c.jeune_id,
                {j.id for c in {cle[0] for cle in etat.index} if (j := self.jeunes.get(c))},
                Integer,
            )
            if feuille.table == "rattachement":
                cles |= {
                    self.jeunes[c].id for (c,), ligne in self.etats["jeune"].index.items() if "mds_id" in ligne.ecarts
                }
        else:
            filtre, cles, type_ = table.c.cle, {cle[0] for cle in etat.index}, Text
        liste = next((etat.places[c.attribut] for c in feuille.champs if c.genre == "mds_liste"), None)
        for lue in _par_paquets(select(*colonnes).select_from(source), filtre, cles, type_):
            valeurs = tuple(None if v == "" else v for v in lue)
            if liste is not None:
                valeurs = (*valeurs[:liste], tuple(valeurs[liste]) or None, *valeurs[liste + 1 :])
            etat.base[etat.cle(lambda attribut, v=valeurs: v[etat.places[attribut]])] = valeurs

    def _controler_lignes(self, etat: Etat) -> None:
        feuille, champs = etat.feuille, etat.lecture.champs
        absentes = [c for c in feuille.champs if c.requis and c.attribut not in etat.lecture.rangs]
        places = [etat.places[c.attribut] for c in champs]
        for cle, ligne in etat.index.items():
            ligne.existant = existant = etat.base.get(cle)
            if existant is None:
                for champ in absentes:
                    self._refuser_colonne(etat, ligne, champ)
            else:
                ligne.ecarts = {
                    champ.attribut: (existant[place], valeur)
                    for champ, place, valeur in zip(champs, places, ligne.valeurs, strict=True)
                    if valeur != existant[place]
                    and champ.attribut not in ligne.fautifs
                    and not _memes(valeur, existant[place])
                }
            self._controler_valeurs(etat, ligne)
            if not self.pour_tous:
                self._controler_droits(etat, ligne)

    def _refuser_colonne(self, etat: Etat, ligne: Ligne, champ: Champ) -> None:
        """New rows need the column: told once, on the first row of the sheet."""
        manque = Refus(
            etat.feuille.nom, 1, champ.titre, "", "Cette colonne est obligatoire pour créer des lignes : elle manque."
        )
        if manque not in self.refus[-len(etat.feuille.champs) * 2 :] and manque not in self.refus:
            self.refus.append(manque)
        ligne.refusee = True
        ligne.fautifs.add(champ.attribut)

    def _controler_valeurs(self, etat: Etat, ligne: Ligne) -> None:
        feuille = etat.feuille
        for debut, fin in feuille.ordres:
            du, au = etat.valeur(ligne, debut), etat.valeur(ligne, fin)
            if du is not None and au is not None and au < du:
                self._refuser(etat, ligne, fin, PHRASES[f"ck_{feuille.table}_{debut}_{fin}"][0])
        for contrainte, respectee in feuille.controles:
            phrase, attribut = PHRASES[contrainte]
            if not respectee(lambda a: etat.valeur(ligne, a)):
                self._refuser(etat, ligne, attribut, phrase)
        if feuille.table == "jeune" and (naissance := etat.valeur(ligne, "date_naissance")):
            if naissance > self.aujourdhui:
                self._refuser(etat, ligne, "date_naissance", "Cette date de naissance est dans le futur.")
            elif ligne.existant is None and (age := age_revolu(naissance, self.aujourdhui)) not in AGES_ADMIS:
                raison = f"Ce jeune aurait {age} ans : un jeune nouveau a de {AGES_ADMIS[0]} à {AGES_ADMIS[-1]} ans."
                self._refuser(etat, ligne, "date_naissance", raison)

    # What the acting account may write

    def _controler_droits(self, etat: Etat, ligne: Ligne) -> None:
        """Only what would be written is asked for: a row that changes nothing needs no right."""
        if ligne.existant is not None and not ligne.ecarts:
            return
        table = etat.feuille.table
        if table == "jeune" and "mds_id" in ligne.ecarts:
            self._refuser(etat, ligne, "mds_id", "Un jeune change de MDS par un transfert, que les deux MDS acceptent.")
            return
        attribut = "mds_ids" if table == "partenaire" else "mds_id"
        if etat.feuille.par_jeune:
            attribut, lieux = "jeune_id", self._mds_du_jeune(etat, ligne)
            if lieux is None:
                return
        elif table == "poste":
            attribut, lieux = "coordonnateur", {...}
        else:
            lieux = {etat.valeur(ligne, attribut)} | (
                {ligne.existant[etat.places[attribut]]} if ligne.existant else set()
            )
        acte = "modifier" if ligne.existant else "creer"
        if not all(self._permis(table, acte, lieu) for lieu in lieux):
            verbe = "modifier" if ligne.existant else "créer"
            self._refuser(etat, ligne, attribut, f"Votre rôle ne permet pas de {verbe} cette ligne pour cette MDS.")

    @staticmethod
    def _permis(table: str, acte: str, lieu) -> bool:
        perimetre = acces.perimetre()
        if isinstance(lieu, tuple):
            return any(perimetre.peut(table, acte, mds) for mds in lieu)
        return perimetre.peut(table, acte, lieu)

    def _mds_du_jeune(self, etat: Etat, ligne: Ligne) -> set[int] | None:
        """The MDS of the youth of the row, before and after; None when the youth itself is refused, which says enough."""
        cles = {etat.valeur(ligne, "jeune_id"), ligne.existant[etat.places["jeune_id"]] if ligne.existant else None} - {
            None
        }
        lieux = set()
        for cle in cles:
            if connu := self.jeunes.get(cle):
                lieux.add(connu.mds_id)
            else:
                jeune = self.etats["jeune"].index.get((cle,))
                if jeune is None or jeune.refusee:
                    return None
                lieux.add(self.etats["jeune"].valeur(jeune, "mds_id"))
        return lieux or None

    def _codes_deja_pris(self) -> None:
        """A code held by a row that the account cannot see cannot be used; nothing says what holds it."""
        demande = text("select acces.cles_prises(:table, :cles)").bindparams(bindparam("cles", type_=ARRAY(Text)))
        for table in CODES_PARTAGES:
            etat = self.etats[table]
            nouvelles = [cle[0] for cle, ligne in etat.index.items() if ligne.existant is None and not ligne.refusee]
            for prise in db.session.scalars(demande, {"table": table, "cles": nouvelles}) if nouvelles else ():
                self._refuser(
                    etat,
                    etat.index[(prise,)],
                    etat.feuille.cle[0],
                    "Ce code n’est pas disponible : choisissez-en un autre.",
                )

    # Row against row

    def _orphelins(self) -> None:
        """With --garder-les-bonnes: what refers to a youth or a partner that will not be created."""
        for etat in self.etats.values():
            for nom, connus in (("jeune", self.jeunes), ("partenaire", self.partenaires)):
                attribut = f"{nom}_id"
                if attribut not in etat.lecture.rangs:
                    continue
                sources = self.etats[nom]
                for ligne in etat.index.values():
                    cle = etat.valeur(ligne, attribut)
                    if not ligne.refusee and cle not in connus and sources.index[(cle,)].refusee:
                        source = sources.index[(cle,)]
                        raison = f"La ligne {source.numero} de la feuille {sources.feuille.nom}, dont celle-ci dépend, est refusée."
                        self._refuser(etat, ligne, attribut, raison, sources.valeur(source, sources.feuille.cle[0]))

    def _controler_ensemble(self, compte: Callable[[Ligne], bool]) -> None:
        """Periods that overlap, attachments that contradict the youth's MDS; ``compte`` says which rows of the file count."""
        for etat in self.etats.values():
            if etat.feuille.sans_chevauchement:
                self._chevauchements(etat, compte)
        self._rattachements(compte)

    def _chevauchements(self, etat: Etat, compte: Callable[[Ligne], bool]) -> None:
        motif = etat.places.get("motif_sortie_code")
        places = etat.places
        periodes: dict[str, list[tuple[date, date]]] = {}
        for cle, lue in etat.base.items():
            ligne = etat.index.get(cle)
            if (ligne is None or not compte(ligne)) and not (motif and lue[motif] == "ERREUR"):
                insort(periodes.setdefault(cle[0], []), (lue[places["du"]], lue[places["au"]] or SANS_FIN))
        phrase = PHRASES[f"ex_{etat.feuille.table}_periode"][0]
        for cle, ligne in etat.index.items():
            if (
                not compte(ligne)
                or "au" in ligne.fautifs
                or (motif and etat.valeur(ligne, "motif_sortie_code") == "ERREUR")
            ):
                continue
            periode = (cle[1], etat.valeur(ligne, "au") or SANS_FIN)
            voisines = periodes.setdefault(cle[0], [])
            rang = bisect_right(voisines, (periode[0], SANS_FIN))
            autre = next(
                (v for v in voisines[max(rang - 1, 0) : rang + 1] if v[0] <= periode[1] and periode[0] <= v[1]), None
            )
            if autre is None:
                insort(voisines, periode)
            else:
                fin = "sans fin" if autre[1] == SANS_FIN else f"au {autre[1]:%d/%m/%Y}"
                self._refuser(etat, ligne, "du", f"{phrase} Période déjà prise : du {autre[0]:%d/%m/%Y}, {fin}.")

    def _rattachements(self, compte: Callable[[Ligne], bool]) -> None:
        etat, jeunes = self.etats["rattachement"], self.etats["jeune"]
        for cle, ligne in etat.index.items():
            mds = etat.valeur(ligne, "mds_rattachement_id")
            clos = etat.valeur(ligne, "au") is not None
            if clos or mds is None or not compte(ligne) or {"au", "mds_rattachement_id"} & ligne.fautifs:
                continue
            attendue = self._mds_attendue(cle[0], compte)
            if attendue not in (None, mds):
                raison = f"Ce rattachement est en cours : ce doit être la MDS du jeune ({self.codes_mds[attendue]})."
                self._refuser(etat, ligne, "mds_rattachement_id", raison)
        for cle, lue in etat.base.items():
            ligne, jeune = etat.index.get(cle), jeunes.index.get((cle[0],))
            if lue[etat.places["au"]] is not None or (ligne and compte(ligne)) or jeune is None or not compte(jeune):
                continue
            mds = lue[etat.places["mds_rattachement_id"]]
            if "mds_id" in jeune.ecarts and jeune.ecarts["mds_id"][1] != mds:
                raison = f"Le rattachement en cours est celui de {self.codes_mds[mds]} : donnez sa fin dans la feuille Rattachements."
                self._refuser(jeunes, jeune, "mds_id", raison)

    def _mds_attendue(self, cle: str, compte: Callable[[Ligne], bool]) -> int | None:
        jeunes = self.etats["jeune"]
        ligne = jeunes.index.get((cle,))
        if ligne is not None and compte(ligne):
            return jeunes.valeur(ligne, "mds_id")
        return self.jeunes[cle].mds_id if cle in self.jeunes else None

    # The end

    def _refuser(self, etat: Etat, ligne: Ligne, attribut: str, raison: str, valeur: str | None = None) -> None:
        if attribut in ligne.fautifs:
            return
        ligne.refusee = True
        ligne.fautifs.add(attribut)
        champ = etat.feuille.par_attribut[attribut]
        lue = (
            valeur
            if valeur is not None
            else en_clair(champ, etat.valeur(ligne, attribut), self.codes_mds, self.orthographe)
        )
        self.refus.append(Refus(etat.feuille.nom, ligne.numero, champ.titre, lue, raison))

    def _conclure(self) -> Plan:
        plan = Plan(
            etats=self.etats,
            jeunes=self.jeunes,
            partenaires=self.partenaires,
            orthographe=self.orthographe,
            codes_mds=self.codes_mds,
        )
        ordre = {f.nom: (rang, {c.titre: place for place, c in enumerate(f.champs)}) for rang, f in enumerate(FEUILLES)}
        plan.refus = sorted(
            self.refus, key=lambda r: (ordre[r.feuille][0], r.ligne, ordre[r.feuille][1].get(r.colonne, -1))
        )
        for table, etat in self.etats.items():
            plan.creations[table], plan.modifications[table] = [], []
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


def _memes(liste, autre) -> bool:
    """Two lists of MDS that say the same, whatever their order."""
    return isinstance(liste, tuple) and isinstance(autre, tuple) and set(liste) == set(autre)


def en_clair(champ: Champ, valeur, codes_mds: dict[int, str], orthographe: dict[str, str]) -> str:
    """A value as the workbook writes it: JJ/MM/AAAA, Oui or Non, codes."""
    if valeur is None:
        return ""
    if champ.genre in ("jeune", "partenaire"):
        return orthographe.get(valeur, valeur)
    if champ.genre in ("mds", "mds_liste"):
        return ";".join(codes_mds[v] for v in (valeur if isinstance(valeur, tuple) else (valeur,)))
    if isinstance(valeur, bool):
        return "Oui" if valeur else "Non"
    return f"{valeur:%d/%m/%Y}" if isinstance(valeur, date) else str(valeur)


def _par_paquets(requete, colonne, cles: Iterable, type_, taille: int = 10_000) -> Iterator[tuple]:
    """The rows whose ``colonne`` is one of ``cles``, a few thousand keys at a time."""
    cles = sorted(cles)
    filtree = requete.where(colonne == any_(bindparam("cles", type_=ARRAY(type_))))
    for debut in range(0, len(cles), taille):
        yield from db.session.execute(filtree, {"cles": cles[debut : debut + taille]})
