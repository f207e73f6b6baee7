"""The invented history of one youth: repérage, orientation, rendez-vous tripartite, accompagnement,
exits and returns."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from app.regles.age import anniversaire

from . import fiction
from . import tirages as t

Lignes = dict[str, list[dict]]
DEUX_ANS = 760


def jours(n: int) -> timedelta:
    return timedelta(days=n)


def ouvre(jour: date) -> date:
    """The day itself, or the Monday after a week-end."""
    return jour + jours(max(0, 7 - jour.weekday()) if jour.weekday() > 4 else 0)


def au_plus(jour: date, horizon: date) -> date | None:
    return jour if jour <= horizon else None


class Histoire:
    """Draws one youth into ``lignes``; ``le`` is the day the base is looked at, ``horizon`` the
    last day that was lived."""

    def __init__(
        self, r: Random, lignes: Lignes, equipes: dict, code_rencontre: Callable[[], str], le: date
    ):
        self.r, self.lignes, self.equipes, self.code_rencontre, self.le = (
            r,
            lignes,
            equipes,
            code_rencontre,
            le,
        )

    def ajouter(self, table: str, **champs) -> dict:
        ligne = {"jeune_id": self.id, "mds_id": self.mds, **champs}
        self.lignes[table].append(ligne)
        return ligne

    def raconter(self, numero: int, code: str, mds: int) -> tuple[date, date] | None:
        """Everything about one youth; returns the stay in the scheme (first and last day so far),
        for the collective life."""
        r, le = self.r, self.le
        self.id, self.mds = numero, mds
        self.repere = le - jours(r.randrange(3, DEUX_ANS))
        age = r.choices(
            (r.uniform(15.8, 17.7), r.uniform(17.7, 18.6), r.uniform(18.6, 20.6)),
            cum_weights=(74, 90, 100),
        )[0]
        self.naissance = self.repere - jours(int(age * 365.25))
        self.majorite = anniversaire(self.naissance, 18)
        self.deces = r.random() < 0.002 and (le - self.repere).days > 90
        self.horizon = (
            self.repere + jours(r.randrange(60, (le - self.repere).days)) if self.deces else le
        )
        contact = (
            au_plus(self.repere + jours(r.randrange(2, 40)), self.horizon)
            if r.random() > 0.02
            else None
        )
        self._fiche(code, contact)
        self._mesures()
        tenu = self._rendez_vous(contact)
        entree = (
            tenu
            or (
                contact
                and r.random() < 0.5
                and au_plus(contact + jours(r.randrange(5, 40)), self.horizon)
            )
            or None
        )
        self._avant_majorite()
        if not entree:
            return None
        sortie = self._accompagnement(entree)
        fin = sortie or self.horizon
        self._binome(entree, sortie)
        self._suivi(entree, fin, sortie is None and not self.deces)
        self._situations(entree, fin)
        self._difficultes(entree, fin)
        self._enquete(entree, fin)
        return entree, fin

    def _fiche(self, code: str, contact: date | None) -> None:
        r = self.r
        prenom, nom = fiction.personne(r)
        self.lignes["jeune"].append(
            {
                "id": self.id,
                "mds_id": self.mds,
                "code": code,
                "nom": nom,
                "prenom": prenom,
                "date_naissance": self.naissance,
                "telephone": fiction.portable(r) if r.random() < 0.85 else None,
                "courriel": fiction.courriel(f"{prenom} {nom}") if r.random() < 0.55 else None,
                "lieu_accueil_code": t.ACCUEIL(r),
                "etablissement_accueil": r.choice(fiction.ETABLISSEMENTS)
                if r.random() < 0.4
                else None,
                "est_parent": r.choices((False, True, None), cum_weights=(80, 86, 100))[0],
                "est_hors_departement": r.choices((False, True, None), cum_weights=(88, 94, 100))[
                    0
                ],
                "repere_le": self.repere,
                "oriente_par": r.choice(fiction.ORIENTEURS),
                "contact_le": contact,
                "objectif": r.choice(fiction.OBJECTIFS) if contact and r.random() < 0.7 else None,
                "observations": r.choice(fiction.OBSERVATIONS) if r.random() < 0.15 else None,
            }
        )

    def _mesures(self) -> None:
        """Placement until the majority, then a contrat jeune majeur, an exit, or an exit and a
        return."""
        r, h = self.r, self.horizon
        debut = max(
            self.naissance + jours(300),
            min(self.repere, self.majorite) - jours(r.randrange(150, 3600)),
        )
        self.mesures = [
            self.ajouter(
                "mesure", type_code=t.MESURE(r), du=debut, au=self.majorite, motif_fin_code=None
            )
        ]
        if self.deces:
            return self._deces()
        if self.majorite > self.le:
            if r.random() < 0.06:
                self.mesures[0]["au"] = None
            elif r.random() < 0.04 and (self.le - self.repere).days > 60:
                fin = self.repere + jours(r.randrange(40, (self.le - self.repere).days))
                self.mesures[0].update(au=fin, motif_fin_code="RETOUR_FAMILLE")
            return None
        suite = r.random() if self.repere < self.majorite else 0
        if suite > 0.72:
            self.mesures[0]["motif_fin_code"] = t.FIN_18(r)
            return None
        du = self.majorite + jours(
            r.randrange(45, 220) if suite > 0.60 else r.choice((1, 1, 1, 8, 15))
        )
        if suite > 0.60:
            self.mesures[0]["motif_fin_code"] = "MAJORITE"
        while du <= h and du < anniversaire(self.naissance, 21):
            au = min(du + jours(r.choice((182, 182, 364))), anniversaire(self.naissance, 21))
            self.mesures.append(
                self.ajouter("mesure", type_code=t.CONTRAT(r), du=du, au=au, motif_fin_code=None)
            )
            du = au + jours(1)
            if du > self.repere and r.random() < 0.3:
                break
        if len(self.mesures) > 1 and du <= h:
            a_21 = self.mesures[-1]["au"] == anniversaire(self.naissance, 21)
            self.mesures[-1]["motif_fin_code"] = "VINGT_ET_UN_ANS" if a_21 else t.FIN_CJM(r)
        return None

    def _deces(self) -> None:
        mesure = self.mesures[0]
        if mesure["au"] < self.horizon:
            mesure = self.ajouter(
                "mesure",
                type_code="CJM",
                du=self.majorite + jours(1),
                au=self.horizon,
                motif_fin_code=None,
            )
            self.mesures.append(mesure)
        mesure.update(au=self.horizon, motif_fin_code="DECES")

    def _sortie_ase(self) -> date | None:
        """The last day under a mesure, once it has passed."""
        fin = self.mesures[-1]["au"]
        return fin if fin is not None and fin <= self.horizon else None

    def _rencontre(self, type_code: str, le: date, statut: str, **champs) -> None:
        """Held, the youth is there (some cells stay empty); not held, nobody says."""
        r, tenue = self.r, statut == "TENUE"
        self.ajouter(
            "rencontre",
            **{
                "code": self.code_rencontre(),
                "type_code": type_code,
                "le": le,
                "statut_code": statut,
                "lieu_code": t.LIEU(r),
                "fixee_le": le - jours(r.randrange(1, 15)) if r.random() < 0.6 else None,
                "jeune_present": (r.random() > 0.02 or None)
                if tenue
                else False
                if statut in ("ABSENCE", "EXCUSE")
                else None,
                "coordonnateur_present": (r.random() > 0.04) if tenue else None,
                "service_ase_present": (r.random() < 0.5)
                if tenue and type_code != "TELEPHONE"
                else None,
                "lieu_accueil_present": (r.random() < 0.3)
                if tenue and type_code != "TELEPHONE"
                else None,
                "compte_rendu": r.choice(fiction.COMPTES_RENDUS)
                if tenue and r.random() < 0.4
                else None,
                "action_id": None,
                **champs,
            },
        )

    def _rendez_vous(self, contact: date | None) -> date | None:
        """The rendez-vous tripartite, most within the 15 days; its day when it was held."""
        r = self.r
        if contact is None or r.random() < 0.04:
            return None
        le = ouvre(
            contact + jours(r.randrange(3, 14) if r.random() < 0.78 else r.randrange(16, 45))
        )
        for essai in range(2):
            statut = "PREVUE" if le > self.horizon else "TENUE" if essai else t.STATUT_RDV(r)
            if statut == "PREVUE" and self.deces:
                return None
            ase = r.random() < 0.9
            presents = (
                {"service_ase_present": ase, "lieu_accueil_present": not ase or r.random() < 0.5}
                if statut == "TENUE"
                else {}
            )
            self._rencontre(
                "TRIPARTITE",
                le,
                statut,
                fixee_le=min(contact + jours(r.randrange(0, 4)), self.horizon, le),
                **presents,
            )
            if statut in ("TENUE", "PREVUE"):
                return le if statut == "TENUE" else None
            le = ouvre(le + jours(r.randrange(6, 20)))
        return None

    def _avant_majorite(self) -> None:
        r, a_17 = self.r, anniversaire(self.naissance, 17)
        entretien = ouvre(a_17 + jours(r.randrange(-60, 45)))
        if self.repere <= entretien <= self.horizon and r.random() < 0.75:
            self._rencontre("ENTRETIEN_17", entretien, "TENUE")
            if r.random() < 0.7:
                self._etape(
                    "PROJET_17", au_plus(entretien + jours(r.randrange(5, 60)), self.horizon)
                )
        avant_18 = self.majorite - jours(r.randrange(20, 70))
        if self.repere < avant_18 <= self.horizon and r.random() < 0.65:
            self._etape("PREPARATION_18", avant_18)
        if self.majorite <= self.horizon and r.random() < 0.15:
            self._etape(
                "CEJ_18", None, "En apprentissage, ne souhaite pas le contrat d’engagement jeune."
            )

    def _etape(self, echeance: str, faite_le: date | None, motif: str | None = None) -> None:
        if faite_le or motif:
            self.ajouter(
                "etape",
                echeance=echeance,
                faite_le=faite_le,
                est_sans_objet=faite_le is None,
                motif=motif,
            )

    def _accompagnement(self, entree: date) -> date | None:
        """One stay, or two; returns the day of the last exit, None while it lasts."""
        r, h = self.r, self.horizon
        un = self.ajouter("accompagnement", du=entree, au=None, motif_sortie_code=None)
        if r.random() < 0.012 and entree + jours(9) < h:
            self.ajouter(
                "accompagnement",
                du=entree + jours(2),
                au=entree + jours(9),
                motif_sortie_code="ERREUR",
            )
        if self.deces:
            un.update(au=h, motif_sortie_code="DECES")
            return h
        ase = self._sortie_ase()
        depart = (
            max(entree, ase) + jours(r.randrange(20, 260)) if ase and r.random() < 0.4 else None
        )
        if depart is None and r.random() < 0.08:
            depart = entree + jours(r.randrange(60, 400))
        if depart is None or depart > h:
            return None
        un.update(au=depart, motif_sortie_code=t.FIN_DISPOSITIF(r))
        retour = depart + jours(r.randrange(20, 150))
        if r.random() < 0.3 and retour <= h:
            self.ajouter("accompagnement", du=retour, au=None, motif_sortie_code=None)
            return None
        return depart

    def _binome(self, entree: date, sortie: date | None) -> None:
        r = self.r
        if r.random() < 0.03:
            return
        referents, coordonnateur = self.equipes[self.mds]
        referent = r.choice(referents)
        fin = min((j for j in (sortie, self._sortie_ase()) if j and j > entree), default=None)
        releve = entree + jours(r.randrange(90, 300))
        if r.random() < 0.12 and releve < (fin or self.horizon):
            self.ajouter(
                "binome",
                referent_ase=referent,
                coordonnateur=coordonnateur,
                du=entree,
                au=releve - jours(1),
            )
            entree, referent = releve, r.choice(referents)
        self.ajouter(
            "binome", referent_ase=referent, coordonnateur=coordonnateur, du=entree, au=fin
        )

    def _suivi(self, entree: date, fin: date, continue_: bool) -> None:
        r, le = self.r, entree
        for _ in range(7):
            le = ouvre(le + jours(r.randrange(22, 85)))
            if le > fin:
                break
            self._rencontre(t.RENCONTRE(r), le, t.STATUT(r))
        if continue_ and r.random() < 0.45:
            self._rencontre(t.RENCONTRE(r), ouvre(self.le + jours(r.randrange(1, 45))), "PREVUE")
        sortie = self._sortie_ase()
        six_mois = (
            ouvre(sortie + jours(r.randrange(165, 215)))
            if sortie and sortie >= self.majorite and not self.deces
            else None
        )
        if six_mois and sortie >= entree and r.random() < 0.65 and six_mois <= self.le + jours(40):
            self._rencontre(
                "ENTRETIEN_6_MOIS", six_mois, "TENUE" if six_mois <= self.le else "PREVUE"
            )

    def _situations(self, entree: date, fin: date) -> None:
        r, dates, le = self.r, {entree}, entree
        while (le := le + jours(r.randrange(140, 290))) <= fin:
            dates.add(le)
        sortie = self._sortie_ase()
        if sortie and sortie > entree and r.random() < 0.86:
            dates.add(min(max(sortie + jours(r.randrange(-15, 20)), entree), self.horizon))
        for le in sorted(dates):
            majeur = le >= self.majorite - jours(15)
            pro, logement = (
                (t.PRO_MAJEUR if majeur else t.PRO_MINEUR)(r),
                t.LOGEMENT(r) if majeur else None,
            )
            confirmee = le + jours(r.randrange(15, 80))
            ressource = (t.RESSOURCE_MAJEUR if majeur else t.RESSOURCE_MINEUR)(r)
            # What the scheme exists to bring down: from one major in six two years ago to one in
            # twenty.
            if majeur and r.random() < 0.05 + 0.11 * min((self.le - le).days / DEUX_ANS, 1):
                pro, logement, ressource = (
                    t.PRO_SANS_RIEN(r),
                    t.LOGEMENT_SANS_RIEN(r),
                    t.RESSOURCE_SANS_RIEN(r),
                )
            apl = logement in ("FJT", "LOC_SOC", "LOC_PRIV") and r.random() < 0.6
            self.ajouter(
                "situation",
                observee_le=le,
                confirmee_le=confirmee if confirmee <= fin and r.random() < 0.3 else None,
                situation_pro_code=pro,
                logement_code=logement,
                maintien_6_mois=r.choice((True, True, False, None))
                if logement in ("CONJOINT", "PARENTS", "FAMILLE", "EX_AF")
                else None,
                ressource_1_code=ressource,
                fin_ressource_1=le + jours(r.randrange(30, 400))
                if ressource in ("ALLOC_CJM", "ALLOC_CEJ", "SALAIRE") and r.random() < 0.4
                else None,
                ressource_2_code="APL" if apl else None,
                fin_ressource_2=None,
                couverture_base_code=t.BASE(r),
                couverture_complementaire_code=t.COMPLEMENTAIRE(r),
            )

    def _difficultes(self, entree: date, fin: date) -> None:
        r = self.r
        duree = max(1, (fin - self.repere).days)
        for _ in range(r.choices((0, 1, 2), cum_weights=(68, 93, 100))[0]):
            du = self.repere + jours(r.randrange(duree))
            au = au_plus(du + jours(r.randrange(10, 150)), fin) if r.random() < 0.7 else None
            self._unique(
                "alerte",
                "motif_code",
                t.ALERTE(r),
                du=du,
                au=au,
                signalee_par=r.choice(fiction.SIGNALEMENTS),
            )
        for _ in range(r.choices((0, 1, 2, 3), cum_weights=(30, 65, 90, 100))[0]):
            du = entree + jours(r.randrange(max(1, (fin - entree).days)))
            leve = au_plus(du + jours(r.randrange(30, 240)), fin) if r.random() < 0.6 else None
            precision = r.choice(fiction.PRECISIONS) if r.random() < 0.3 else None
            self._unique(
                "frein", "theme_code", t.FREIN(r), du=du, leve_le=leve, precision=precision
            )
        for _ in range(r.choices((0, 1, 2), cum_weights=(50, 85, 100))[0]):
            partenaire, type_code = r.choice(self.equipes["partenaires", self.mds])
            du = entree + jours(r.randrange(max(1, (fin - entree).days)))
            au = au_plus(du + jours(r.randrange(20, 300)), fin) if r.random() < 0.5 else None
            self._unique(
                "mobilisation",
                "partenaire_id",
                partenaire,
                du=du,
                au=au,
                dispositif=fiction.DISPOSITIFS.get(type_code),
                issue=r.choice(fiction.ISSUES) if au else None,
            )

    def _unique(self, table: str, champ: str, valeur, **champs) -> None:
        """One row a youth and a value: the base refuses the same one twice on one day."""
        if not any(
            ligne["jeune_id"] == self.id and ligne[champ] == valeur
            for ligne in self.lignes[table][-2:]
        ):
            self.ajouter(table, **{champ: valeur}, **champs)

    def _enquete(self, entree: date, fin: date) -> None:
        r = self.r
        demandee = entree + jours(r.randrange(90, 300))
        if demandee <= fin and r.random() < 0.55:
            repondue = (
                au_plus(demandee + jours(r.randrange(0, 25)), self.horizon)
                if r.random() < 0.72
                else None
            )
            self.ajouter(
                "enquete",
                demandee_le=demandee,
                repondue_le=repondue,
                reponse_code=t.REPONSE(r) if repondue else None,
            )
