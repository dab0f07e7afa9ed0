"""The whole program, loaded and shared: what the commands of :mod:`tests.fakes.warm` fork from."""

import gc
import pkgutil
from importlib import import_module

import darkfactory

for _each in pkgutil.walk_packages(darkfactory.__path__, "darkfactory."):
    if not _each.name.endswith(".__main__"):
        import_module(_each.name)
gc.collect()
gc.freeze()  # or each child would copy what its collector looks at
