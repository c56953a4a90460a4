// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/run.h"
#include "engine/base/limits.h"
#include "engine/io/document.h"
#include "engine/io/file_system.h"
#include "engine/io/npy.h"
#include "engine/tensor/printing.h"
#include "tests/faulty_file_system.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include <cstring>
#include <fstream>
#include <sys/mman.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace chainrule;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t gigabyte = std::int64_t(1) << 30;
constexpr std::int64_t justMapped = std::int64_t(limits::bytesReadIntoMemory) + 4096;

/// A .npy file with holes for numbers: `bytes` of them, all 0.
fs::path sparseFile(const QTemporaryDir& folder, const std::string& descr, std::int64_t bytes, bool isFortranOrder = false)
{
    const fs::path path = folder.filePath(QStringLiteral("w.npy")).toStdString();
    const std::int64_t rows = bytes / 4096;
    std::string header = "{'descr': '" + descr + "', 'fortran_order': " + (isFortranOrder ? "True" : "False") + ", 'shape': ("
                         + std::to_string(rows) + ", " + std::to_string(4096 / (descr.back() - '0')) + "), }";
    header.resize(117, ' ');
    std::ofstream(path, std::ios::binary) << std::string("\x93NUMPY\1\0\x76\0", 10) + header + '\n';
    fs::resize_file(path, std::uint64_t(128 + bytes));
    std::this_thread::sleep_for(std::chrono::milliseconds(30));  // Files that were changed just now are waited for.
    return path;
}

template <typename T>
void put(const fs::path& path, std::int64_t offset, T value)
{
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(offset);
    file.write(reinterpret_cast<const char*>(&value), sizeof value);
}

Tensor mapped(const fs::path& path)
{
    const auto array = readNpy(path, Numbers::MayStayInFile);
    return array ? array->tensor : Tensor::none();
}

std::string damageOf(const Tensor& tensor)
{
    const Failure damage = tensor.buffer()->damage();
    return damage ? damage->message : "none";
}

/// Of the pages that the tensor's memory has, those that are there.
std::size_t residentPages(const Tensor& tensor)
{
    const auto page = std::size_t(sysconf(_SC_PAGESIZE));
    std::vector<unsigned char> pages((tensor.buffer()->size() + page - 1) / page);
    if (mincore(tensor.buffer()->data(), tensor.buffer()->size(), pages.data()) != 0)
        return pages.size();
    return std::size_t(std::ranges::count_if(pages, [](unsigned char flags) { return (flags & 1) != 0; }));
}

Graph graphOf(const char* nodes)
{
    const auto diagram = diagramFromJson(std::string(R"({"format": "chainrule", "version": 1, "nodes": [)") + nodes + "]}");
    return diagram ? diagram->graph : Graph();
}

NodeId named(const Graph& graph, const char* name)
{
    return *graph.find(name);
}

}  // namespace

class MappedFilesTest : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;

    /// A graph over the file, computed; `meddle` is called when the file has been opened.
    Run runOver(const Graph& graph, const std::function<void()>& meddle)
    {
        const auto read = [&](const std::string& file) -> Result<Tensor> {
            auto array = readNpy(fs::path(m_folder.path().toStdString()) / file, Numbers::MayStayInFile);
            if (!array)
                return array.error();
            meddle();
            return array->tensor;
        };
        return *run(graph, {.readFile = read});
    }

