"""The pages that are no noun's screens: home, monthly table, indicators, bilan, import…"""
