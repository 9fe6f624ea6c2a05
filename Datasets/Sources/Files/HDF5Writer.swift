import CHDF5
import Foundation

/// Writes an HDF5 file. Whoever makes one calls ``close()``, and removes what was written when anything throws.
///
/// The same calls give the same bytes: no times are stored. Confined to one thread at a time.
final class HDF5Writer {
  private let path: String
  private var file: hid_t = -1
  /// Creation properties of groups, and the types of texts and truth values.
  private var groupPlan: hid_t = -1
  private var truthType: hid_t = -1

  /// A group in a file, open until it goes away.
  final class Group {
    fileprivate let identifier: hid_t

    fileprivate init(_ identifier: hid_t) { self.identifier = identifier }

    deinit { hdf5Lock.withLock { _ = H5Gclose(identifier) } }
  }

  /// Creates a file that must not exist. Throws ``DatasetError`` with the system's reason.
  init(creating path: String) throws {
    self.path = path
    try hdf5Lock.withLock {
      // The library's own clean-up at the end of the process would write what could not be written once more.
      H5dont_atexit()
      H5open()
      sinew_h5_be_silent()
      let access = H5Pcreate(sinew_h5_file_access())
      defer { H5Pclose(access) }
      // Version 1.10's layout: smaller, and with checksums.
      _ = H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110)
      let creation = H5Pcreate(sinew_h5_file_creation())
      defer { H5Pclose(creation) }
      _ = H5Pset_obj_track_times(creation, false)
      file = try check(H5Fcreate(path, sinew_h5_create_exclusively(), creation, access))
      groupPlan = try check(H5Pcreate(sinew_h5_group_creation()))
      _ = H5Pset_obj_track_times(groupPlan, false)
      // What Python's h5py takes for booleans.
      truthType = try check(H5Tenum_create(sinew_h5_native_int8()))
      var (no, yes) = (Int8(0), Int8(1))
      _ = try check(H5Tenum_insert(truthType, "FALSE", &no))
      _ = try check(H5Tenum_insert(truthType, "TRUE", &yes))
    }
  }

  deinit {
    hdf5Lock.withLock {
      for (identifier, close) in [(groupPlan, H5Pclose), (truthType, H5Tclose), (file, H5Fclose)] where identifier >= 0
      {
        _ = close(identifier)
      }
    }
  }

  /// Writes everything out. Throws where the disk is full.
  func close() throws {
    try hdf5Lock.withLock {
      _ = try check(H5Fflush(file, H5F_SCOPE_GLOBAL))
      let closing = file
      file = -1
      _ = try check(H5Fclose(closing))
    }
  }

  /// Makes a group in the root group.
  func makeGroup(_ name: String) throws -> Group {
    try hdf5Lock.withLock {
      Group(try check(H5Gcreate2(file, name, sinew_h5_default(), groupPlan, sinew_h5_default())))
    }
  }

  /// Makes an empty group in a group.
  func makeEmptyGroup(_ name: String, in group: Group) throws {
    let parent = group.identifier
    try hdf5Lock.withLock {
      _ = H5Gclose(try check(H5Gcreate2(parent, name, sinew_h5_default(), groupPlan, sinew_h5_default())))
    }
  }

  /// Gives a group a whole number.
  func setAttribute(_ name: String, _ value: Int, of group: Group) throws {
    let owner = group.identifier
    try hdf5Lock.withLock {
      let space = sinew_h5_scalar()
      defer { H5Sclose(space) }
      let attribute = try check(
        H5Acreate2(owner, name, sinew_h5_native_int64(), space, sinew_h5_default(), sinew_h5_default()))
      defer { H5Aclose(attribute) }
      var value = Int64(value)
      _ = try check(H5Awrite(attribute, sinew_h5_native_int64(), &value))
    }
  }

  /// Writes rows of numbers as float32: an array of one axis where `columns` is nil.
  func write(_ name: String, _ numbers: [Float], columns: Int? = nil, in group: Group) throws {
    let extents = columns.map { [numbers.count / $0, $0] } ?? [numbers.count]
    let parent = group.identifier
    try numbers.withUnsafeBytes { try write(name, sinew_h5_native_float(), 4, extents, $0, parent) }
  }

  /// Writes truth values.
  func write(_ name: String, _ values: [Bool], in group: Group) throws {
    let parent = group.identifier
    let bytes = values.map { Int8($0 ? 1 : 0) }
    try bytes.withUnsafeBytes { try write(name, truthType, 1, [values.count], $0, parent) }
  }

  private func write(
    _ name: String, _ type: hid_t, _ size: Int, _ extents: [Int], _ bytes: UnsafeRawBufferPointer, _ parent: hid_t
  ) throws {
    try hdf5Lock.withLock {
      let space = try check(H5Screate_simple(Int32(extents.count), extents.map { hsize_t($0) }, nil))
      defer { H5Sclose(space) }
      let plan = try check(H5Pcreate(sinew_h5_dataset_creation()))
      defer { H5Pclose(plan) }
      _ = H5Pset_obj_track_times(plan, false)
      if bytes.count <= Self.compactLimit {
        // In the header itself: an index of chunks would be larger than what it points to.
        _ = try check(H5Pset_layout(plan, H5D_COMPACT))
      } else {
        let rowSize = max(1, bytes.count / max(1, extents[0]))
        var chunk = extents.map { hsize_t($0) }
        chunk[0] = hsize_t(min(extents[0], max(1, Self.chunkSize / rowSize)))
        _ = try check(H5Pset_chunk(plan, Int32(chunk.count), chunk))
        if size > 1 { _ = try check(H5Pset_shuffle(plan)) }
        _ = try check(H5Pset_deflate(plan, 4))
        _ = try check(H5Pset_fletcher32(plan))
      }
      let dataset = try check(
        H5Dcreate2(parent, name, type, space, sinew_h5_default(), plan, sinew_h5_default()))
      defer { H5Dclose(dataset) }
      _ = try check(H5Dwrite(dataset, type, sinew_h5_all(), sinew_h5_all(), sinew_h5_default(), bytes.baseAddress))
    }
  }

  /// Bytes of an array up to which it is stored in its header.
  private static let compactLimit = 4096
  /// Bytes of a chunk, which is compressed, and read, as a whole.
  private static let chunkSize = 256 << 10

  /// The result of a call of the library, where it is one. Throws the library's, and within it the system's, reason.
  private func check<Result: SignedInteger>(_ result: Result) throws -> Result {
    if result >= 0 { return result }
    var text = [CChar](repeating: 0, count: 512)
    sinew_h5_reason(&text)
    let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let system = reason.firstRange(of: /error message = '([^']*)'/).map { reason[$0].dropFirst(17).dropLast() }
    throw DatasetError(file: path, "cannot be written: \(system.map(String.init) ?? reason)")
  }
}
