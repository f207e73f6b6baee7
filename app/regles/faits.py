"""What the rules read of a record, whatever holds it: a model, a row of a query, a test."""

from datetime import date
from typing import Protocol


class Intervalle(Protocol):
    """From ``du`` to ``au``, both included; no ``au``: still running."""

    @property
    def du(self) -> date: ...
    @property
    def au(self) -> date | None: ...


class FinDeMesureLue(Intervalle, Protocol):
    """What the blocs of mesures are made of."""

    @property
    def motif_fin_code(self) -> str | None: ...


class MesureLue(FinDeMesureLue, Protocol):
    @property
    def id(self) -> int: ...
    @property
    def echeance(self) -> date | None: ...
    @property
    def jeune_majeur(self) -> bool | None: ...


class BinomeLu(Intervalle, Protocol):
    @property
    def referent_ase(self) -> str | None: ...


class AccompagnementLu(Intervalle, Protocol):
    @property
    def motif_sortie_code(self) -> str | None: ...


class TripartiteLue(Protocol):
    @property
    def le(self) -> date: ...
    @property
    def type_code(self) -> str: ...
    @property
    def statut_code(self) -> str: ...
    @property
    def jeune_present(self) -> bool | None: ...
    @property
    def coordonnateur_present(self) -> bool | None: ...
    @property
    def service_ase_present(self) -> bool | None: ...
    @property
    def lieu_accueil_present(self) -> bool | None: ...
    @property
    def fixee_le(self) -> date | None: ...


class RencontreLue(Protocol):
    """What a step depends on."""

    @property
    def le(self) -> date: ...
    @property
    def type_code(self) -> str: ...
    @property
    def statut_code(self) -> str: ...
    @property
    def etape(self) -> str | None: ...


class SituationLue(Protocol):
    @property
    def observee_le(self) -> date: ...
    @property
    def confirmee_le(self) -> date | None: ...
    @property
    def situation_pro_code(self) -> str | None: ...
    @property
    def parcours(self) -> str | None: ...


class EtapeLue(Protocol):
    """What a person wrote of a step: done on a day, or not applicable."""

    @property
    def echeance(self) -> str: ...
    @property
    def faite_le(self) -> date | None: ...
    @property
    def est_sans_objet(self) -> bool: ...
    @property
    def motif(self) -> str | None: ...


class DemandeLue(Protocol):
    """A contrat jeune majeur asked for."""

    @property
    def id(self) -> int: ...
    @property
    def demandee_le(self) -> date: ...
    @property
    def decidee_le(self) -> date | None: ...
    @property
    def decision_code(self) -> str | None: ...


class PropositionLue(Protocol):
    """A contrat d’engagement jeune proposed."""

    @property
    def proposee_le(self) -> date: ...
    @property
    def reponse_code(self) -> str | None: ...


class InstanceLue(Protocol):
    @property
    def le(self) -> date: ...
    @property
    def statut_code(self) -> str: ...
    @property
    def coordonnateur_present(self) -> bool | None: ...


class OrientationLue(Protocol):
    @property
    def contact_le(self) -> date | None: ...
    @property
    def repere_le(self) -> date | None: ...
    @property
    def reponse_code(self) -> str | None: ...


class JeuneLu(Protocol):
    @property
    def contact_le(self) -> date | None: ...
    @property
    def repere_le(self) -> date | None: ...


class DecesDuJeune(JeuneLu, Protocol):
    @property
    def deces_le(self) -> date | None: ...
