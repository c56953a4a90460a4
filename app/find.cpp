// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/find.h"

#include "engine/tensor/statistics.h"

#include <QRegularExpression>

#include <algorithm>

namespace chainrule {
namespace {

/// What a node can be searched for by beside its words, and how that is decided.
struct State {
    const char* words;
    bool (*applies)(const Moment& moment, const NodeResult& result, NodeId node);
};

template <typename F>
bool anyTensor(const NodeResult& result, F&& applies)
{
    return std::ranges::any_of(result.outputs, [&](const Value& value) {
        return !value.tensor().isNumber() && applies(value.tensor());
    });
}

bool hasNoGrad(const Moment& moment, const NodeResult& result, NodeId node)
{
    for (std::uint32_t k = 0; k < result.outputs.size(); ++k)
        if (!result.outputs[k].tensor().isNumber() && moment.stored({node, k}).tensor.isNone())
            return true;
    return false;
}

const State states[] = {
    {"has nan",
     [](const Moment&, const NodeResult& result, NodeId) {
         return anyTensor(result, [](const Tensor& tensor) { return statistics(tensor).nans > 0; });
     }},
    {"has inf",
     [](const Moment&, const NodeResult& result, NodeId) {
         return anyTensor(result, [](const Tensor& tensor) { return statistics(tensor).infinities > 0; });
     }},
    {"grad is none", hasNoGrad},
    {"requires grad",
     [](const Moment&, const NodeResult& result, NodeId) {
         return std::ranges::any_of(result.outputs, [](const Value& value) { return value.requiresGrad(); });
     }},
    {"error", [](const Moment&, const NodeResult& result, NodeId) { return result.error != nullptr; }},
};

QString shapeText(const Tensor& tensor)
{
    QStringList sizes;
    for (const std::int64_t size : tensor.shape())
        sizes += QString::number(size);
    return sizes.join(QLatin1Char('x'));
}

/// "float32 2x3" of each output.
QString typesText(const NodeResult* result)
{
    QStringList types;
    for (std::size_t k = 0; result && k < result->outputs.size(); ++k) {
        const Tensor& tensor = result->outputs[k].tensor();
        const std::string_view dtype = name(tensor.dtype());
        types += QString::fromLatin1(dtype.data(), qsizetype(dtype.size()))
                 + (tensor.rank() > 0 ? QLatin1Char(' ') + shapeText(tensor) : QString());
    }
    return types.join(QStringLiteral(", "));
}

/// A shape as people write it, "(2, 3)", as it is compared: "2x3".
QString normalized(QString query)
{
    static const QRegularExpression between(QStringLiteral("(\\d)\\s*[,×]\\s*(?=\\d)"));
    query = query.toLower().replace(between, QStringLiteral("\\1x"));
    return query.remove(QLatin1Char('(')).remove(QLatin1Char(')')).remove(QLatin1Char(','));
}

}  // namespace

QStringList stateWords()
{
    QStringList words;
    for (const State& state : states)
        words += QString::fromLatin1(state.words);
    return words;
}

std::vector<Found> foundNodes(const Diagram& diagram, const Moment& moment, const QString& query, std::size_t most)
{
    QString rest = normalized(query);
    std::vector<const State*> wanted;
    for (const State& state : states) {
        const QString words = QString::fromLatin1(state.words);
        if (rest.contains(words)) {
            wanted.push_back(&state);
            rest.remove(words);
        }
    }
    const QStringList parts = rest.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    std::vector<std::pair<bool, Found>> found;
    for (const NodeId id : diagram.graph.ids()) {
        const Node& node = diagram.graph.at(id);
        const NodeResult* const result = moment.result(id);
        const QString name = QString::fromStdString(node.name);
        const QString types = typesText(result);
        const QString text = (name + QLatin1Char(' ') + QString::fromStdString(node.op) + QLatin1Char(' ') + types).toLower();
        if (!std::ranges::all_of(parts, [&](const QString& part) { return text.contains(part); }))
            continue;
        if (!std::ranges::all_of(wanted, [&](const State* s) { return result && s->applies(moment, *result, id); }))
            continue;
        const QString detail = QString::fromStdString(node.op) + (types.isEmpty() ? QString() : QStringLiteral(" · ") + types);
        const bool begins = !parts.isEmpty() && name.startsWith(parts.constFirst(), Qt::CaseInsensitive);
        found.emplace_back(!begins, Found{id, name, detail});
    }
    std::ranges::stable_sort(found, {}, [](const auto& entry) { return entry.first; });
    std::vector<Found> result;
    for (auto& [order, entry] : found)
        if (result.size() < most)
            result.push_back(std::move(entry));
    return result;
}

}  // namespace chainrule
