// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/graph/diagram.h"

#include <string>
#include <string_view>

namespace chainrule {

/// A diagram from the text of a document, all or nothing. What is wrong with a node's op, its attributes or
/// the number of its inputs is no error of the document.
/// @returns Error::Kind::Document: for JSON's errors with the place, "line 3, column 7: …"; else with node
/// and
///          field, `node "p", field "inputs": there is no node "q"`, and the node's name beside.
Result<Diagram> diagramFromJson(std::string_view text);

/// The text of a document in canonical form: keys in the order of the contract, each node on a line of its
/// own, what has its default left out, unknown fields last, numbers in their shortest spelling. Reading it
/// gives an equal diagram, but for attributes that JSON cannot hold (see jsonFromAttribute).
std::string canonicalJson(const Diagram& diagram);

/// A diagram and the text that it was read from.
struct Document {
    Diagram diagram;
    std::string source;  ///< Empty for a new document.
};

/// @returns what diagramFromJson does.
Result<Document> documentFromJson(std::string source);

/// What is written to save `now`: the very bytes of `loaded` while nothing has changed, else the canonical
/// form.
std::string savedText(const Document& loaded, const Diagram& now);

}  // namespace chainrule
