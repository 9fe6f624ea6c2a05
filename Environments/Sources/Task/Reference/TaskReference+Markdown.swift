extension TaskReference {
  /// Documentation/tasks.md.
  public static var markdown: String {
    var parts = [introduction]
    parts.append("## Keys\n\n" + table(keys))
    parts.append(
      "### `model`\n\nA file's name alone is enough for MJCF. With keys:\n\n" + table(model) + "\n\n" + modelExample)
    parts.append(
      "### `terrain`\n\nAll but the first three are parameters of the task too, `terrain.roughness` and so on, and can be drawn for each "
        + "episode.\n\n" + table(terrain)
        + "\n\n```yaml\nterrain: {geometry: ground, half_size: 6, roughness: 0.03}\n```")
    parts.append("### `maze`\n\n" + table(maze) + "\n\n" + mazeExample)
    parts.append(
      "### `pushes`\n\n" + table(pushes) + "\n\n```yaml\npushes: {body: torso, force: {uniform: [50, 200]}}\n```")
    parts.append(
      "### Distributions\n\nWhat a value under `parameters` or `pushes` is drawn from, where it is not a number.\n\n"
        + table(distributions)
        + "\n\n```yaml\nparameters: {mass: {uniform: [0.8, 1.2]}, friction.foot: 0.5}\n```")
    for section in Section.allCases where section != .success {
      parts.append("## Terms of `\(section.rawValue)`\n\n" + sectionIntroduction(section))
      parts += terms.filter { $0.section == section }.map(text)
    }
    return parts.joined(separator: "\n\n") + "\n"
  }

  private static let introduction = """
    # What a task file can say

    A task is data: a robot's model, and what to observe, reward and end on, in a `task.yaml` beside the model. `sinew env terms` prints
    this page's terms, `sinew env check task.yaml` tries a file, `sinew env info task.yaml` says what its observations and rewards are called.
    [Your own robot, start to end](your-robot.md) goes through it once. This page is made from the code: `sinew env terms --markdown`.
    [A term of your own](extending.md#a-term) is a name beside these.

    ```yaml
    description: A rod swings up.
    model: rod.xml               # MJCF or URDF, beside this file
    control_period: 0.05         # s
    time_limit: 200              # steps
    observation:
      - cosine: {coordinate: hinge}
      - sine: {coordinate: hinge}
      - velocities
    reward:
      - angle_squared: {coordinate: hinge, weight: -1}
      - action_squared: {weight: -0.001}
    reset:
      - positions: {uniform: 3.14}
    ```

    A term without settings is its name alone. A coordinate is a joint's name, or for a part of a free joint `joint.x`, `.y`, `.z`, `.qw`,
    `.qx`, `.qy`, `.qz` as a position and `joint.x`, `.y`, `.z`, `.wx`, `.wy`, `.wz` as a velocity; the free joint of a URDF is called
    `ROOT_free` after its root link. Lengths are metres, angles radians, times seconds. An unknown key, term, coordinate, body or geometry is an
    error with file, line and the nearest name.
    """

  private static let modelExample = """
    ```yaml
    model: {file: bot.urdf, base: free, ground: plane, effort: 10}
    ```
    """

  private static let mazeExample = """
    ```yaml
    maze:
      cell: 1
      map: |
        #####
        #S.G#
        #####
    ```
    """

  private static func sectionIntroduction(_ section: Section) -> String {
    switch section {
    case .observation: "The numbers that a policy sees, in the order of the list."
    case .reward:
      "The reward is the sum of weight × term; every term takes a `weight`, negative for what is to be avoided, and may take a `name`."
    case .termination, .success:
      "Any of them ends the episode. All but `success` are terms of `success` too, which is met when all of its terms are."
    case .commands: "Drawn when an episode begins. Terms of observation and reward look at them."
    case .reset: "Applied in order to the model's own positions and zero velocities."
    }
  }

  private static func table(_ keys: [Key]) -> String {
    let rows = keys.map { "| `\($0.key)` | \($0.value) | \($0.usual ?? "required") | \($0.meaning) |" }
    return (["| key | takes | default | what it is |", "|---|---|---|---|"] + rows).joined(separator: "\n")
  }

  private static func text(_ term: Term) -> String {
    let settings = term.settings.isEmpty ? "" : "\n\n" + table(term.settings)
    return "### `\(term.name)`\(heading(term))\n\n\(term.summary)\(settings)\n\n```yaml\n\(term.example)\n```"
  }

  /// Terms of two sections may share a name.
  private static func heading(_ term: Term) -> String {
    terms.contains { $0.name == term.name && $0.section != term.section && $0.section != .success }
      ? " (\(term.section.rawValue))" : ""
  }
}
