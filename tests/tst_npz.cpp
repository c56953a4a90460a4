// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/limits.h"
#include "engine/io/file.h"
#include "engine/io/npz.h"
#include "tests/faulty_file_system.h"
#include "tests/support.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

using namespace chainrule;

namespace {

using Damage = std::function<void(std::string& archive)>;

/// A number of a zip archive, least significant byte first.
void set(std::string& archive, std::size_t offset, std::uint64_t value, std::size_t width)
{
    for (std::size_t i = 0; i < width; ++i)
        archive[offset + i] = char(value >> 8 * i);
}

std::size_t entryAt(const std::string& archive, int number)
{
    std::size_t at = archive.find("PK\1\2");
    for (; number > 0; --number)
        at = archive.find("PK\1\2", at + 4);
    return at;
}

/// Makes archives that we do not write: deflated ones, with what is no array and with what inflates a thousandfold.
constexpr auto deflatingScript = R"(
import zipfile
header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (300000000,), }"
with zipfile.ZipFile('many.npz', 'w', zipfile.ZIP_DEFLATED) as z:
    z.writestr('a.npy', b'\x93NUMPY\1\0' + bytes([118, 0]) + header.replace(b'300000000', b'1000').ljust(117) + b'\n' + bytes(4000))
    z.writestr('notes.txt', 'x')
    z.writestr('../b.npy', b'')
with zipfile.ZipFile('bomb.npz', 'w', zipfile.ZIP_DEFLATED, compresslevel=9) as z:
    with z.open('a.npy', 'w', force_zip64=True) as f:
        f.write(b'\x93NUMPY\1\0' + bytes([118, 0]) + header.ljust(117) + b'\n')
        for i in range(1200):
            f.write(bytes(1000000))
)";

std::size_t endAt(const std::string& archive) { return archive.rfind("PK\5\6"); }

}  // namespace

class NpzTest : public QObject {
    Q_OBJECT

private:
    std::filesystem::path path(const char* name) { return m_folder.filePath(QString::fromUtf8(name)).toStdString(); }

    static std::string twoArrays()
    {
        const auto bytes = npzBytes(std::vector<NpzEntry>{{"w.npy", Tensor::full({2, 3}, 1.5, DType::Float64)},
                                                          {"ü.grad.npy", Tensor::full({}, 7., DType::Float32)}});
        return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
    }

    void write(const char* name, const std::string& content)
    {
        QVERIFY(!saveAtomically(path(name), std::as_bytes(std::span(content))));
    }

    /// What reading every member of it says first; empty: nothing.
    std::string firstComplaint(const std::string& archive)
    {
        write("broken.npz", archive);
        const auto opened = NpzArchive::open(path("broken.npz"));
        if (!opened)
            return opened.error().message;
        for (std::size_t i = 0; i < opened->members().size(); ++i)
            if (const auto array = opened->read(i); !array)
                return array.error().message;
        return {};
    }

    QTemporaryDir m_folder;

private Q_SLOTS:
    void whatIsWrittenComesBack()
    {
        write("two.npz", twoArrays());
        const auto archive = NpzArchive::open(path("two.npz"));
        QVERIFY(archive);
        QCOMPARE(archive->members().size(), std::size_t(2));
        QCOMPARE(archive->members()[1].name, std::string("ü.grad"));
        const auto w = readNpy(path("two.npz:w"));
        QVERIFY(w);
        QCOMPARE(w->header.shape, Shape({2, 3}));
        QCOMPARE(chainrule::text(w->tensor.at(5)), std::string("1.5"));
        QVERIFY(readNpy(path("two.npz:w.npy")));
        QCOMPARE(readNpy(path("two.npz:q")).error().message, std::string("q is not a file in the archive"));
        QCOMPARE(readNpy(path("two.npz")).error().kind, Error::Kind::TypeError);
        QCOMPARE(twoArrays(), twoArrays());
    }

