// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/edit.h"
#include "engine/io/field_reader.h"
#include "engine/io/json_tree.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chainrule {

/// Makes a diagram from the fields of a document. Nodes are made as they come. What refers to nodes waits for
/// the end, because fields and nodes may stand in any order. Keeps the first error.
class DocumentReader final : public JsonReceiver {
public:
    DocumentReader() = default;
    /// For a piece of a document: it may name what the diagram holds.
    explicit DocumentReader(Diagram diagram) : m_diagram(std::move(diagram)), m_isPiece(true) {}

    void takeEntry(const std::string& field, JsonTree& tree) override;
    void takeField(const std::string& field, JsonTree& tree) override;

    /// Once, after all fields.
    Result<Diagram> finish();

    /// In place of a document: one of its nodes, or the list of its backward passes, as an edit of the diagram.
    Result<AddNode> addition(const JsonValue& value);
    Result<std::vector<BackwardStep>> steps(const JsonValue& value);

private:
    /// A reference to a node that had not been read when it was needed.
    struct Open {
        std::shared_ptr<Node> node;
        std::size_t input;
        std::optional<std::size_t> item;
        std::string name;
    };
    struct Entry {
        std::string field;
        std::size_t number;  // From 1, as messages say it.
        JsonTree tree;
    };

    void fail(const std::string& place, std::string_view field, const std::string& what);
    template <typename Read>
    void readFields(const JsonValue& object, const std::string& place, const Read& read);

    void takeNode(const JsonValue& value);
    void failNode(const JsonValue& value, std::string_view field, const std::string& what);
    Complaint takeName(const JsonValue& value, std::string& out) const;
    Complaint takeInputs(const JsonValue& value, const std::shared_ptr<Node>& node);
    Complaint takeInput(const JsonValue& value, const std::shared_ptr<Node>& node, std::size_t index);
    Complaint takeReference(const JsonValue& value, const std::shared_ptr<Node>& node, std::size_t input,
                            std::optional<std::size_t> item, Source& out);
    Complaint takeAttributes(const JsonValue& value, Attributes& read, RawFields& unread) const;
    void connectOpen();

    Complaint takeNode(const JsonValue& value, NodeId& out) const;
    Complaint takeNodes(const JsonValue& value, std::vector<NodeId>& out) const;
    Complaint takeSource(const JsonValue& value, Source& out) const;
    Complaint takeSources(const JsonValue& value, std::vector<Source>& out) const;
    Complaint takeGradients(const JsonValue& value, std::vector<std::optional<Source>>& out) const;

    void takeStep(const JsonValue& value, const std::string& place);
    void takeFrame(const JsonValue& value, const std::string& place);
    void takeNote(const JsonValue& value, const std::string& place);
    void takeRoute(const JsonValue& value, const std::string& place);
    void takeGroup(const JsonValue& value, const std::string& place);
    void checkGroups();

    Diagram m_diagram;
    Failure m_error;
    std::optional<std::string> m_formatComplaint = "missing";
    std::optional<std::string> m_versionComplaint = "missing";
    bool m_hasNodes = false;
    bool m_isPiece = false;
    std::vector<Open> m_open;
    std::vector<Entry> m_entries;                // What refers to nodes.
    std::pair<std::string, std::size_t> m_last;  // The field of the last entry, and how many it had.
};

/// A reference split at its first colon: node and output.
std::pair<std::string_view, std::optional<std::string_view>> splitReference(std::string_view reference);

}  // namespace chainrule
