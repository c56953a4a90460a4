// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/node.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace chainrule {

/// In the canvas's units, x to the right and y downwards.
struct Point {
    double x = 0;
    double y = 0;

    bool operator==(const Point&) const = default;
};

struct Size {
    double width = 0;
    double height = 0;

    bool operator==(const Size&) const = default;
};

/// Where nodes stand; a node that nobody placed has no position. Flat and sorted by id, because it is copied
/// with every edit.
class Positions {
public:
    struct Entry {
        NodeId node;
        Point point;

        bool operator==(const Entry&) const = default;
    };

    std::optional<Point> find(NodeId node) const;
    /// O(1) behind the last entry, else O(n).
    void set(NodeId node, Point point);
    /// O(n + m log m); of a node that stands twice in it the last one counts.
    void set(std::span<const Entry> entries);
    void erase(NodeId node);
    /// By ascending id.
    std::span<const Entry> entries() const { return m_entries; }
    /// Keeps the entries of which `isKept(NodeId)` says so; O(n).
    template <typename IsKept>
    void keep(const IsKept& isKept)
    {
        std::erase_if(m_entries, [&](const Entry& entry) { return !isKept(entry.node); });
    }

    bool operator==(const Positions&) const = default;

private:
    std::vector<Entry> m_entries;
};

/// A text on the canvas.
struct Note {
    std::string text;
    Point position = {};
    std::optional<Size> size = {};  ///< Absent: as large as the text needs.
    RawFields unknownFields = {};

    bool operator==(const Note&) const = default;
};

/// The bends of one link, known by the input where it ends.
struct Route {
    NodeId to;
    std::string parameter;                  ///< By the catalogue's name; not checked here.
    std::optional<std::int64_t> item = {};  ///< For a parameter that takes a list.
    std::vector<Point> points = {};
    RawFields unknownFields = {};

    bool operator==(const Route&) const = default;
};

/// Nodes drawn as one. Groups contain one another without a cycle, each stands in at most one other. Where
/// two groups list a node, it belongs to the inner, else to the earlier one.
struct Group {
    std::string name;  ///< A Python identifier that no node and no other group has.
    std::vector<NodeId> nodes = {};
    std::vector<std::string> groups = {};  ///< By name.
    std::optional<Point> position = {};
    bool isOpen = false;
    RawFields unknownFields = {};

    bool operator==(const Group&) const = default;
};

/// How a graph is drawn, and nothing that changes a value.
struct Layout {
    Positions positions = {};
    std::vector<Note> notes = {};
    std::vector<Route> routes = {};
    std::vector<Group> groups = {};

    bool operator==(const Layout&) const = default;
};

}  // namespace chainrule
