"""The applications that ours is measured beside, on the same work: ``python -m tests.bench_pairs``.

Each is the smallest honest one: the lists, forms and searches of its framework as its documentation
writes them, on plain tables that hold what our base holds. They run in an environment of their own
(``requirements-pairs.txt``), each in its process, and are asked the same through ``atelier.py``.
"""
