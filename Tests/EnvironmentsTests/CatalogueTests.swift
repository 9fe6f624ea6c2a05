import Foundation
import SinewEnvironments
import SinewPhysics
import SinewTestSupport
import Testing

@Suite struct CatalogueTests {
  /// Every environment that ships keeps every promise of the protocol.
  @Test(arguments: EnvironmentCatalogue.names)
  func conforms(_ name: String) throws {
    #expect(checkEnvironment(try EnvironmentCatalogue.make(name)) == [])
    #expect(try EnvironmentCatalogue.make(name).name == name)
    let definition = try EnvironmentCatalogue.definition(name)
    #expect(!definition.description.isEmpty)
    #expect(definition.model.warnings == [])
  }

  /// What is found by looking decides which of the other tests run at all.
  @Test func findsTheFolders() {
    let names = EnvironmentCatalogue.names
    #expect(names.count >= 15 && names == names.sorted())
    #expect(Set(names).isSuperset(of: ["hopper", "point-maze", "push-t", "quadruped"]))
  }

  @Test func unknownNamesGetTheNearest() {
    #expect(message { try EnvironmentCatalogue.make("hoper") } == "unknown environment 'hoper'; did you mean 'hopper'?")
    #expect(
      message { try EnvironmentCatalogue.make("CartPole") }
        == "unknown environment 'CartPole'; did you mean 'cartpole-swingup'?")
    #expect(
      message { try EnvironmentCatalogue.make("xyzzy") }
        == "unknown environment 'xyzzy'; known: \(EnvironmentCatalogue.names.joined(separator: ", "))")
  }

  /// A user's own task, anywhere, with its model beside it.
  @Test func takesAPathToATask() throws {
    let folder = try TemporaryFolder()
    let shipped = try EnvironmentCatalogue.taskFile("pendulum").deletingLastPathComponent()
    let model = try String(contentsOf: shipped.appendingPathComponent("pendulum.xml"), encoding: .utf8)
    let task = try String(contentsOf: shipped.appendingPathComponent("task.yaml"), encoding: .utf8)
    try folder.write(model, to: "mine/parts/rod.xml")
    let path = try folder.write(
      task.replacing("model: pendulum.xml", with: "model: parts/rod.xml").replacing("200", with: "7"),
      to: "mine/task.yaml")
    try folder.write(task.replacing("model: pendulum.xml", with: "model: parts/rod.xml"), to: "mine/long.yaml")

    for name in [path, folder.url.appendingPathComponent("mine").path] {
      let environment = try EnvironmentCatalogue.make(name)
      #expect(environment.name == "mine")
      #expect(environment.maximumSteps == 7)
      #expect(checkEnvironment(try EnvironmentCatalogue.make(name), steps: 40) == [])
    }
    #expect(try EnvironmentCatalogue.make(folder.url.path + "/mine/long.yaml").name == "long")
  }

  @Test func namesAMissingFile() throws {
    #expect(message { try EnvironmentCatalogue.make("/nowhere/task.yaml") } == "/nowhere/task.yaml: no such task file")
    let folder = try TemporaryFolder()
    #expect(message { try EnvironmentCatalogue.make(folder.url.path + "/") }.hasSuffix("task.yaml: no such task file"))
    let path = try folder.write("model: absent.xml\ncontrol_period: 0.01\ntime_limit: 5", to: "task.yaml")
    #expect(message { try EnvironmentCatalogue.make(path) }.contains("absent.xml"))
  }
}

/// The one line that an error prints; empty if nothing is thrown.
func message(_ body: () throws -> Any) -> String {
  do {
    _ = try body()
    return ""
  } catch {
    return "\(error)"
  }
}
