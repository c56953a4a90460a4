// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/palette/op_ranking.h"

#include "engine/autograd/mistakes.h"
#include "engine/graph/name.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace chainrule {
namespace {

QString text(std::string_view latin)
{
    return QString::fromUtf8(latin.data(), qsizetype(latin.size()));
}

bool isWordStart(const QString& text, qsizetype at)
{
    return at == 0 || !text[at - 1].isLetterOrNumber();
}

/// The first place where a word of `text` begins with `part`.
bool hasWord(const QString& text, const QString& part)
{
    for (qsizetype at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1))
        if (isWordStart(text, at))
            return true;
    return false;
}

/// Over how many letters of `name` the letters of `part` are spread in their order, the first of them beginning a
/// word; absent where they are not there.
std::optional<int> spread(const QString& name, const QString& part)
{
    std::optional<int> best;
    for (qsizetype start = 0; start < name.size(); ++start) {
        if (name[start] != part[0] || !isWordStart(name, start))
            continue;
        qsizetype found = 1;
        qsizetype at = start + 1;
        for (; at < name.size() && found < part.size(); ++at)
            found += name[at] == part[found];
        if (found == part.size())
            best = std::min(best.value_or(std::numeric_limits<int>::max()), int(at - start));
    }
    return best;
}

/// The spelling of those who `import torch.nn.functional as F`, in lower case.
QString shortSpelling(const QString& torch)
{
    const QString functional = QStringLiteral("torch.nn.functional.");
    return torch.startsWith(functional) ? QStringLiteral("f.") + torch.mid(functional.size()) : torch;
}

/// An op's texts in lower case.
struct Texts {
    explicit Texts(const Op& op)
        : name(text(op.name).toLower()), symbol(text(op.symbol)), torch(text(op.torch).toLower()),
          shortTorch(shortSpelling(torch)), summary(text(op.summary).toLower())
    {
    }
    QString name, symbol, torch, shortTorch, summary;
};

/// How far a word is from what the op is called: 0 is the op itself; absent where it is not found at all.
std::optional<int> distance(const Texts& op, const QString& word)
{
    constexpr int step = 1000;  // More than any name is long: within a rank the shorter one wins.
    const int length = int(op.name.size());
    if (op.name == word || op.symbol == word || op.torch == word || op.shortTorch == word)
        return 0;
    if (op.name.startsWith(word) || (!op.symbol.isEmpty() && op.symbol.startsWith(word)))
        return step + length;
    if (hasWord(op.name, word))
        return 2 * step + length;
    if (op.name.contains(word))
        return 3 * step + length;
    if (const auto letters = spread(op.name, word))
        return 4 * step + *letters;
    if (hasWord(op.torch, word) || hasWord(op.shortTorch, word))
        return 5 * step;
    if (word.size() > 1 && hasWord(op.summary, word))
        return 6 * step;
    if (word.size() > 2 && op.summary.contains(word))
        return 7 * step;
    return std::nullopt;
}

std::optional<int> distance(const Texts& op, const QStringList& words)
{
    int sum = 0;
    for (const QString& word : words) {
        const auto one = distance(op, word);
        if (!one)
            return std::nullopt;
        sum += *one;
    }
    return sum;
}

/// What a query asks for: "add" of "add_", and "+" of "+=".
struct Wish {
    QString word;
    bool isInPlace = false;
};

Wish wishOf(const QString& query)
{
    const QString word = query.trimmed().toLower();
    const QString other = word.chopped(word.isEmpty() ? 0 : 1);
    if (word.endsWith(QLatin1Char('_')) && other.size() > 1)
        return {other, findOp(other.toStdString()) != nullptr};
    const auto isSymbol = [](const QString& symbol) {
        return !symbol.isEmpty()
               && std::ranges::any_of(allOps(), [&](const Op& op) { return text(op.symbol) == symbol; });
    };
    if (word.endsWith(QLatin1Char('=')) && !isSymbol(word) && isSymbol(other))
        return {other, true};
    for (const QLatin1String name : {QLatin1String("in-place"), QLatin1String("inplace"), QLatin1String("in place")})
        if (word == name)
            return {word, true};
    return {word, false};
}

