"""The indicators a second time: slow, day by day, in plain Python, from the text of the definitions
alone.

Nothing here is shared with ``app/indicateurs``: when both agree on thousands of histories, both
read the text alike. « No end » reaches FIN, after everything that is recorded.
"""

import csv
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

NOMENCLATURES = Path(__file__).parents[2] / "app" / "donnees" / "nomenclatures"
FIN = date(2028, 1, 1)


def _liste(nom: str) -> dict[str, dict]:
    with (NOMENCLATURES / f"{nom}.csv").open(encoding="utf-8") as fichier:
        return {ligne["code"]: ligne for ligne in csv.DictReader(fichier)}


PRO, LOGEMENT, RESSOURCE = _liste("situation_pro"), _liste("logement"), _liste("ressource")
STABILITE_CHANGEE: dict[str, list[tuple[date, str]]] = {}
"""Code of a housing → (the day from which the list above holds, what it was before)."""
BASE, COMPLEMENTAIRE, REPONSE = (
    _liste("couverture_base"),
    _liste("couverture_complementaire"),
    _liste("reponse_enquete"),
)


@dataclass
class Histoire:
    """One youth, as recorded: lists of dictionaries whose keys are the columns."""

    naissance: date
    mds: str
    contact_le: date | None = None
    autres_contacts: list[date] = field(default_factory=list)
    """Those of the orientations before or after, each its own day."""
    rattachements: list[dict] = field(default_factory=list)
    accompagnements: list[dict] = field(default_factory=list)
    mesures: list[dict] = field(default_factory=list)
    binomes: list[dict] = field(default_factory=list)
    alertes: list[dict] = field(default_factory=list)
    rencontres: list[dict] = field(default_factory=list)
    situations: list[dict] = field(default_factory=list)
    enquetes: list[dict] = field(default_factory=list)
    visites: list[dict] = field(default_factory=list)
    """Rencontres whose place is known."""
    mobilites: list[dict] = field(default_factory=list)
    freins: list[dict] = field(default_factory=list)

    @property
    def orientations(self) -> list[dict]:
        """As recorded beside the contact of the file."""
        return [{"contact_le": jour} for jour in self.autres_contacts]


def _jours(periodes) -> set[date]:
    """Every day inside one of the periods."""
    jours: set[date] = set()
    for periode in periodes:
        jours.update(_de_a(periode["du"], min(periode.get("au") or FIN, FIN)))
    return jours


def _de_a(du: date, au: date) -> Iterator[date]:
    """Every day from one to the other; none when it is before."""
    return map(date.fromordinal, range(du.toordinal(), au.toordinal() + 1))


@functools.cache
def _jours_de(du: date, au: date) -> tuple[date, ...]:
    """The days of a period that is asked for, for one youth after another."""
    return tuple(_de_a(du, au))


def _age(naissance: date, le: date) -> int:
    """Birthdays passed, one by one."""
    ans, annee = 0, naissance.year + 1
    while True:
        try:
            anniversaire = date(annee, naissance.month, naissance.day)
        except ValueError:
            anniversaire = date(annee, 3, 1)
        if anniversaire > le:
            return ans
        ans, annee = ans + 1, annee + 1


def _trois_mois_apres(le: date) -> date:
    annee, mois = (le.year, le.month + 3) if le.month <= 9 else (le.year + 1, le.month - 9)
    for jour in range(le.day, 0, -1):
        try:
            return date(annee, mois, jour)
        except ValueError:
            continue
    raise AssertionError


