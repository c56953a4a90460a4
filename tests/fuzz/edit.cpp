// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/edit.h"
#include "engine/io/document.h"
#include "engine/io/edit_json.h"
#include "tests/fuzz/target.h"

#include <algorithm>

using namespace chainrule;

namespace {

/// One of everything that an edit can be about.
constexpr std::string_view start = R"({"format": "chainrule", "version": 1, "nodes": [
    {"name": "x", "op": "tensor", "attributes": {"value": "[[3., 1.], [2., 4.]]", "requires_grad": true}, "position": [0, 0]},
    {"name": "p", "op": "mul", "inputs": ["x", "x"], "retain_grad": true},
    {"name": "m", "op": "max", "inputs": ["p"], "attributes": {"dim": 0}},
    {"name": "c", "op": "cat", "inputs": [["m:values", "m:values"]]},
    {"name": "s", "op": "sum", "inputs": ["c"], "comment": "all"}],
    "backward": [{"roots": ["s"]}, {"zero_grad": "none"}],
    "frames": [{"title": "f", "nodes": ["p", "m"], "no_grad": true}], "notes": [{"text": "n", "position": [1, 2], "size": [3, 4]}],
    "routes": [{"to": "p", "parameter": "other", "item": null, "points": [[1, 2]]}],
    "groups": [{"name": "g", "nodes": ["p"], "groups": [], "position": [0, 0], "open": false}]})";

}  // namespace

/// Lines of `chainrule edit`: each is obeyed or refused, and afterwards the diagram can be saved and opened again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const Diagram first = *diagramFromJson(start);
    constexpr std::size_t mostLines = 20;
    std::string_view rest = textOf(data, size);
    Diagram diagram = first;
    bool isEdited = false;
    for (std::size_t i = 0; i < mostLines && !rest.empty(); ++i) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const auto command = editFromJson(diagram, rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const Edit* const edit = command ? std::get_if<Edit>(&*command) : nullptr;
        if (!edit)
            continue;
        auto edited = apply(diagram, *edit);
        demand(edited || !edited.error().message.empty(), "a refusal says why");
        if (edited) {
            diagram = *std::move(edited);
            isEdited = true;
        }
    }
    if (!isEdited)
        return 0;
    const std::string saved = canonicalJson(diagram);
    const auto again = diagramFromJson(saved);
    demand(bool(again), "what was edited opens again");
    demand(canonicalJson(*again) == saved, "what was edited is what opens");
    return 0;
}