std::unordered_map<const Op*, int>& uses()
{
    static std::unordered_map<const Op*, int> counts;
    return counts;
}

QString escaped(std::string_view latin)
{
    return text(latin).toHtmlEscaped();
}

/// As documents give an attribute, by JSON's types.
Attribute asDocumentGivesIt(const Attribute& attribute)
{
    const auto* const dtype = std::get_if<DType>(&attribute);
    return dtype ? Attribute(std::string(name(*dtype))) : attribute;
}

std::string wishedName(const Diagram& diagram, const Op& op)
{
    constexpr std::string_view letters = "xyzwuvabcdefghijklmnopqrst";
    if (op.category == Category::Source) {
        for (const char& letter : letters)
            if (const std::string_view name(&letter, 1); freeName(diagram, name) == name)
                return std::string(name);
        return "x";
    }
    const std::string_view last = op.name.substr(op.name.rfind('.') + 1);
    if (isName(op.name))
        return std::string(op.name);
    return isName(last) ? std::string(last) : std::string(last) + "_";
}

}  // namespace

std::vector<const Op*> rankedOps(const QString& query, const std::function<bool(const Op&)>& accept)
{
    struct Found {
        const Op* op;
        int distance;
    };
    const QStringList words = wishOf(query).word.split(u' ', Qt::SkipEmptyParts);
    std::vector<Found> found;
    for (const Op& op : allOps())
        if (op.category != Category::Internal && (!accept || accept(op)))
            if (const auto far = distance(Texts(op), words))
                found.push_back({&op, *far});
    std::ranges::stable_sort(found, {}, &Found::distance);
    std::vector<const Op*> ops;
    for (const Found& one : found)
        ops.push_back(one.op);
    return ops;
}

QString inPlaceNote(const QString& query)
{
    return wishOf(query).isInPlace ? text(inPlaceMeaning()) : QString();
}

void countUse(const Op& op)
{
    ++uses()[&op];
}

int useCount(const Op& op)
{
    const auto found = uses().find(&op);
    return found == uses().end() ? 0 : found->second;
}

QString opTooltip(const Op& op)
{
    const auto row = [](const char* title, const QString& code) {
        return QStringLiteral("<tr><td style='padding-right:10px'>%1</td><td><code>%2</code></td></tr>")
            .arg(QCoreApplication::translate("OpTooltip", title), code);
    };
    QString title = QStringLiteral("<b>%1</b>").arg(escaped(op.name));
    if (!op.symbol.empty())
        title += QStringLiteral(" &nbsp;<code>%1</code>").arg(escaped(op.symbol));
    QString rows = row(QT_TRANSLATE_NOOP("OpTooltip", "value"), escaped(op.formula))
                   + row(QT_TRANSLATE_NOOP("OpTooltip", "gradient"), escaped(op.gradient));
    if (!op.torch.empty())
        rows += row(QT_TRANSLATE_NOOP("OpTooltip", "PyTorch"), escaped(signature(op)));
    return QStringLiteral("<p>%1</p><p>%2</p><table>%3</table>").arg(title, escaped(op.summary), rows);
}

AddNode newNode(const Diagram& diagram, const Op& op, Point position)
{
    Node node{.name = freeName(diagram, wishedName(diagram, op)), .op = std::string(op.name)};
    for (const Parameter& parameter : op.parameters) {
        const bool isWanted = !parameter.isTensor() && (!parameter.fallback || !parameter.literalOf.empty());
        if (!isWanted || op.samples.empty())
            continue;
        const Attributes& sample = op.samples.front().attributes;
        if (const auto value = sample.find(parameter.name); value != sample.end())
            node.setAttribute(parameter.name, asDocumentGivesIt(value->second));
    }
    return {.id = diagram.graph.nextId(), .node = std::move(node), .position = position};
}

}  // namespace chainrule