class Vie:
    """A history unrolled: which day the youth is where."""

    def __init__(self, histoire: Histoire):
        h = self.h = histoire
        self.suivi = _jours(a for a in h.accompagnements if a.get("motif_sortie_code") != "ERREUR")
        self.mesure = _jours(h.mesures)
        # Without référent, the coordonnateur is alone: it is no binôme.
        self.binome = _jours(b for b in h.binomes if b.get("referent_ase", "R") is not None)
        self.accompagne = self.suivi & self.binome
        self.tripartites = sorted(
            r["le"]
            for r in h.rencontres
            if r["type_code"] == "TRIPARTITE"
            and r["statut_code"] == "TENUE"
            and r.get("jeune_present")
            and r.get("coordonnateur_present")
            and (r.get("service_ase_present") or r.get("lieu_accueil_present"))
        )
        self.sorties = self._sorties()

    def a(self, mds: str | None, le: date) -> bool:
        """« in the MDS » that day."""
        if mds is None:
            return True
        if not self.h.rattachements:
            return self.h.mds == mds
        return any(
            r["mds"] == mds and r["du"] <= le <= (r.get("au") or FIN) for r in self.h.rattachements
        )

    def _sorties(self) -> dict[date, bool]:
        """Each exit, and whether it is a death. « sort the mesures by Du; merge those … whose gap …
        is at most 30 »"""
        blocs: list[list[dict]] = []
        for mesure in sorted(self.h.mesures, key=lambda m: m["du"]):
            if blocs:
                maximum = max(m.get("au") or FIN for m in blocs[-1])
                ecart = (mesure["du"] - maximum).days - 1
                if ecart <= 30:
                    blocs[-1].append(mesure)
                    continue
            blocs.append([mesure])
        sorties = {}
        for bloc in blocs:
            if all(m.get("au") for m in bloc):
                le = max(m["au"] for m in bloc)
                finales = [m for m in bloc if m["au"] == le]
                dernier = max(m["du"] for m in finales)
                sorties[le] = any(
                    m.get("motif_fin_code") == "DECES" for m in finales if m["du"] == dernier
                )
        return sorties

    def situation(self, sortie: date) -> dict | None:
        proches = [s for s in self.h.situations if abs((s["observee_le"] - sortie).days) <= 30]
        if proches:
            plus_pres = min(abs((s["observee_le"] - sortie).days) for s in proches)
            return max(
                (s for s in proches if abs((s["observee_le"] - sortie).days) == plus_pres),
                key=lambda s: s["observee_le"],
            )
        anciennes = []
        for s in self.h.situations:
            if s["observee_le"] <= sortie:
                vue = max(s["observee_le"], min(s.get("confirmee_le") or s["observee_le"], sortie))
                if vue >= sortie - timedelta(days=90):
                    anciennes.append((vue, s["observee_le"], s))
        return max(anciennes, key=lambda x: x[:2])[2] if anciennes else None


def _parcours(situation: dict | None) -> str:
    """scolaire, pro, accompagnement, aucun, or empty = unknown."""
    return (
        PRO[situation["situation_pro_code"]]["parcours"]
        if situation and situation.get("situation_pro_code")
        else ""
    )


def _i5(s: dict | None) -> str:
    if not s or s.get("situation_pro_code") in (None, "NR"):
        return "nr"
    return (
        "oui" if _parcours(s) in ("scolaire", "pro") or s["situation_pro_code"] == "CEJ" else "non"
    )


def _loge(s: dict | None) -> str:
    return LOGEMENT[s["logement_code"]]["loge"] or "nr" if s and s.get("logement_code") else "nr"


def _i7(s: dict | None, sortie: date) -> str:
    if _loge(s) == "nr":
        return "nr"
    stable = LOGEMENT[s["logement_code"]]["stable"]
    for jour, avant in STABILITE_CHANGEE.get(s["logement_code"], ()):
        if sortie < jour:
            stable = avant
    if stable == "à confirmer":
        return {True: "oui", False: "non", None: "nr"}[s.get("maintien_6_mois")]
    return stable


def _i9(s: dict | None, sortie: date) -> str:
    connues = 0
    for n in ("1", "2"):
        code = s and s.get(f"ressource_{n}_code")
        if code and code != "NR":
            connues += 1
            fin = s.get(f"fin_ressource_{n}")
            if RESSOURCE[code]["reguliere"] == "oui" and (
                fin is None or fin >= _trois_mois_apres(sortie)
            ):
                return "oui"
    return "non" if connues else "nr"


def _i10(s: dict | None) -> str:
    ouvertes = [
        (liste[s[colonne]]["ouverte"] or None) if s and s.get(colonne) else None
        for liste, colonne in (
            (BASE, "couverture_base_code"),
            (COMPLEMENTAIRE, "couverture_complementaire_code"),
        )
    ]
    if "non" in ouvertes:
        return "non"
    return "oui" if ouvertes == ["oui", "oui"] else "nr"


def _s1(s: dict | None, sortie: date) -> str:
    loge, parcours, ressources = _loge(s), _i5(s), _i9(s, sortie)
    if loge == "oui" or parcours == "oui" or ressources == "oui":
        return "non"
    return "oui" if (loge, parcours, ressources) == ("non", "non", "non") else "nr"


