"""What Flask-AppBuilder documents and our screens do otherwise.

Told at start, in one sentence that says what to write instead, rather than ignored.
``docs/decisions/cadre.md`` has the whole table.
"""

from app.models.declaration import DeclarationRefusee

ICI = "app.views.socle."

REFUSES: dict[str, str] = {
    "add_exclude_columns": "nommez les colonnes par add_columns ou add_fieldsets",
    "edit_exclude_columns": "nommez les colonnes par edit_columns ou edit_fieldsets",
    "show_exclude_columns": "nommez les colonnes par show_columns ou show_fieldsets",
    "search_exclude_columns": "nommez les colonnes par search_columns",
    "add_form_query_rel_fields": "restreignez par base_filters l’écran de la fiche à choisir, ou "
    "donnez un champ par add_form_extra_fields",
    "edit_form_query_rel_fields": "restreignez par base_filters l’écran de la fiche à choisir, ou "
    "donnez un champ par edit_form_extra_fields",
    "search_form": "donnez des filtres par search_columns, search_filters ou filtres_propres",
    "search_form_extra_fields": "donnez des filtres par search_filters ou filtres_propres",
    "search_form_query_rel_fields": "restreignez par base_filters l’écran de la fiche à choisir",
    "search_widget": "donnez un gabarit par list_template",
    "list_widget": "donnez un gabarit par list_template",
    "show_widget": "donnez un gabarit par show_template",
    "add_widget": "donnez un gabarit par form_template",
    "edit_widget": "donnez un gabarit par form_template",
    "add_template": "donnez un gabarit par form_template",
    "edit_template": "donnez un gabarit par form_template",
    "show_title": "redéfinissez la méthode titre(fiche)",
    "base_permissions": "les droits se donnent dans app/roles.py, un écran se retire par "
    "exclude_route_methods",
    "include_route_methods": "retirez un écran par exclude_route_methods",
    "previous_class_permission_name": "les droits se donnent dans app/roles.py",
    "previous_method_permission_name": "les droits se donnent dans app/roles.py",
    "extra_args": "le gabarit reçoit la vue : lisez vue.<attribut>",
    "add_integrity_error_message": "les phrases des contraintes sont dans app/erreurs.py",
    "edit_integrity_error_message": "les phrases des contraintes sont dans app/erreurs.py",
    "delete_integrity_error_message": "les phrases des contraintes sont dans app/erreurs.py",
    "database_error_message": "les phrases des contraintes sont dans app/erreurs.py",
    "group_bys": "donnez les séries par definitions",
    "chart_widget": "donnez un gabarit par chart_template",
    "chart_type": "un graphique est en barres",
    "chart_3d": "un graphique est en barres, à plat",
    "width": "la largeur d’un graphique est celle de la page",
    "height": "la hauteur d’un graphique est celle de ses barres",
    "group_by_label": "chaque définition dit son label",
    "ProcessClass": "donnez les fonctions d’agrégat SQL par agregats",
}
"""Attribute → what to use instead."""
METHODES_REFUSEES: dict[str, str] = {
    "_list": "redéfinissez requete, lignes ou list_template",
    "_show": "redéfinissez obtenir, afficher ou show_template",
    "_add": "redéfinissez valider, avant_ecriture ou apres_creation",
    "_edit": "redéfinissez valider ou avant_ecriture",
    "_delete": "redéfinissez pre_delete",
    "post_add_redirect": "l’adresse de retour est celle que l’on a quittée",
    "post_edit_redirect": "l’adresse de retour est celle que l’on a quittée",
    "post_delete_redirect": "l’adresse de retour est celle que l’on a quittée",
    "action": "un @action se nomme autrement que la route du cadre",
    "action_post": "un @action se nomme autrement que la route du cadre",
    "download": "un fichier se rend par app.views.socle.fichiers.envoyer_fichier",
}
"""Method of the framework that ours do not call → what to override instead."""


def verifier(vue) -> None:
    """Refuse a view whose own classes declare something that would stay without effect."""
    for classe in type(vue).__mro__:
        if classe.__module__.startswith((ICI, "flask_appbuilder.")):
            continue
        for nom, remede in {**REFUSES, **METHODES_REFUSEES}.items():
            if nom in vars(classe):
                raise DeclarationRefusee(f"{classe.__name__}.{nom} n’a pas d’effet ici : {remede}.")
