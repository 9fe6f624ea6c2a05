// swift-tools-version: 6.2
import PackageDescription

/// Programs that use Sinew as any other package would.
func example(_ name: String) -> Target {
  .executableTarget(name: name, dependencies: [.product(name: "Sinew", package: "Sinew")])
}

let package = Package(
  name: "SinewExamples",
  dependencies: [.package(name: "Sinew", path: "..")],
  targets: [example("TrainPendulum"), example("OwnCommand"), example("EvaluatePolicy"), example("ConvertLog")],
  swiftLanguageModes: [.v6]
)