@dataclass(frozen=True)
class _Periode:
    """What is looked at: from a day to another, in an MDS or everywhere (None)."""

    d1: date
    d2: date
    mds: str | None

    def jours(self) -> tuple[date, ...]:
        return _jours_de(self.d1, self.d2)

    def compte(self, vie: Vie, le: date | None) -> bool:
        """Whether what happened to this youth on that day counts here."""
        return le is not None and self.d1 <= le <= self.d2 and vie.a(self.mds, le)


def reponses(vie: Vie, d1: date, d2: date, mds: str | None) -> dict[str, str]:
    """Code → answer, for each indicator that counts this youth."""
    p = _Periode(d1, d2, mds)
    suivi_ici = [d for d in p.jours() if d in vie.suivi and vie.a(mds, d)]
    return {
        **_a_l_entree(vie, p, suivi_ici),
        **_delai_du_tripartite(vie, p),
        **_pendant(vie, p, suivi_ici),
        **_apres_une_sortie(vie, p, suivi_ici),
        **_a_la_sortie(vie, p),
        **_satisfaction(vie, p),
        **_mouvements(vie, p),
        **_ailleurs(vie, p),
    }


def _a_l_entree(vie: Vie, p: _Periode, suivi_ici: list[date]) -> dict[str, str]:
    """I2, I2b, I3: the age under a measure, the alerts, the meetings that followed."""
    sous_mesure = [d for d in suivi_ici if d in vie.mesure]
    if not sous_mesure:
        return {}
    age = _age(vie.h.naissance, sous_mesure[0])
    if not 16 <= age <= 18:
        return {"I2": "hors_tranche"}
    r = {"I2": "oui", "I2/age": str(age)}
    alertes = [
        a for a in vie.h.alertes if any(a["du"] <= d <= (a.get("au") or FIN) for d in p.jours())
    ]
    if alertes:
        r["I2b"] = "oui"
        rdv = [le for le in vie.tripartites if le <= p.d2]
        if any(le >= a["du"] - timedelta(days=30) for a in alertes for le in rdv):
            r["I3"] = "oui"
    return r


def _delai_du_tripartite(vie: Vie, p: _Periode) -> dict[str, str]:
    """I3d: fifteen days from the contact to the first meeting that is fixed.

    Of several contacts that count, the last.
    """
    h = vie.h
    contacts = [c for c in (h.contact_le, *h.autres_contacts) if p.compte(vie, c)]
    if not contacts:
        return {}
    contact_le = max(contacts)
    fixes = [
        x["le"]
        for x in h.rencontres
        if x["type_code"] == "TRIPARTITE"
        and x["statut_code"] != "ANNULEE"
        and contact_le <= x["le"] <= p.d2
    ]
    limite = contact_le + timedelta(days=15)
    if fixes:
        return {"I3d": "oui" if min(fixes) <= limite else "non"}
    if limite <= p.d2:
        return {"I3d": "non"}
    return {}


PARCOURS = {"scolaire": "I4a", "pro": "I4b", "accompagnement": "I4b", "aucun": "I4c", "": "I4d"}


def _pendant(vie: Vie, p: _Periode, suivi_ici: list[date]) -> dict[str, str]:
    """I4 and what it is made of: a binôme, a meeting held, and the path on the last day."""
    rdv = [le for le in vie.tripartites if le <= p.d2]
    if not rdv or not any(d in vie.binome for d in suivi_ici):
        return {}
    vues = [s for s in vie.h.situations if s["observee_le"] <= suivi_ici[-1]]
    en_vigueur = max(vues, key=lambda s: s["observee_le"], default=None)
    parcours = _parcours(en_vigueur)
    r = {"I4": "oui", PARCOURS[parcours]: "oui"}
    if parcours and PRO[en_vigueur["situation_pro_code"]]["alternance"] == "oui":
        r["I4b/dont"] = "oui"
    return r


def _apres_une_sortie(vie: Vie, p: _Periode, suivi_ici: list[date]) -> dict[str, str]:
    """I4r: still followed, without measure nor binôme, after the last exit."""
    passees = [e for e in vie.sorties if e <= p.d2]
    if not passees or vie.sorties[max(passees)]:
        return {}
    e = max(passees)
    if not any(d > e for d in suivi_ici):
        return {}
    apres = _de_a(e + timedelta(days=1), p.d2)
    if any(d in vie.mesure or d in vie.binome for d in apres):
        return {}
    return {"I4r": "oui"}


