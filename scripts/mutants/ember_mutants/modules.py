"""The modules whose sources get faults, and the tests that are to find them."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Module:
    name: str
    # What `swift test --filter` takes.
    tests: str
    # EmberCore's units have operators of their own.
    knows_core: bool = True
    # Of the tests, those that take next to no time: they go first, and find most.
    quick: str = ""

    @property
    def folder(self):
        return f"Sources/{self.name}"


ALL = [
    Module("EmberCore", "EmberCoreTests", quick=r"EmberCoreTests\..*Goldens"),
    Module("EmberDocument", "EmberConfigTests", knows_core=False),
    Module("EmberConfig", "EmberConfigTests"),
    Module("EmberSim", "EmberSimTests"),
    Module("EmberSystem", "EmberSystemTests|EmberPullTests|EmberEngineTests", knows_core=False),
    Module("EmberModels", "EmberModelsTests"),
    Module("EmberHardware", "EmberHardwareTests"),
    Module("EmberNetwork", "EmberNetworkTests"),
    Module("EmberPull", "EmberPullTests", knows_core=False),
    Module("EmberEngine", "EmberEngineTests"),
    Module("EmberStore", "EmberStoreTests"),
    # What a body's shape is, is tested where bodies come in.
    Module("EmberContext", "EmberContextTests|RequestShapeTests|BodyRewritingTests"),
    Module("EmberServer", "EmberServerTests"),
]


def named(name):
    return next(module for module in ALL if module.name == name)