private Q_SLOTS:
    void aGigabyteOpensWithoutBeingRead()
    {
        const fs::path path = sparseFile(m_folder, "<f4", gigabyte);
        QElapsedTimer timer;
        timer.start();
        const Tensor tensor = mapped(path);
        const qint64 opening = timer.nsecsElapsed();
        QVERIFY(tensor.buffer() && tensor.buffer()->isForeign());
        QCOMPARE(tensor.shape(), (Shape{gigabyte / 4096, 1024}));
        const std::size_t most = tensor.buffer()->size() / 4096 / 20;  // The system reads ahead.
        QVERIFY2(residentPages(tensor) <= most, qPrintable(QString::number(residentPages(tensor))));
        timer.restart();
        const std::string text = repr(tensor);  // Its corners alone.
        QVERIFY(text.starts_with("tensor([[0., 0., 0.,  ..., 0., 0., 0.]"));
        QVERIFY2(residentPages(tensor) <= 2 * most, "all is read to print the corners");
        QCOMPARE(damageOf(tensor), std::string("none"));
        fs::resize_file(path, std::uint64_t(128 + gigabyte / 4));
        const fs::path quarter = sparseFile(m_folder, "<f4", gigabyte / 4);
        timer.restart();
        QVERIFY(readNpy(quarter));
        const qint64 reading = timer.nsecsElapsed();
        QVERIFY2(opening < reading / 10, qPrintable(QStringLiteral("%1 µs to open 1 GB, %2 µs to read a quarter").arg(opening / 1000).arg(reading / 1000)));
        qInfo("1 GB opens in %lld µs; a quarter of it is read in %lld µs", opening / 1000, reading / 1000);
    }

    void onlyLargeFloatingNumbersOfThisByteOrderStay_data()
    {
        QTest::addColumn<QByteArray>("descr");
        QTest::addColumn<qint64>("bytes");
        QTest::addColumn<bool>("isFortranOrder");
        QTest::addColumn<bool>("stays");
        const qint64 most = qint64(limits::bytesReadIntoMemory);
        QTest::newRow("float32") << QByteArray("<f4") << most + 4096 << false << true;
        QTest::newRow("float64") << QByteArray("<f8") << most + 4096 << false << true;
        QTest::newRow("float16") << QByteArray("<f2") << most + 4096 << false << true;
        QTest::newRow("Fortran order") << QByteArray("<f4") << most + 4096 << true << true;
        QTest::newRow("at the limit") << QByteArray("<f4") << most << false << false;
        QTest::newRow("other byte order") << QByteArray(">f4") << most + 4096 << false << false;
        QTest::newRow("indices") << QByteArray("<i8") << most + 4096 << false << false;
        QTest::newRow("masks") << QByteArray("|b1") << most + 4096 << false << false;
    }

    void onlyLargeFloatingNumbersOfThisByteOrderStay()
    {
        QFETCH(const QByteArray, descr);
        QFETCH(const qint64, bytes);
        QFETCH(const bool, isFortranOrder);
        QFETCH(const bool, stays);
        const fs::path path = sparseFile(m_folder, descr.toStdString(), bytes, isFortranOrder);
        put(path, 128 + 8, std::uint64_t(0x0101010101010101));
        put(path, 128 + bytes - 8, std::uint64_t(0x0101010101010101));
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        const Tensor tensor = mapped(path);
        QCOMPARE(tensor.buffer()->isForeign(), stays);
        const auto whole = readNpy(path);
        QVERIFY(whole);
        QVERIFY(!whole->tensor.buffer()->isForeign());
        QCOMPARE(tensor.strides(), whole->tensor.strides());
        QCOMPARE(tensor.dtype(), whole->tensor.dtype());
        QCOMPARE(std::memcmp(tensor.bytes(), whole->tensor.bytes(), std::size_t(bytes)), 0);
    }

    void fileThatIsCutEndsNobodyAndSaysSo()
    {
        const fs::path path = sparseFile(m_folder, "<f4", justMapped);
        const Tensor tensor = mapped(path);
        const auto* const numbers = tensor.data<float>();
        QCOMPARE(damageOf(tensor), std::string("none"));
        fs::resize_file(path, 4096);
        QCOMPARE(numbers[tensor.size() - 1], 0.0f);  // The signal comes here.
        QCOMPARE(damageOf(tensor), "cannot read " + path.string() + ": it became shorter while it was in use");
        fs::resize_file(path, std::uint64_t(128 + justMapped));  // It does not heal.
        QVERIFY(damageOf(tensor) != "none");
    }

    void threadsMayMeetTheCutTogether()
    {
        const fs::path path = sparseFile(m_folder, "<f4", justMapped);
        const Tensor tensor = mapped(path);
        fs::resize_file(path, 0);
        std::vector<std::jthread> threads;
        std::atomic<int> zeros = 0;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&, i] { zeros += tensor.data<float>()[tensor.size() / 8 * i] == 0.0f; });
        threads.clear();
        QCOMPARE(zeros.load(), 8);
        QVERIFY(damageOf(tensor) != "none");
    }

    void whatIsWrittenIntoTheFileIsSeen_data()
    {
        QTest::addColumn<bool>("setsTimeBack");
        QTest::newRow("as it comes") << false;
        QTest::newRow("with the old time") << true;
    }

    void whatIsWrittenIntoTheFileIsSeen()
    {
        QFETCH(const bool, setsTimeBack);
        const fs::path path = sparseFile(m_folder, "<f4", justMapped);
        const fs::file_time_type time = fs::last_write_time(path);
        const Tensor tensor = mapped(path);
        put(path, 128 + 400, 5.0f);
        if (setsTimeBack)
            fs::last_write_time(path, time);
        QCOMPARE(damageOf(tensor), "cannot read " + path.string() + ": it was written to while it was in use");
    }

    void whatIsWrittenAtOnceAfterOpeningIsSeen()
    {
        for (int i = 0; i < 20; ++i) {
            const fs::path path = sparseFile(m_folder, "<f4", justMapped);
            put(path, 128, float(i));  // The tick of this write is not to be that of the next one.
            const Tensor tensor = mapped(path);
            put(path, 128, 100.0f);
            QVERIFY2(damageOf(tensor) != "none", qPrintable(QString::number(i)));
        }
    }

    void anotherFileInItsPlaceIsNoDamage()
    {
        const fs::path path = sparseFile(m_folder, "<f4", justMapped);
        put(path, 128, 7.0f);
        const Tensor tensor = mapped(path);
        fs::permissions(path, fs::perms::owner_read);
        fs::remove(path);
        sparseFile(m_folder, "<f4", justMapped);
        QCOMPARE(damageOf(tensor), std::string("none"));
        QCOMPARE(tensor.data<float>()[0], 7.0f);
    }

    void whatCannotBeMappedIsRead()
    {
        const fs::path path = sparseFile(m_folder, "<f4", justMapped);
        FaultyFileSystem disk;
        QVERIFY(mapped(path).buffer()->isForeign());
        const auto call = std::ranges::find(disk.calls, "map") - disk.calls.begin();
        disk.calls.clear();
        disk.fault = {.call = std::size_t(call), .code = ENODEV};
        const Tensor tensor = mapped(path);
        QVERIFY(!tensor.isNone() && !tensor.buffer()->isForeign());
    }

    void damageIsAnErrorOfItsNodeAndOfWhatDependsOnIt_data()
    {
        QTest::addColumn<bool>("isCut");
        QTest::newRow("cut") << true;
        QTest::newRow("rewritten") << false;
    }

    void damageIsAnErrorOfItsNodeAndOfWhatDependsOnIt()
    {
        QFETCH(const bool, isCut);
        const fs::path path = sparseFile(m_folder, "<f4", justMapped);
        const Graph graph = graphOf(R"(
            {"name": "w", "op": "tensor", "attributes": {"file": "w.npy"}},
            {"name": "s", "op": "select", "inputs": ["w"], "attributes": {"dim": 0, "index": 5}},
            {"name": "x", "op": "tensor", "attributes": {"value": "3.", "requires_grad": true}},
            {"name": "y", "op": "mul", "inputs": ["x", "x"]}],
            "backward": [{"roots": ["y"]})");
        const Run well = runOver(graph, [] {});
        QVERIFY(!well.error() && !well.evaluation[named(graph, "w")].error);
        QCOMPARE(well.evaluation.mappedSources().size(), std::size_t(1));
        const Run run = runOver(graph, [&] { isCut ? fs::resize_file(path, 4096) : put(path, 128, 1.0f); });
        const NodeResult& w = run.evaluation[named(graph, "w")];
        QVERIFY(w.error && w.outputs.empty());
        QVERIFY2(QString::fromStdString(w.error->message).startsWith(QString::fromStdString("cannot read " + path.string() + ": it ")),
                 w.error->message.c_str());
        QCOMPARE(int(run.evaluation[named(graph, "s")].error->kind), int(Error::Kind::NotEvaluated));
        QCOMPARE(repr(run.evaluation[named(graph, "y")].outputs[0].tensor()), std::string("tensor(9.)"));
        QVERIFY(run.passes() == 1 && !run.error());  // What does not depend on it is differentiated.
    }

    void damageAfterwardsIsSeen()
    {
        const fs::path path = sparseFile(m_folder, "<f4", justMapped);
        const Graph graph = graphOf(R"({"name": "w", "op": "tensor", "attributes": {"file": "w.npy"}},
                                       {"name": "v", "op": "transpose", "inputs": ["w"], "attributes": {"dim0": 0, "dim1": 1}})");
        const Run run = runOver(graph, [] {});
        QVERIFY(damagedFiles(run.evaluation.mappedSources()).empty());
        put(path, 128, 1.0f);
        const FileErrors damaged = damagedFiles(run.evaluation.mappedSources());
        QCOMPARE(damaged.size(), std::size_t(1));
        QCOMPARE(damaged.begin()->first, std::string("w.npy"));
    }

    void damagedNumbersAreNotExported_data()
    {
        damageIsAnErrorOfItsNodeAndOfWhatDependsOnIt_data();
    }

    void damagedNumbersAreNotExported()
    {
        QFETCH(const bool, isCut);
        const fs::path path = sparseFile(m_folder, "<f4", justMapped);
        const Tensor tensor = mapped(path);
        const fs::path copy = m_folder.filePath(QStringLiteral("copy.npy")).toStdString();
        QVERIFY(!writeNpy(copy, Tensor::vector({1, 2})));
        isCut ? fs::resize_file(path, 1 << 20) : put(path, 128, 1.0f);
        const Failure failure = writeNpy(copy, tensor);
        QVERIFY(failure);
        QVERIFY2(failure->message.starts_with("cannot read " + path.string()), failure->message.c_str());
        QCOMPARE(repr(readNpy(copy)->tensor), std::string("tensor([1., 2.])"));
        QCOMPARE(std::distance(fs::directory_iterator(copy.parent_path()), {}), std::ptrdiff_t(2));  // No draft is left.
    }
};

QTEST_APPLESS_MAIN(MappedFilesTest)
#include "tst_mapped_files.moc"