def _a_la_sortie(vie: Vie, p: _Periode) -> dict[str, str]:
    """What the situation was on the day of the last exit of the period."""
    e = max((e for e in vie.sorties if p.d1 <= e <= p.d2), default=None)
    if not p.compte(vie, e):
        return {}
    if vie.sorties[e]:
        return {"DECES": "oui"}
    if any(e < m["du"] <= p.d2 for m in vie.h.mesures):
        return {"RETOURS": "oui"}
    accompagne = any(d <= e for d in vie.accompagne)
    if not accompagne or not any(le <= e for le in vie.tripartites):
        return {}
    s = vie.situation(e)
    r = {
        "I5": _i5(s),
        "I7": _i7(s, e),
        "I8": _loge(s),
        "I9": _i9(s, e),
        "I10": _i10(s),
        "S1": _s1(s, e),
    }
    if r["I5"] == "oui" and s["situation_pro_code"] == "CEJ":
        r["I5/dont"] = "oui"
    if r["I8"] == "oui":
        r["I8/logement"] = s["logement_code"]
    return r


def _satisfaction(vie: Vie, p: _Periode) -> dict[str, str]:
    """I6: the last answer of the period, where the youth was that day."""
    r = {}
    repondues = [
        q
        for q in vie.h.enquetes
        if q.get("reponse_code") and q.get("repondue_le") and p.d1 <= q["repondue_le"] <= p.d2
    ]
    if repondues:
        derniere = max(repondues, key=lambda q: (q["repondue_le"], q["demandee_le"]))
        if vie.a(p.mds, derniere["repondue_le"]):
            r["I6"] = REPONSE[derniere["reponse_code"]]["satisfait"]
    if any(p.compte(vie, q["demandee_le"]) for q in vie.h.enquetes):
        r["SOLLICITES"] = "oui"
    return r


def _mouvements(vie: Vie, p: _Periode) -> dict[str, str]:
    """Entries and exits, a mistake apart."""
    r = {}
    sejours = [a for a in vie.h.accompagnements if a.get("motif_sortie_code") != "ERREUR"]
    if any(p.compte(vie, a["du"]) for a in sejours):
        r["ENTREES"] = "oui"
    if any(p.compte(vie, a.get("au")) for a in sejours):
        r["SORTIES"] = "oui"
    return r


LIEUX_ATYPIQUES = {"CAFE_SOLIDAIRE", "MEDIATHEQUE", "ENTREPRISE", "EXTERIEUR"}


def _ailleurs(vie: Vie, p: _Periode) -> dict[str, str]:
    """Met elsewhere than in an office, gone for a while, and what no longer stops them."""
    r = {}
    tenues = [v for v in vie.h.visites if v["statut_code"] == "TENUE" and v["jeune_present"]]
    if any(v["lieu_code"] in LIEUX_ATYPIQUES and p.compte(vie, v["le"]) for v in tenues):
        r["LIEUX_ATYPIQUES"] = "oui"
    for m in vie.h.mobilites:
        partis = (d for d in p.jours() if m["du"] <= d <= (m["au"] or FIN))
        premier = next(partis, None)
        if premier and vie.a(p.mds, premier):
            r["MOBILITES"] = "oui"
    if any(p.compte(vie, f["leve_le"]) for f in vie.h.freins):
        r["FREINS_LEVES"] = "oui"
    return r


def _demi_superieur(partie: int, total: int) -> float | None:
    if total == 0:
        return None
    dixiemes = Fraction(1000 * partie, total)
    entier = dixiemes.numerator // dixiemes.denominator
    return (entier + (dixiemes - entier >= Fraction(1, 2))) / 10


