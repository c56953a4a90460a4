// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/document.h"

#include "tests/fuzz/target.h"

#include <string>

using namespace chainrule;

/// A document: what opens is saved as it was, and in its canonical form it opens again and is the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(textOf(data, size));
    const auto document = documentFromJson(text);
    if (!document) {
        demand(!document.error().message.empty(), "an error says what is wrong");
        return 0;
    }
    demand(savedText(*document, document->diagram) == text, "what was not changed is saved as it was");
    const std::string canonical = canonicalJson(document->diagram);
    const auto again = diagramFromJson(canonical);
    demand(bool(again), "the canonical form opens");
    demand(canonicalJson(*again) == canonical, "the canonical form has one spelling");
    demand(*again == document->diagram, "the canonical form is the same diagram");
    return 0;
}
