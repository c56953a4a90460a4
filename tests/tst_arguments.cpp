// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/evaluate.h"
#include "engine/io/document.h"
#include "tests/places.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <QTest>

#include <algorithm>
#include <fstream>

using namespace chainrule;
using nlohmann::json;

/// Calls with wrong arguments are refused in PyTorch's words.
class ArgumentsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void wrongArgumentsAreRefusedInTorchsWords_data()
    {
        QTest::addColumn<QString>("document");
        QTest::addColumn<QString>("node");
        QTest::addColumn<QString>("words");
        std::ifstream file(places::golden("wrong_arguments.json"));
        QVERIFY(file);
        const json golden = json::parse(file);
        int rows = 0;
        for (const json& each : golden["documents"]) {
            json nodes = golden["extras"];
            nodes.insert(nodes.end(), each["nodes"].begin(), each["nodes"].end());
            const json document = {{"format", "chainrule"}, {"version", 1}, {"nodes", nodes}};
            for (const auto& [node, words] : each["errors"].items()) {
                const std::string op = std::ranges::find_if(nodes, [&](const json& n) { return n["name"] == node; })->at("op");
                QTest::addRow("%d %s %s", rows++, op.c_str(), node.c_str())
                    << QString::fromStdString(document.dump()) << QString::fromStdString(node)
                    << QString::fromStdString(words.get<std::string>());
            }
        }
        QVERIFY(rows > 300);
    }

    void wrongArgumentsAreRefusedInTorchsWords()
    {
        QFETCH(const QString, document);
        QFETCH(const QString, node);
        QFETCH(const QString, words);
        const auto diagram = diagramFromJson(document.toStdString());
        QVERIFY(diagram);
        const auto evaluation = evaluate(diagram->graph, {});
        QVERIFY(evaluation);
        const auto& error = (*evaluation)[*diagram->graph.find(node.toStdString())].error;
        QVERIFY(error);
        QCOMPARE(QString::fromStdString(chainrule::words(*error)), words);
    }
};

QTEST_GUILESS_MAIN(ArgumentsTest)
#include "tst_arguments.moc"