def _plus_fort_reste(nombres: dict[str, int]) -> dict[str, float]:
    total = sum(nombres.values())
    exacts = {code: Fraction(1000 * n, total) for code, n in nombres.items()}
    dixiemes = {code: x.numerator // x.denominator for code, x in exacts.items()}
    while sum(dixiemes.values()) < 1000 and exacts:
        plus_fort = max(
            exacts, key=lambda code: exacts[code] - dixiemes[code]
        )  # the first of equals: nomenclature order
        dixiemes[plus_fort] += 1
        exacts.pop(plus_fort)
    return {code: d / 10 for code, d in dixiemes.items()}


def calculer(
    toutes: list[dict[str, str]],
    instances: list[dict],
    postes: list[dict],
    d1: date,
    d2: date,
    mds: str | None,
) -> dict:
    """The contract's JSON, all by hand, from the ``reponses`` of each youth."""

    def combien(code: str, reponse: str = "oui") -> int:
        return sum(r.get(code) == reponse for r in toutes)

    def taux(code: str) -> dict:
        oui, non, nr = (combien(code, x) for x in ("oui", "non", "nr"))
        return {
            "n": oui + non + nr,
            "oui": oui,
            "non": non,
            "nr": nr,
            "taux": _demi_superieur(oui, oui + non),
        }

    def tenues(type_code: str, statut: str = "TENUE", partout: bool = False) -> list[dict]:
        return [
            i
            for i in instances
            if i["type_code"] == type_code
            and i["statut_code"] == statut
            and d1 <= i["le"] <= d2
            and (partout or mds is None or i["mds"] == mds)
        ]

    fins_de_mois = [d for d in _jours_de(d1, d2) if (d + timedelta(days=1)).day == 1]
    fins_de_trimestre = [d for d in fins_de_mois if d.month in (3, 6, 9, 12)]
    par_mds = 9 if mds is None else 1
    en_cours = [p for p in postes if p["du"] <= d2 <= (p.get("au") or FIN)]
    equipes = [
        p
        for p in en_cours
        if p.get("telephone_fourni_le")
        and p["telephone_fourni_le"] <= d2
        and p.get("ordinateur_fourni_le")
        and p["ordinateur_fourni_le"] <= d2
        and p.get("frais_deplacement")
    ]
    etp = sum((p["etp"] for p in en_cours), Decimal(0))
    logements = {code: n for code in LOGEMENT if (n := combien("I8/logement", code))}
    i5, i6 = taux("I5"), taux("I6")
    return {
        "periode": {"du": d1.isoformat(), "au": d2.isoformat()},
        "mds": mds,
        "indicateurs": {
            "I1": {
                "postes": len(en_cours),
                "etp": float(etp.quantize(Decimal("0.01"), ROUND_HALF_UP)),
            },
            "I2": {
                "nombre": combien("I2"),
                "par_age": {a: combien("I2/age", a) for a in ("16", "17", "18")},
                "hors_tranche": combien("I2", "hors_tranche"),
            },
            "I2b": {"nombre": combien("I2b")},
            "I3": {"nombre": combien("I3")},
            "I3d": {"oui": combien("I3d"), "non": combien("I3d", "non")},
            "I4": {"nombre": combien("I4")},
            "I4a": {"nombre": combien("I4a")},
            "I4b": {"nombre": combien("I4b"), "alternance": combien("I4b/dont")},
            "I4c": {"nombre": combien("I4c")},
            "I4d": {"nombre": combien("I4d")},
            "I4r": {"nombre": combien("I4r")},
            "I5": i5 | {"cej": combien("I5/dont")},
            "I6": {
                "oui": i6["oui"],
                "non": i6["non"],
                "taux": i6["taux"],
                "sollicites": combien("SOLLICITES"),
                "repondants": i6["n"],
            },
            "I7": taux("I7"),
            "I8": {
                "n": combien("I8"),
                "repartition": logements,
                "pourcentages": _plus_fort_reste(logements),
                "non_loges": combien("I8", "non"),
                "nr": combien("I8", "nr"),
            },
            "I9": taux("I9"),
            "I10": taux("I10"),
            "I11": {
                "presences": sum(
                    bool(i.get("coordonnateur_present")) for i in tenues("COMITE_SUIVI")
                ),
                "attendues": len(fins_de_trimestre) * par_mds,
            },
            "I12": {
                "permanences": len(tenues("PERMANENCE")),
                "attendues": len(fins_de_mois) * par_mds,
                "annulees": len(tenues("PERMANENCE", "ANNULEE")),
                "jeunes_recus": sum(i.get("jeunes_recus") or 0 for i in tenues("PERMANENCE")),
            },
            "I13": {
                "tenu": bool(tenues("COPIL", partout=True)),
                "dates": sorted({i["le"].isoformat() for i in tenues("COPIL", partout=True)}),
            },
            "I14": {"equipes": len(equipes), "postes": len(en_cours)},
            "S1": taux("S1"),
        },
        "retours": combien("RETOURS"),
        "deces": combien("DECES"),
    }
