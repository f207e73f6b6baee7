"""The filters of Flask-AppBuilder, one set a request.

The framework keeps one ``Filters`` a view, that ``get_filter_args`` empties and fills at each
request: two threads of a process show each other's filters, hence names and rows (its issue 2366).
``docs/amont/`` holds the same mending for the framework itself.
"""

import copy

from flask import g, has_request_context


class FiltresParRequete:
    """``self._filters``: a copy of those of the view, that lasts one request."""

    @property
    def _filters(self):
        modele = self.__dict__.get("_filtres_du_depart")
        if modele is None or not has_request_context():
            return modele
        de_la_requete = g.setdefault("filtres_du_cadre", {})
        if id(self) not in de_la_requete:
            copie = copy.copy(modele)
            copie.clear_filters()
            de_la_requete[id(self)] = copie
        return de_la_requete[id(self)]

    @_filters.setter
    def _filters(self, filtres) -> None:
        self.__dict__["_filtres_du_depart"] = filtres
