import SinewEnvironments
import SinewGymnasium
import SinewSettings

extension RunConfiguration {
  /// Whether the run acts in an environment of Gymnasium's.
  public var actsInGymnasium: Bool { GymnasiumSettings.isReference(environment) }

  /// Makes environments by name: those of Gymnasium's in workers of the run's settings, others as `make` does.
  ///
  /// - Parameter renders: whether pictures of Gymnasium's are wanted.
  func hostingGymnasium(
    renders: Bool = false, _ make: @escaping (String) throws -> any Environment
  ) -> (String) throws -> any Environment {
    var host: (name: String, host: GymnasiumHost)?
    return { name in
      guard GymnasiumSettings.isReference(name) else { return try make(name) }
      if let host, host.name == name { return try host.host.make() }
      let made = try GymnasiumHost(name, gymnasium, count: environmentCount, threads: threads, renders: renders)
      host = (name, made)
      return try made.make()
    }
  }
}
