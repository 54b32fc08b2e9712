public import EmberCore
public typealias MemoryDevice = EmberCore.MemoryDevice
