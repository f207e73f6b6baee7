"""The screens of Django's admin: its history writes a line for each change."""

from django.contrib import admin

from . import models


@admin.register(models.Jeune)
class JeuneAdmin(admin.ModelAdmin):
    list_display = (
        *("nom", "prenom", "date_naissance", "mds", "telephone", "lieu_accueil"),
        *("repere_le", "oriente_par", "contact_le", "code"),
    )
    list_filter = ("mds", "lieu_accueil", "est_parent", "est_hors_departement")
    list_select_related = ("mds", "lieu_accueil")
    list_per_page = 25
    search_fields = ("nom", "prenom", "code")
    ordering = ("nom", "prenom")


@admin.register(models.Rencontre)
class RencontreAdmin(admin.ModelAdmin):
    list_display = ("jeune", "le", "heure", "type", "statut", "lieu", "agents", "jeune_present")
    list_select_related = ("jeune", "type", "statut", "lieu")
    list_per_page = 25
    raw_id_fields = ("jeune",)
    ordering = ("-le",)