    void damagedArchivesAreRefused_data()
    {
        QTest::addColumn<Damage>("edit");
        QTest::addColumn<QString>("message");
        const auto row = [](const char* label, const char* message, const Damage& edit) {
            QTest::newRow(label) << edit << QString::fromUtf8(message);
        };
        row("nothing", "", [](std::string&) {});
        row("number", "CRC error", [](std::string& a) { a[a.find("PK\3\4", 4) - 1] ^= 1; });
        row("method", "neither stored nor deflated", [](std::string& a) {
            for (const std::size_t at : {std::size_t(8), entryAt(a, 0) + 10})
                set(a, at, 12, 2);
        });
        row("encrypted", "encrypted", [](std::string& a) {
            for (const std::size_t at : {std::size_t(6), entryAt(a, 0) + 8})
                set(a, at, 1, 2);
        });
        row("two sizes", "which cannot be", [](std::string& a) {
            for (const std::size_t at : {std::size_t(22), entryAt(a, 0) + 24})
                set(a, at, 1 << 30, 4);
        });
        row("inflation", "which cannot be", [](std::string& a) {
            for (const std::size_t at : {std::size_t(8), entryAt(a, 0) + 10})
                set(a, at, 8, 2);
            for (const std::size_t at : {std::size_t(22), entryAt(a, 0) + 24})
                set(a, at, 0xfffffff0, 4);
        });
        row("overlap", "over one another", [](std::string& a) { set(a, entryAt(a, 1) + 42, 0, 4); });
        row("outside", "leads out of it", [](std::string& a) { set(a, entryAt(a, 1) + 42, 1 << 30, 4); });
        row("count", "as many entries", [](std::string& a) {
            set(a, endAt(a) + 8, 1, 2);
            set(a, endAt(a) + 10, 1, 2);
        });
        row("directory", "does not end where it says", [](std::string& a) { set(a, endAt(a) + 16, 1, 4); });
        row("prefix", "does not end where it says", [](std::string& a) { a.insert(0, "x"); });
        row("no end", "no directory", [](std::string& a) { a.resize(a.size() - 1); });
        row("local name", "inconsistent", [](std::string& a) { a[30] = 'v'; });
        row("no array", "expected np.ndarray (got bytes)", [](std::string& a) {
            const auto text = npzBytes({});
            a.assign(reinterpret_cast<const char*>(text->data()), text->size());
            a = twoArrays();
            a[a.find("\x93NUMPY")] = 'x';
        });
    }

    void damagedArchivesAreRefused()
    {
        QFETCH(Damage, edit);
        QFETCH(QString, message);
        std::string archive = twoArrays();
        edit(archive);
        const auto complaint = QString::fromStdString(firstComplaint(archive));
        QVERIFY2(message.isEmpty() ? complaint.isEmpty() : complaint.contains(message), qPrintable(complaint));
    }

    void everyTruncationAndEveryFlippedBitIsHarmless()
    {
        const std::string archive = twoArrays();
        for (std::size_t size = 0; size < archive.size(); ++size)
            QVERIFY(!firstComplaint(archive.substr(0, size)).empty());
        for (std::size_t i = 0; i < archive.size(); ++i) {
            std::string changed = archive;
            changed[i] ^= char(1 << i % 8);
            (void)firstComplaint(changed);
        }
    }

    void everyFailingCallIsReported()
    {
        write("two.npz", twoArrays());
        std::size_t call = 0;
        for (bool isReached = true; isReached; ++call) {
            FaultyFileSystem files;
            files.fault = {call, EIO};
            const auto array = readNpy(path("two.npz:w"));
            isReached = files.calls.size() > call;
            if (isReached && files.calls[call] != "close")
                QVERIFY2(!array && array.error().message.find("Input/output error") != std::string::npos,
                         files.calls[call].c_str());
            else
                QVERIFY(array);
        }
        QVERIFY(call > 5);
    }

    void whatNumPyDeflatedIsRead()
    {
        QProcess python;
        python.setWorkingDirectory(m_folder.path());
        python.start(QStringLiteral("/usr/bin/python3"),
                     {QStringLiteral("-c"), QString::fromUtf8(deflatingScript)});
        QVERIFY(python.waitForFinished(60000));
        if (python.exitCode() != 0)
            QSKIP("no Python");
        const auto archive = NpzArchive::open(path("many.npz"));
        QVERIFY(archive);
        QCOMPARE(archive->read(0)->header.shape, Shape({1000}));
        QCOMPARE(archive->read(1).error().message, std::string("expected np.ndarray (got bytes)"));
        const auto bomb = NpzArchive::open(path("bomb.npz"));
        QVERIFY(!bomb && bomb.error().message.find("more than 100 times its size") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(NpzTest)
#include "tst_npz.moc"
