// swift-tools-version: 6.2
import PackageDescription

/// The target of one layer: its folder, and what it may import. A lower layer never imports a higher one.
func layer(
  _ name: String, _ path: String, _ dependencies: [Target.Dependency], sources: [String]? = nil,
  resources: [Resource]? = nil, exclude: [String] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: path, exclude: exclude, sources: sources, resources: resources)
}

func tests(_ path: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
  .testTarget(
    name: "Sinew\(path)Tests", dependencies: dependencies + ["SinewTestSupport"], path: "Tests/\(path)Tests",
    resources: resources)
}

func example(_ name: String) -> Target {
  .executableTarget(name: "SinewExample\(name)", dependencies: ["Sinew"], path: "Examples/Sources/\(name)")
}

let yaml = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
  name: "Sinew",
  products: [
    .library(name: "Sinew", targets: ["Sinew"]),
    .executable(name: "sinew", targets: ["SinewCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    // Layer 0: C and C++ libraries, and files.
    .systemLibrary(
      name: "COpenDynamicsEngine", path: "Sources/COpenDynamicsEngine", pkgConfig: "ode",
      providers: [.apt(["libode-dev"])]),
    .systemLibrary(
      name: "CHDF5", path: "Sources/CHDF5", pkgConfig: "hdf5-serial", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(
      name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "SinewHDF5Reader", dependencies: ["CHDF5"], path: "Sources/HDF5Reader"),
    .target(name: "SinewKernels", path: "Sources/Kernels"),
    .target(name: "SinewProductPeak", path: "Sources/ProductPeak"),
    .target(name: "SinewInterruption", path: "Sources/Interruption"),
    .target(name: "SinewChildProcess", path: "Sources/ChildProcess"),
    .target(name: "SinewSharedMemory", path: "Sources/SharedMemory"),
    // Finds EGL when something is drawn, so that building needs none.
    .target(name: "SinewGraphics", path: "Sources/Graphics"),
    // Replaces malloc: for executables and tests only.
    .target(name: "SinewAllocationCounter", path: "Sources/AllocationCounter"),
    layer("SinewFiles", "Sources/Files", []),

    // Layer 1: numbers, bodies and settings.
    layer("SinewTensor", "Sources/Tensor", ["SinewKernels", "SinewFiles"]),
    layer("SinewPhysics", "Sources/Physics", ["COpenDynamicsEngine"]),
    layer("SinewSettings", "Sources/Settings", ["SinewFiles", yaml]),

    // Layer 2: worlds and data. What people edit, robots and recipes, lies beside the Swift, and is found by looking.
    layer(
      "SinewEnvironments", "Environments",
      ["SinewFiles", "SinewTensor", "SinewPhysics", "SinewSettings", "SinewInterruption", yaml],
      sources: ["Sources"], resources: [.copy("Robots")], exclude: ["PARITY.md"]),
    layer(
      "SinewDatasets", "Datasets", ["SinewTensor", "SinewSettings", "SinewFiles", "CHDF5", "SinewHDF5Reader", "CZlib"],
      sources: ["Sources"], resources: [.copy("Recipes"), .copy("policies")]),

    // Layer 3: policies and critics; what is seen of worlds; other people's worlds, in Python processes.
    layer("SinewPolicies", "Sources/Policies", ["SinewTensor", "SinewSettings"]),
    layer(
      "SinewRendering", "Sources/Rendering",
      ["SinewTensor", "SinewPhysics", "SinewFiles", "SinewSettings", "SinewEnvironments", "SinewGraphics"],
      resources: [.embedInCode("Pages/Assets"), .embedInCode("Pictures/Shaders")]),
    layer(
      "SinewGymnasium", "Sources/Gymnasium",
      ["SinewTensor", "SinewSettings", "SinewPhysics", "SinewEnvironments", "SinewSharedMemory", "SinewChildProcess"],
      resources: [.embedInCode("worker.py")]),

    // Layer 4: what trains policies, what acts on them at test time, and what they are worth.
    layer(
      "SinewLearners", "Sources/Learners", ["SinewTensor", "SinewSettings", "SinewDatasets", "SinewPolicies"]),
    layer("SinewSteering", "Sources/Steering", ["SinewTensor", "SinewSettings", "SinewPolicies"]),
    layer(
      "SinewEvaluation", "Sources/Evaluation",
      [
        "SinewTensor", "SinewSettings", "SinewPhysics", "SinewEnvironments", "SinewDatasets", "SinewPolicies",
        "SinewRendering",
      ]),

    // Layer 5: runs.
    layer(
      "SinewTraining", "Sources/Training",
      [
        "SinewFiles", "SinewTensor", "SinewSettings", "SinewPhysics", "SinewEnvironments", "SinewDatasets",
        "SinewGymnasium", "SinewPolicies", "SinewLearners", "SinewSteering", "SinewEvaluation", "SinewRendering",
        "SinewInterruption", yaml,
      ]),

    // Layer 6: how fast and how exact all of it is.
    layer(
      "SinewMeasurement", "Sources/Measurement",
      [
        "SinewTensor", "SinewSettings", "SinewPhysics", "SinewEnvironments", "SinewGymnasium", "SinewDatasets",
        "SinewPolicies", "SinewLearners", "SinewEvaluation", "SinewTraining", "SinewProductPeak",
      ]),

    // And what settings learn best.
    layer(
      "SinewTuning", "Sources/Tuning",
      ["SinewFiles", "SinewTensor", "SinewSettings", "SinewRendering", "SinewEvaluation", "SinewTraining"]),

    // Runs in a browser while they train, served over HTTP.
    layer(
      "SinewWatching", "Sources/Watching",
      [
        "SinewFiles", "SinewSettings", "SinewEvaluation", "SinewRendering", "SinewTraining",
        .product(name: "FlyingFox", package: "FlyingFox"), .product(name: "FlyingSocks", package: "FlyingFox"),
      ], resources: [.embedInCode("Assets")]),

    // Layer 7: faces. The command line is a library too, for programs that add to it; `sinew` is it with nothing added.
    layer(
      "SinewCommandLine", "Sources/CommandLine",
      [
        "SinewFiles", "SinewTensor", "SinewSettings", "SinewPhysics", "SinewEnvironments", "SinewGymnasium",
        "SinewDatasets",
        "SinewPolicies", "SinewLearners", "SinewSteering", "SinewRendering", "SinewEvaluation", "SinewTraining",
        "SinewMeasurement", "SinewTuning", "SinewWatching", "SinewChildProcess",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    layer("Sinew", "Sources/Sinew", ["SinewCommandLine"]),
    .executableTarget(name: "SinewCommand", dependencies: ["Sinew", "SinewAllocationCounter"], path: "Sources/CLI"),

    // The examples, which `Examples/Package.swift` has as a user's package would, once more for the tests: so Sinew is
    // built once.
    example("TrainPendulum"), example("OwnCommand"), example("EvaluatePolicy"), example("ConvertLog"),

    // Tests mirror the targets.
    .target(
      name: "SinewTestSupport",
      dependencies: ["SinewTensor", "SinewPhysics", "SinewEnvironments", "SinewPolicies"],
      path: "Tests/TestSupport"),
    // AMX products on machines that have none.
    .target(name: "SinewTileEmulation", dependencies: ["SinewKernels"], path: "Tests/TileEmulation"),
    tests("Kernels", ["SinewKernels", "SinewTileEmulation"]),
    tests("Tensor", ["SinewTensor", "SinewFiles"], resources: [.copy("Fixtures")]),
    tests("Physics", ["SinewPhysics"], resources: [.copy("Fixtures")]),
    tests(
      "Environments", ["SinewEnvironments", "SinewSettings", "SinewPhysics", "SinewTensor", yaml],
      resources: [.copy("Fixtures")]),
    tests("Datasets", ["SinewDatasets", "SinewTensor"], resources: [.copy("Fixtures")]),
    tests("Policies", ["SinewPolicies", "SinewSettings", "SinewTensor"]),
    tests(
      "Gymnasium", ["SinewGymnasium", "SinewEnvironments", "SinewSettings", "SinewTensor"],
      resources: [.copy("Fixtures")]),
    tests("Rendering", ["SinewRendering", "SinewEnvironments", "SinewSettings", "SinewPhysics", "SinewTensor"]),
    tests(
      "Learners",
      [
        "SinewLearners", "SinewSettings", "SinewPolicies", "SinewDatasets", "SinewTensor", "SinewAllocationCounter",
      ],
      resources: [.copy("Fixtures")]),
    tests(
      "Steering", ["SinewSteering", "SinewSettings", "SinewLearners", "SinewDatasets", "SinewPolicies", "SinewTensor"]
    ),
    tests(
      "Evaluation",
      [
        "SinewEvaluation", "SinewDatasets", "SinewEnvironments", "SinewPolicies", "SinewSettings", "SinewTensor",
      ],
      resources: [.copy("Fixtures")]),
    tests(
      "Training",
      [
        "SinewTraining", "SinewEvaluation", "SinewSteering", "SinewLearners", "SinewEnvironments", "SinewGymnasium",
        "SinewFiles", "SinewTensor", "SinewSettings", "SinewDatasets", "SinewPolicies", "SinewPhysics",
        "SinewAllocationCounter",
      ],
      resources: [.copy("Fixtures")]),
    tests(
      "Measurement",
      ["SinewMeasurement", "SinewTraining", "SinewSettings", "SinewTensor", "SinewAllocationCounter"]),
    tests("Tuning", ["SinewTuning", "SinewTraining", "SinewSettings", "SinewTensor"], resources: [.copy("Fixtures")]),
    tests(
      "Watching",
      ["SinewWatching", "SinewTraining", "SinewEvaluation", "SinewSettings", "SinewFiles", "SinewEnvironments", yaml]),
    tests("CLI", ["SinewDatasets", "SinewTensor"], resources: [.copy("Fixtures")]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
