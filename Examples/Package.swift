// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "SinewExamples",
  dependencies: [.package(name: "Sinew", path: "..")],
  targets: [
    .executableTarget(name: "TrainPendulum", dependencies: [.product(name: "Sinew", package: "Sinew")])
  ],
  swiftLanguageModes: [.v6]
)
