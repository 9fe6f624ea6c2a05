// swift-tools-version: 6.2
import PackageDescription

/// One layer of the house: its target, the folder that holds it, and what it may import.
/// A lower layer never imports a higher one.
func layer(
  _ name: String, _ path: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil,
  exclude: [String] = []
) -> Target {
  .target(name: name, dependencies: dependencies, path: path, exclude: exclude, resources: resources)
}

func tests(_ path: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
  .testTarget(
    name: "Sinew\(path)Tests", dependencies: dependencies + ["SinewTestSupport"], path: "Tests/\(path)Tests",
    resources: resources)
}

let package = Package(
  name: "Sinew",
  products: [
    .library(name: "Sinew", targets: ["Sinew"]),
    .executable(name: "sinew", targets: ["SinewCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    // Layer 0: C and C++ libraries.
    .systemLibrary(name: "CODE", path: "Sources/CODE", pkgConfig: "ode", providers: [.apt(["libode-dev"])]),
    .systemLibrary(
      name: "CHDF5", path: "Sources/CHDF5", pkgConfig: "hdf5-serial", providers: [.apt(["libhdf5-dev"])]),
    .target(name: "SinewHDF5Reader", dependencies: ["CHDF5"], path: "Sources/HDF5Reader"),
    .target(name: "SinewKernels", path: "Sources/Kernels"),
    .target(name: "SinewPeak", path: "Sources/Peak"),
    .target(name: "SinewInterruption", path: "Sources/Interruption"),
    // Replaces malloc: for executables and tests only.
    .target(name: "SinewAllocationCounter", path: "Sources/AllocationCounter"),

    // Layer 1: numbers and bodies.
    layer("SinewTensor", "Sources/Tensor", ["SinewKernels"]),
    layer("SinewSettings", "Sources/Settings", []),
    layer("SinewPhysics", "Sources/Physics", ["CODE"], resources: [.embedInCode("Replay/Assets")]),

    // Layer 2: worlds and data.
    layer(
      "SinewEnvironments", "Environments", ["SinewTensor", "SinewPhysics", .product(name: "Yams", package: "Yams")],
      resources: [
        "ant",
        "cartpole-swingup",
        "half-cheetah",
        "hopper",
        "humanoid",
        "inverted-double-pendulum",
        "pendulum",
        "point-maze",
        "push-t",
        "pusher",
        "quadruped",
        "reacher",
        "swimmer",
        "walker2d",
        "wheeled-robot",
      ].map { .copy($0) }, exclude: ["PARITY.md"]),
    layer(
      "SinewDatasets", "Datasets", ["SinewTensor", "SinewSettings", "CHDF5", "SinewHDF5Reader"],
      resources: [.copy("Recipes"), .copy("policies")]),

    // What is seen of worlds. The C below finds EGL when something is drawn, so that building needs none.
    .target(name: "SinewGraphics", path: "Sources/Graphics"),
    layer(
      "SinewRendering", "Sources/Rendering", ["SinewTensor", "SinewPhysics", "SinewEnvironments", "SinewGraphics"],
      resources: [.embedInCode("Shaders")]),

    // Layers 3 and 4: policies, what trains them, and what acts on them at test time.
    layer("SinewPolicies", "Sources/Policies", ["SinewTensor", "SinewSettings"]),
    layer(
      "SinewLearners", "Sources/Learners", ["SinewTensor", "SinewSettings", "SinewDatasets", "SinewPolicies"]),
    layer("SinewSteering", "Sources/Steering", ["SinewTensor", "SinewPolicies"]),

    // Layer 5: runs.
    layer(
      "SinewTraining", "Sources/Training",
      [
        "SinewTensor", "SinewSettings", "SinewPhysics", "SinewEnvironments", "SinewDatasets", "SinewPolicies",
        "SinewLearners", "SinewSteering", "SinewRendering", "SinewPeak", "SinewInterruption",
        .product(name: "Yams", package: "Yams"),
      ]),

    // Layer 6: faces.
    layer(
      "Sinew", "Sources/Sinew",
      [
        "SinewTensor", "SinewSettings", "SinewPhysics", "SinewEnvironments", "SinewDatasets", "SinewPolicies",
        "SinewLearners", "SinewSteering", "SinewTraining", "SinewRendering",
      ]),
    .executableTarget(
      name: "SinewCommand",
      dependencies: [
        "Sinew", "SinewAllocationCounter", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/CLI"),

    // Tests mirror the targets.
    .target(
      name: "SinewTestSupport", dependencies: ["SinewTensor", "SinewPhysics", "SinewEnvironments"],
      path: "Tests/TestSupport"),
    // AMX products on machines that have none.
    .target(name: "SinewTileEmulation", dependencies: ["SinewKernels"], path: "Tests/TileEmulation"),
    tests("Kernels", ["SinewKernels", "SinewTileEmulation"]),
    tests("Tensor", ["SinewTensor"], resources: [.copy("Fixtures")]),
    tests("Physics", ["SinewPhysics"], resources: [.copy("Fixtures")]),
    tests(
      "Environments", ["SinewEnvironments", "SinewPhysics", "SinewTensor", .product(name: "Yams", package: "Yams")],
      resources: [.copy("Fixtures")]),
    tests("Datasets", ["SinewDatasets", "SinewTensor"], resources: [.copy("Fixtures")]),
    tests("Policies", ["SinewPolicies", "SinewTensor"]),
    tests(
      "Learners", ["SinewLearners", "SinewSettings", "SinewPolicies", "SinewDatasets", "SinewTensor"],
      resources: [.copy("Fixtures")]),
    tests(
      "Steering", ["SinewSteering", "SinewLearners", "SinewDatasets", "SinewPolicies", "SinewTensor"]),
    tests(
      "Training",
      [
        "SinewTraining", "SinewSteering", "SinewLearners", "SinewEnvironments", "SinewTensor", "SinewSettings",
        "SinewDatasets",
        "SinewPolicies", "SinewPhysics", "SinewAllocationCounter",
      ]),
    tests("Rendering", ["SinewRendering", "SinewEnvironments", "SinewPhysics", "SinewTensor"]),
    tests("CLI", [], resources: [.copy("Fixtures")]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
