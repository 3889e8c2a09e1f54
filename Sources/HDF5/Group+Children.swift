import CHDF5

// MARK: - What a group holds

extension Group {
  /// A link in a group and what it leads to.
  public struct Child: Sendable, Hashable {
    /// What a link leads to.
    public enum Kind: Sendable, Hashable {
      case group, dataset
      /// A stored datatype.
      case type
      /// A soft or external link that leads nowhere.
      case dangling
    }

    /// Name within the group.
    public let name: String
    /// What the name leads to, through soft and external links.
    public let kind: Kind
    /// Whether the link leads into another file.
    public let isExternal: Bool
  }

  /// Names of the links in this group, in order of creation where the file tells it, else in
  /// alphabetical order.
  public var names: [String] {
    get throws(HDF5Error) {
      var info = H5G_info_t()
      try check("H5Gget_info", location.name, H5Gget_info(location.id, &info))
      let list = Handle(
        try check("H5Gget_create_plist", location.name, H5Gget_create_plist(location.id)))
      var order: UInt32 = 0
      try check(
        "H5Pget_link_creation_order", location.name,
        H5Pget_link_creation_order(list.id, &order))
      let isIndexed = order & UInt32(H5P_CRT_ORDER_INDEXED) != 0
      let index = isIndexed ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME
      var names: [String] = []
      for position in 0..<info.nlinks {
        names.append(
          try readName(location.name) {
            H5Lget_name_by_idx(
              location.id, ".", index, H5_ITER_INC, position, $0, $1, hid_t(H5P_DEFAULT))
          })
      }
      return names
    }
  }

  /// The links in this group with what they lead to, in the order of ``names``.
  public var children: [Child] {
    get throws(HDF5Error) {
      var children: [Child] = []
      for name in try names {
        let type = try check(
          "H5Lget_info", location.name(name), chdf5_link_type(location.id, name))
        children.append(
          Child(
            name: name, kind: try kind(of: name), isExternal: type == H5L_TYPE_EXTERNAL.rawValue))
      }
      return children
    }
  }

  /// Paths, relative to this group, of all datasets in it and in the groups below, depth first.
  ///
  /// Links into other files are not followed.
  public var datasetPaths: [String] {
    get throws(HDF5Error) {
      var paths: [String] = []
      for child in try children where !child.isExternal {
        switch child.kind {
        case .dataset: paths.append(child.name)
        case .group: paths += try group(child.name).datasetPaths.map { "\(child.name)/\($0)" }
        case .type, .dangling: break
        }
      }
      return paths
    }
  }

  private func kind(of name: String) throws(HDF5Error) -> Child.Kind {
    guard try exists(name) else { return .dangling }
    let object = Handle(
      try check(
        "H5Oopen", location.name(name), H5Oopen(location.id, name, hid_t(H5P_DEFAULT))),
      in: location.file)
    return switch H5Iget_type(object.id) {
    case H5I_GROUP: .group
    case H5I_DATASET: .dataset
    default: .type
    }
  }
}
