extension Model {
  /// What the bodies move in: a fluid without walls or waves.
  ///
  /// It drags every body as a box of the body's mass and inertia would be dragged (MuJoCo's "inertia model"; MuJoCo's
  /// documentation, "Computation", fluid forces). With principal moments I, mass m and half sizes
  /// rᵢ = √(3/(2m)·(Iⱼ + Iₖ − Iᵢ)), density ρ, viscosity β and r̄ the mean of r, in the body's principal axes:
  /// - force −2ρ·rⱼrₖ·|v|v − 6πβ·r̄·v
  /// - torque −½ρ·rᵢ(rⱼ⁴ + rₖ⁴)·|ω|ω − 8πβ·r̄³·ω
  ///
  /// with v the velocity of the centre of mass against the wind. There is no buoyancy and no added mass.
  public struct Fluid: Sendable, Equatable {
    /// Density ρ, kg/m³: pressure drag, with the square of the speed.
    public var density: Double
    /// Viscosity β, Pa·s: friction, with the speed.
    public var viscosity: Double
    /// Velocity of the fluid, world axes, m/s.
    public var wind: SIMD3<Double>

    /// A fluid from its parts.
    public init(density: Double, viscosity: Double = 0, wind: SIMD3<Double> = .zero) {
      self.density = density
      self.viscosity = viscosity
      self.wind = wind
    }
  }
}
