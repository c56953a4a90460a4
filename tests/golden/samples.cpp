// SPDX-License-Identifier: GPL-3.0-or-later
// golden_samples: what tests/golden/generate.py needs to know of each operation, as JSON and exact.
#include "engine/ops/op.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <iostream>

namespace chainrule {
namespace {

using Json = nlohmann::ordered_json;

/// Hexadecimal, as Python's float.fromhex reads it: no digit is lost.
std::string hex(double value)
{
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::hex).ptr;
    return std::string(text, end);
}

Json json(bool value) { return value; }
Json json(std::int64_t value) { return value; }
Json json(std::uint64_t value) { return value; }
Json json(double value) { return {{"float", hex(value)}}; }
Json json(None) { return nullptr; }
Json json(const std::string& value) { return value; }
Json json(DType value) { return {{"dtype", name(value)}}; }
Json json(const std::optional<std::int64_t>& value) { return value ? Json(*value) : Json(); }

template <typename T>
Json json(const std::vector<T>& values)
{
    Json list = Json::array();
    for (const T& value : values)
        list.push_back(json(value));
    return list;
}

Json json(const Attributes& attributes)
{
    Json object = Json::object();
    for (const auto& [name, attribute] : attributes)
        object[name] = std::visit([](const auto& value) { return json(value); }, attribute);
    return object;
}

Json json(const Scalar& scalar)
{
    return std::visit([](auto value) { return json(value); }, scalar);
}

Json json(const Tensor& tensor)
{
    if (tensor.isNone())
        return nullptr;
    if (tensor.isNumber())
        return {{"number", json(tensor.item())}};
    Json values = Json::array();
    for (std::int64_t i = 0; i < tensor.size(); ++i)
        values.push_back(json(tensor.at(i)));
    return {{"dtype", name(tensor.dtype())},
            {"shape", std::vector(tensor.shape().begin(), tensor.shape().end())},
            {"strides", std::vector(tensor.strides().begin(), tensor.strides().end())},
            {"values", values}};
}

Json json(const std::vector<Sample>& samples)
{
    Json list = Json::array();
    for (const Sample& sample : samples) {
        Json inputs = Json::array();
        for (const Tensor& input : sample.inputs)
            inputs.push_back(json(input));
        list.push_back({{"label", sample.label}, {"inputs", inputs}, {"attributes", json(sample.attributes)}});
    }
    return list;
}

Json json(const Op& op)
{
    Json parameters = Json::array();
    for (const Parameter& parameter : op.parameters)
        parameters.push_back({{"name", parameter.name},
                              {"kind", kindText(parameter)},
                              {"differentiable", parameter.differentiable}});
    return {{"name", op.name},
            {"torch", op.torch},
            {"symbol", op.symbol},
            {"parameters", parameters},
            {"samples", json(op.samples)},
            {"errors", json(op.errors)}};
}

}  // namespace
}  // namespace chainrule

int main()
{
    auto ops = chainrule::Json::array();
    for (const chainrule::Op& op : chainrule::allOps())
        ops.push_back(chainrule::json(op));
    std::cout << ops.dump(1) << '\n';
}
