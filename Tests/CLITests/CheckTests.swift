import Foundation
import Testing

/// `sinew env check`.
struct CheckTests {
  let command: Command

  init() throws { command = try Command() }

  private func check(_ text: String) throws -> (status: Int32, output: String, errors: String) {
    let file = FileManager.default.temporaryDirectory.appending(path: "sinew-check-\(UUID()).xml")
    try text.write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    let result = try command.run(["env", "check", file.path])
    return (result.status, result.output, result.errors)
  }

  @Test func aModelIsShownAsUnderstood() throws {
    let result = try check(
      """
      <mujoco><option integrator="RK4"/><worldbody><body name="arm"><joint name="hinge" range="-90 90"/>
      <geom size="0.1" mass="2"/></body></worldbody></mujoco>
      """)
    #expect(result.status == 0)
    for text in ["arm", "hinge", "2", "integrator"] { #expect(result.output.contains(text)) }
  }

  @Test(arguments: ["<mujoco><worldbody><geom/></worldbody></mujoco>", "<robot/>", "no model", ""])
  func whatIsMalformedIsOneLine(text: String) throws {
    let result = try check(text)
    #expect(result.status != 0 && result.output.isEmpty)
    #expect(result.errors.split(separator: "\n").count == 1)
  }
}
