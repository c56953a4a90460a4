// SPDX-License-Identifier: GPL-3.0-or-later
// Whole documents, against what PyTorch printed for them: tests/golden/documents.py.
#include "tests/places.h"

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <nlohmann/json.hpp>

#include <set>

using Json = nlohmann::json;

class DocumentsTest : public QObject {
    Q_OBJECT

private:
    static QString content(const QString& path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
    }

    static QString output(const QStringList& arguments)
    {
        QProcess process;
        process.start(QString::fromStdString(chainrule::places::program()), arguments);
        return process.waitForFinished() ? QString::fromUtf8(process.readAllStandardOutput()) : QString();
    }

    static QString words(const Json& error)
    {
        return QString::fromStdString(error["type"].get<std::string>() + ": " + error["message"].get<std::string>());
    }

    static std::set<std::string> operations(const Json& list, const char* key)
    {
        std::set<std::string> names;
        for (const Json& item : list)
            names.insert(item[key].get<std::string>());
        return names;
    }

private Q_SLOTS:
    /// Its script, too, which python3 tests/golden/documents.py had PyTorch run and agree with.
    void oneDocumentHasEveryOperation()
    {
        const QString path = QString::fromStdString(chainrule::places::golden("documents/every_operation.chainrule").string());
        const Json document = Json::parse(content(path).toStdString());
        const Json catalogue = Json::parse(output({QStringLiteral("ops"), QStringLiteral("--json")}).toStdString());
        QVERIFY(operations(document["nodes"], "op") == operations(catalogue["ops"], "name"));

        const QTemporaryDir folder;
        const QString script = folder.filePath(QStringLiteral("script.py"));
        output({QStringLiteral("export"), path, QStringLiteral("--to"), QStringLiteral("python"), QStringLiteral("-o"), script});
        const QString text = content(script);
        for (const Json& node : document["nodes"]) {
            const QString name = QString::fromStdString(node["name"].get<std::string>());
            QVERIFY2(text.contains(QStringLiteral("\n") + name + QStringLiteral(" = ")), qPrintable(name));
            if (node["op"] != "number")
                QVERIFY2(text.contains(QStringLiteral("\n    check(\"") + name), qPrintable(name));
        }
        QVERIFY(!text.contains(QStringLiteral("attempt(")));
    }

    void printsWhatTorchPrints_data()
    {
        QTest::addColumn<QString>("path");
        const QDir folder(QString::fromStdString(chainrule::places::golden("documents").string()));
        for (const QString& name : folder.entryList({QStringLiteral("*.chainrule")}))
            QTest::addRow("%s", qPrintable(name)) << folder.filePath(name);
    }

    void printsWhatTorchPrints()
    {
        QFETCH(QString, path);
        const QString golden = content(QString(path).replace(QStringLiteral(".chainrule"), QStringLiteral(".txt")));
        QVERIFY2(!golden.isEmpty(), "this makes it: python3 tests/golden/documents.py");
        const QStringList parts = golden.split(QStringLiteral("---\n"));
        QCOMPARE(parts.size(), 2);
        const QStringList expected = parts[0].split(QLatin1Char('\n'));
        const QStringList actual = output({QStringLiteral("run"), path}).split(QLatin1Char('\n'));
        for (qsizetype line = 0; line < std::min(expected.size(), actual.size()); ++line)
            QCOMPARE(actual[line], expected[line]);
        QCOMPARE(actual.size(), expected.size());

        const Json report = Json::parse(output({QStringLiteral("run"), path, QStringLiteral("--json")}).toStdString());
        QStringList errors;
        for (const auto& [name, node] : report["nodes"].items())
            if (!node["error"].is_null())
                errors << QString::fromStdString(name) + QStringLiteral(": ") + words(node["error"]);
        if (const Json& error = report["backward"]["error"]; !error.is_null())
            errors << QStringLiteral("backward: ") + words(error);
        QStringList theirs = parts[1].split(QLatin1Char('\n'), Qt::SkipEmptyParts);
        for (QString& error : theirs)  // What depends on an error is no call of PyTorch's.
            if (error.contains(QStringLiteral(": its input ")))
                error.replace(QStringLiteral(": its"), QStringLiteral(": NotEvaluated: its"));
        errors.sort();
        theirs.sort();
        QCOMPARE(errors, theirs);
    }
};

QTEST_GUILESS_MAIN(DocumentsTest)
#include "tst_documents.moc"
