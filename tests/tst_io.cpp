// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/string_text.h"
#include "engine/io/file.h"
#include "engine/io/npy.h"
#include "engine/tensor/for_each.h"
#include "engine/tensor/statistics.h"
#include "tests/faulty_file_system.h"
#include "tests/hostile_npy.h"
#include "tests/places.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <unistd.h>

using namespace chainrule;
using Kind = Error::Kind;
namespace fs = std::filesystem;

namespace {

/// What went wrong, for QVERIFY2.
template <typename T>
const char* message(const Result<T>& result)
{
    return result ? "no error" : result.error().message.c_str();
}
const char* message(const Failure& failure)
{
    return failure ? failure->message.c_str() : "no error";
}

std::span<const std::byte> bytes(std::string_view text)
{
    return std::as_bytes(std::span(text));
}

std::shared_ptr<Buffer> bufferOf(std::string_view text)
{
    auto buffer = Buffer::allocate(text.size());
    std::memcpy(buffer->data(), text.data(), text.size());
    return buffer;
}

std::string contentOf(const fs::path& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void put(const fs::path& path, std::string_view content)
{
    std::ofstream(path, std::ios::binary) << content;
}

std::string textOf(const std::vector<std::byte>& file)
{
    return {reinterpret_cast<const char*>(file.data()), file.size()};
}

/// A .npy file, whatever `header` says.
std::string npyFile(const std::string& header, const std::string& data = std::string(80, '\0'), int major = 1)
{
    std::string file = "\x93NUMPY" + std::string(1, char(major)) + '\0';
    for (int i = 0; i < (major == 1 ? 2 : 4); ++i)
        file += char(header.size() >> 8 * i & 0xff);
    return file + header + data;
}

Error errorOf(std::string_view file)
{
    const auto array = parseNpy(bufferOf(file));
    return array ? Error{Kind::Cancelled, "it was read"} : array.error();
}

/// The elements as the manifest of the fixtures has them, exact to the bit but for NaNs.
std::vector<std::string> valuesOf(const Tensor& tensor)
{
    std::vector<std::string> values;
    for (std::int64_t i = 0; i < tensor.size(); ++i) {
        const Scalar value = tensor.at(i);
        if (const double* number = std::get_if<double>(&value)) {
            const std::uint64_t bits = std::isnan(*number) ? 1 : std::bit_cast<std::uint64_t>(*number);
            values.push_back(std::to_string(bits));
        } else {
            values.push_back(std::to_string(as<std::int64_t>(value)));
        }
    }
    return values;
}

std::vector<std::string> valuesOf(const nlohmann::json& fixture)
{
    const bool isFloat = fixture["dtype"].get<std::string>().starts_with("float");
    std::vector<std::string> values;
    for (const std::string text : fixture["values"]) {
        if (!isFloat) {
            values.push_back(text);
            continue;
        }
        const double number = std::strtod(text.c_str(), nullptr);  // Knows hexadecimal digits, inf and nan.
        const std::uint64_t bits = std::isnan(number) ? 1 : std::bit_cast<std::uint64_t>(number);
        values.push_back(std::to_string(bits));
    }
    return values;
}

const nlohmann::json& fixtures()
{
    static const auto manifest = nlohmann::json::parse(contentOf(places::fixture("npy/manifest.json")));
    return manifest["files"];
}

/// Every dtype and a shape, with values of which no two neighbours are equal.
Tensor sample(const Shape& shape, DType dtype)
{
    Tensor tensor = Tensor::uninitialized(shape, dtype);
    visit(dtype, [&tensor](auto stored) {
        using T = decltype(stored);
        for (std::int64_t i = 0; i < tensor.size(); ++i)
            tensor.writable<T>()[i] = T(Compute<T>((i * 3 + 1) % 7 % (tensor.dtype() == DType::Bool ? 2 : 7)));
    });
    return tensor;
}

/// What a folder holds besides `known`.
std::set<std::string> strangersIn(const fs::path& folder, const std::set<std::string>& known)
{
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder))
        if (!known.contains(entry.path().filename()))
            names.insert(entry.path().filename());
    return names;
}

}  // namespace

class IoTest : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    fs::path at(const char* name) const { return fs::path(m_folder.path().toStdString()) / name; }

private Q_SLOTS:
    void init()
    {
        QVERIFY(m_folder.isValid());
        for (const auto& entry : fs::directory_iterator(m_folder.path().toStdString()))
            fs::remove_all(entry);
    }

    void numpysFilesAreRead_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < fixtures().size(); ++i)
            QTest::newRow(fixtures()[i]["file"].get<std::string>().c_str()) << int(i);
    }

    void numpysFilesAreRead()
    {
        QFETCH(int, index);
        const auto& fixture = fixtures()[std::size_t(index)];
        const fs::path path = places::fixture("npy") / fixture["file"].get<std::string>();
        const auto read = readNpy(path);
        const auto file = readFile(path);
        QVERIFY2(read, message(read));
        QVERIFY2(file, message(file));
        const auto parsed = parseNpy(*file);
        QVERIFY2(parsed, message(parsed));

        for (const NpyArray* array : {&*read, &*parsed}) {
            const auto shape = fixture["shape"].get<std::vector<std::int64_t>>();
            QCOMPARE(std::string(name(array->tensor.dtype())), fixture["dtype"].get<std::string>());
            QVERIFY(array->tensor.shape() == Shape(shape.begin(), shape.end()));
            QVERIFY(array->header.shape == array->tensor.shape());
            QCOMPARE(array->header.descr, fixture["descr"].get<std::string>());
            QCOMPARE(array->header.isFortranOrder, fixture["fortran_order"].get<bool>());
            QCOMPARE(array->header.isSwapped, array->header.descr[0] == '>');
            QCOMPARE(array->header.major, fixture["version"][0].get<int>());
            QCOMPARE(array->header.minor, fixture["version"][1].get<int>());
            QVERIFY(valuesOf(array->tensor) == valuesOf(fixture));
            QCOMPARE(std::uintptr_t(array->tensor.bytes()) % itemSize(array->tensor.dtype()), 0u);
            if (fixture["same_bytes"])
                QVERIFY(textOf(npyBytes(array->tensor)) == contentOf(path));
        }
        const bool isShared = (*parsed).tensor.bytes() == (*file)->data() + read->header.dataOffset;
        const bool isOdd = read->header.dataOffset % itemSize(read->header.dtype) != 0;
        QCOMPARE(isShared, !read->header.isSwapped && !isOdd && !read->header.shape.empty());
    }

    void everyDtypeAndShapeComesBack()
    {
        const Shape shapes[] = {{}, {0}, {1}, {7}, {2, 3}, {3, 0, 2}, {2, 3, 4}, Shape(16, 1)};
        for (const DType dtype : allDTypes) {
            for (const Shape& shape : shapes) {
                const Tensor tensor = sample(shape, dtype);
                QVERIFY(!writeNpy(at("x.npy"), tensor));
                QVERIFY(contentOf(at("x.npy")) == textOf(npyBytes(tensor)));
                const auto array = readNpy(at("x.npy"));
                QVERIFY2(array, message(array));
                QVERIFY(array->tensor.dtype() == npyDType(dtype));
                QVERIFY(array->tensor.shape() == shape);
                QVERIFY(valuesOf(array->tensor) == valuesOf(tensor));
            }
        }
    }

    void stridedTensorsAreWrittenInOrder()
    {
        const Tensor tensor = sample({4, 3, 2}, DType::Float64);
        const Tensor views[] = {tensor.restrided({2, 3, 4}, {1, 2, 6}), tensor.restrided({2, 3}, {12, 2}, 1),
                                tensor.restrided({2, 5, 2}, {1, 0, 6}), tensor.restrided({4, 1, 6}, {6, 5, 1})};
        for (const Tensor& view : views) {
            const auto array = parseNpy(bufferOf(textOf(npyBytes(view))));
            QVERIFY2(array, message(array));
            QVERIFY(valuesOf(array->tensor) == valuesOf(view));
            std::vector<std::string> visited;
            forEachElement<double>(view, [&visited](double x) {
                visited.push_back(std::to_string(std::bit_cast<std::uint64_t>(x)));
            });
            QVERIFY(visited == valuesOf(view));
        }
    }

    void bytesOfABoolOtherThanZeroAreTrue()
    {
        const std::string header = headerWith("'|b1'", "False", "(4,)");
        put(at("b.npy"), npyFile(header, std::string("\0\1\2\xff", 4)));
        const auto read = readNpy(at("b.npy"));
        const auto parsed = parseNpy(bufferOf(npyFile(header, std::string("\0\1\2\xff", 4))));
        QVERIFY(read && parsed);
        for (const Tensor& tensor : {read->tensor, parsed->tensor})
            QCOMPARE(std::memcmp(tensor.bytes(), "\0\1\1\1", 4), 0);
    }

    void hostileHeadersAreRefusedInNumPysWords()
    {
        for (const HostileHeader& row : hostileHeaders()) {
            const int major = row.header.size() > 0xffff && row.major == 1 ? 2 : row.major;
            const std::string file = npyFile(row.header, std::string(80, '\0'), major);
            const Error error = errorOf(file);
            QVERIFY2(error.message == row.message, (error.message + "\n" + row.message).c_str());
            QVERIFY2(error.kind == row.kind, row.message.c_str());
            put(at("x.npy"), file);
            const auto array = readNpy(at("x.npy"));
            QVERIFY(!array && array.error() == error);
        }
    }

    void whatIsNoLiteralIsNotParsed()
    {
        for (const std::string& header : headersThatAreNoLiterals()) {
            const Error error = errorOf(npyFile(header));
            const std::string expected = "Cannot parse header: " + pythonString(utf8FromLatin1(header));
            QVERIFY2(error.message == expected, (error.message + "\n" + expected).c_str());
            QVERIFY(error.kind == Kind::ValueError);
        }
        const std::string python2 = headerWith("'<f4'", "False", "(2L,)");
        QVERIFY(parseNpy(bufferOf(npyFile(python2))));
        QVERIFY(errorOf(npyFile(python2, "12345678", 3)).message.starts_with("Cannot parse header"));
    }

    void isStricterThanNumPy()
    {
        const auto shaped = [](const std::string& shape) {
            return errorOf(npyFile(headerWith("'<f4'", "False", shape)));
        };
        const std::string tooBig = "array is too big; `arr.size * arr.dtype.itemsize` is larger than the maximum "
                                   "possible size.";
        for (const char* shape : {"(4294967296,4294967296)", "(4294967296,2147483648)", "(3037000500,3037000500)",
                                  "(4611686018427387904,4611686018427387904,0)"})
            QCOMPARE(shaped(shape).message, tooBig);
        for (const char* shape : {"(-2,-1)", "(0,-1)", "(-99999999999999999999999,)"})
            QCOMPARE(shaped(shape).message, std::string("negative dimensions are not allowed"));
        QCOMPARE(shaped("(9223372036854775808,)").message,
                 std::string("Python int too large to convert to C long"));
        QCOMPARE(shaped("(1000000000000,)").message,
                 std::string("EOF: reading array data, expected 4000000000000 bytes got 80"));
        const std::string header = headerWith("'<f4'", "False", "(2,)");
        const std::string converted = header.substr(0, header.size() - 1) + "\r";
        QVERIFY(errorOf(npyFile(converted, "\n12345678")).message.find("line ends") != std::string::npos);
    }

    void everyTruncationIsRefused()
    {
        for (const int major : {1, 2, 3}) {
            const std::string header = headerWith("'<f8'", "False", "(3,)");
            const std::string file = npyFile(header, std::string(24, 'x'), major);
            const std::size_t width = major == 1 ? 2 : 4;
            for (std::size_t size = 0; size < file.size(); ++size) {
                const auto eof = [size](const std::string& reading, std::size_t from, std::size_t expected) {
                    return "EOF: reading " + reading + ", expected " + std::to_string(expected) + " bytes got "
                           + std::to_string(size - from);
                };
                const std::string expected
                    = size == 0 ? "No data left in file"
                      : size < 6 ? "This file contains pickled (object) data. If you trust the file you can load "
                                   "it unsafely using the `allow_pickle=` keyword argument or `pickle.load()`."
                      : size < 8 ? eof("magic string", 0, 8)
                      : size < 8 + width ? eof("array header length", 8, width)
                      : size < 8 + width + header.size() ? eof("array header", 8 + width, header.size())
                                                         : eof("array data", 8 + width + header.size(), 24);
                const Error error = errorOf(file.substr(0, size));
                QVERIFY2(error.message == expected, error.message.c_str());
                QVERIFY(error.kind == (size == 0 ? Kind::EOFError : Kind::ValueError));
            }
            QVERIFY(parseNpy(bufferOf(file)));
            QVERIFY(parseNpy(bufferOf(file + "what follows is ignored")));
        }
    }

    void othersFilesAreRefused()
    {
        const std::string good = npyFile(headerWith("'<f4'", "False", "(2,)"));
        for (const char* start : {"hello world", "\x93NUMPX\1", "\x80\4\x95", "{\"a\": 1}"})
            QVERIFY(errorOf(start + good.substr(8)).message.starts_with("This file contains pickled (object) data."));
        for (const auto& version : {std::string("\0\0", 2), std::string("\1\1", 2), std::string("\2\1", 2),
                                    std::string("\4\0", 2), std::string("\xff\xff", 2)}) {
            const std::string spelled = "(" + std::to_string(std::uint8_t(version[0])) + ", "
                                        + std::to_string(std::uint8_t(version[1])) + ")";
            QCOMPARE(errorOf("\x93NUMPY" + version + good.substr(8)).message,
                     "we only support format version (1,0), (2,0), and (3,0), not " + spelled);
        }
        QVERIFY(errorOf("PK\3\4 and so on").message.find("got NpzFile") != std::string::npos);
        const std::string lie = "\x93NUMPY" + std::string("\2\0\xff\xff\xff\xff", 6);
        QCOMPARE(errorOf(lie + "{}").message,
                 std::string("EOF: reading array header, expected 4294967295 bytes got 2"));
    }

    /// Each byte of a good file in turn becomes each of a few others: it is read or refused, no more.
    void changedBytesDoNoHarm()
    {
        const std::string file = contentOf(places::fixture("npy/float32.npy"));
        for (std::size_t i = 0; i < file.size(); ++i)
            for (const char c : {'\0', '\xff', '\x80', ' ', '\'', '(', ')', '{', '}', ',', '-', '9', 'L', '\\', '#'}) {
                std::string changed = file;
                changed[i] = c;
                const auto array = parseNpy(bufferOf(changed));
                QVERIFY(!array || array->tensor.size() * 4 <= std::int64_t(file.size()));
            }
    }

    void unreadableFilesNamePathAndCause()
    {
        fs::create_directory(at("folder"));
        QCOMPARE(mkfifo(at("pipe").c_str(), 0600), 0);
        fs::create_symlink(at("nowhere"), at("dangling"));
        fs::create_symlink("loop", at("loop"));
        const auto plain = [this](const char* name, const char* why) {
            return "cannot read " + at(name).string() + ": " + why;
        };
        const auto python = [this](const char* name, const char* why) {
            return std::string(why) + ": '" + at(name).string() + "'";
        };
        const std::tuple<const char*, std::string, std::string> rows[] = {
            {"missing", plain("missing", "No such file or directory"),
             python("missing", "[Errno 2] No such file or directory")},
            {"dangling", plain("dangling", "No such file or directory"),
             python("dangling", "[Errno 2] No such file or directory")},
            {"folder", plain("folder", "it is a folder"), python("folder", "[Errno 21] Is a directory")},
            {"pipe", plain("pipe", "it is a pipe"), plain("pipe", "it is a pipe")},
            {"loop", plain("loop", "Too many levels of symbolic links"),
             python("loop", "[Errno 40] Too many levels of symbolic links")},
        };
        for (const auto& [name, file, npy] : rows) {
            QCOMPARE(readFile(at(name)).error(), fileError(file));
            QCOMPARE(readNpy(at(name)).error(), fileError(npy));
        }
        QCOMPARE(readFile("/dev/zero").error(), fileError("cannot read /dev/zero: it is a device"));
        QCOMPARE(readNpy("data/w.npy").error(),
                 fileError("[Errno 2] No such file or directory: 'data/w.npy'"));
        for (const char* name : {"w.npz", "w.npz:member"})
            QCOMPARE(readNpy(name).error(), fileError("[Errno 2] No such file or directory: 'w.npz'"));
    }

    void hugeSparseFilesCostNothing()
    {
        put(at("small.npy"), npyFile(headerWith("'<f4'", "False", "(2,)")));
        put(at("huge.npy"), npyFile(headerWith("'<f4'", "False", "(1000000000000,)")));
        for (const char* name : {"small.npy", "huge.npy"})
            QCOMPARE(truncate(at(name).c_str(), 5'000'000'000'000), 0);
        const auto array = readNpy(at("small.npy"));
        QVERIFY2(array, message(array));
        QCOMPARE(array->tensor.size(), 2);
        const Error error = readNpy(at("huge.npy")).error();
        QVERIFY(error.kind == Kind::MemoryError);
        QCOMPARE(error.message, std::string("Unable to allocate 4000000000000 bytes for an array with shape "
                                            "(1000000000000,) and data type float32"));
        QVERIFY(readFile(at("huge.npy"), std::numeric_limits<std::uint64_t>::max()).error().kind == Kind::MemoryError);
        QVERIFY2(readFile(at("huge.npy")).error().message.ends_with(" bytes, and no more than 4294967295 are read"),
                 readFile(at("huge.npy")).error().message.c_str());
    }

    void strangeNamesAreReadWrittenAndReported()
    {
        const Tensor tensor = sample({2, 3}, DType::Int16);
        const std::string names[] = {"ünïcödé.npy", "new\nline.npy", "not \xff utf8.npy", "-rf.npy", " .npy",
                                     std::string(251, 'x') + ".npy"};
        for (const std::string& name : names) {
            for (int time = 0; time < 2; ++time)
                QVERIFY(!writeNpy(at(name.c_str()), tensor));
            const auto array = readNpy(at(name.c_str()));
            QVERIFY2(array, message(array));
            QVERIFY(valuesOf(array->tensor) == valuesOf(tensor));
        }
        const fs::path nowhere = "/nowhere/new\nline \xff";
        QCOMPARE(readNpy(nowhere).error().message,
                 std::string("[Errno 2] No such file or directory: '/nowhere/new\\nline \\udcff'"));
        QCOMPARE(writeNpy(nowhere, tensor)->message,
                 std::string("cannot write /nowhere/new\\nline \\xff: No such file or directory"));
    }

    void readingSurvivesSignalsAndShortReads()
    {
        const Tensor tensor = sample({100}, DType::Float64);
        FaultyFileSystem faulty;
        faulty.isInterrupted = true;
        faulty.mostAtOnce = 3;
        QVERIFY(!writeNpy(at("x.npy"), tensor));
        const auto array = readNpy(at("x.npy"));
        QVERIFY2(array, message(array));
        QVERIFY(valuesOf(array->tensor) == valuesOf(tensor));
    }

    void everyFailingCallWhileReadingIsReported()
    {
        QVERIFY(!writeNpy(at("x.npy"), sample({20000}, DType::Float64)));
        std::size_t failures = 0;
        for (std::size_t call = 0;; ++call) {
            FaultyFileSystem faulty;
            faulty.fault = {call, EIO};
            const auto array = readNpy(at("x.npy"));
            const auto file = readFile(at("x.npy"));
            if (call >= faulty.calls.size())
                break;
            if (array && file) {
                QCOMPARE(faulty.calls[call], std::string("close"));  // Nothing is lost by that.
                continue;
            }
            ++failures;
            const std::string text = array ? file.error().message : array.error().message;
            QVERIFY2(text.find("Input/output error") != std::string::npos, text.c_str());
            QVERIFY2(text.find(at("x.npy").string()) != std::string::npos, text.c_str());
        }
        QVERIFY(failures >= 8);
    }

    void fileThatShrinksWhileItIsReadIsReported()
    {
        class Shrinking : public FileSystem {
            int fstat(int file, struct stat& status) override
            {
                const int result = FileSystem::fstat(file, status);
                status.st_size += 10;
                return result;
            }
        } shrinking;
        put(at("x"), "content");
        const FileSystemReplacement replacement(shrinking);
        QCOMPARE(readFile(at("x")).error().message,
                 "cannot read " + at("x").string() + ": it became shorter while it was read");
    }

    /// Whichever call fails, once or for ever: the file is the old one or the new one.
    void everyFailingCallWhileSavingLeavesOldOrNew_data()
    {
        QTest::addColumn<bool>("isForever");
        QTest::addColumn<bool>("isNew");
        QTest::addColumn<bool>("lacksNamelessFiles");
        for (const bool isForever : {false, true})
            for (const bool isNew : {false, true})
                for (const bool lacks : {false, true})
                    QTest::addRow("%s, %s, %s", isForever ? "for ever" : "once", isNew ? "new" : "replaced",
                                  lacks ? "named" : "nameless")
                        << isForever << isNew << lacks;
    }

    void everyFailingCallWhileSavingLeavesOldOrNew()
    {
        QFETCH(bool, isForever);
        QFETCH(bool, isNew);
        QFETCH(bool, lacksNamelessFiles);
        const std::string before(5000, 'a');
        const std::string after(7000, 'b');
        bool wasEverReplaced = false;
        for (std::size_t call = 0;; ++call) {
            init();
            if (!isNew)
                put(at("x"), before);
            FaultyFileSystem faulty;
            faulty.mostAtOnce = 3000;
            faulty.lacksNamelessFiles = lacksNamelessFiles;
            faulty.fault = {call, EIO, isForever};
            const Failure failure = saveAtomically(at("x"), bytes(after));
            const bool isOld = isNew ? !fs::exists(at("x")) : contentOf(at("x")) == before;
            QVERIFY(isOld || contentOf(at("x")) == after);
            if (call >= faulty.calls.size()) {
                QVERIFY2(!failure, message(failure));
                QVERIFY(!isOld);
                break;
            }
            wasEverReplaced |= !isOld;
            if (failure)
                QCOMPARE(failure->message, "cannot write " + at("x").string() + ": Input/output error");
            else
                QVERIFY(!isOld);
            if (!isForever)
                QVERIFY(strangersIn(at(""), {"x"}).empty());
        }
        QVERIFY(wasEverReplaced);  // By a save whose folder could not be brought to the disk.
    }

    void fullDiskKeepsTheOldFile()
    {
        for (const std::size_t free : {0u, 1u, 127u, 128u, 4000u, 8127u}) {
            put(at("x.npy"), "old");
            FaultyFileSystem faulty;
            faulty.freeBytes = free;
            const Failure failure = writeNpy(at("x.npy"), sample({1000}, DType::Int64));
            QVERIFY(failure && failure->kind == Kind::File);
            QCOMPARE(failure->message, "cannot write " + at("x.npy").string() + ": No space left on device");
            QCOMPARE(contentOf(at("x.npy")), std::string("old"));
            QVERIFY(strangersIn(at(""), {"x.npy"}).empty());
        }
    }

    void contentReachesTheDiskBeforeItsName()
    {
        for (const bool lacksProc : {false, true}) {
            put(at("x"), "old");
            FaultyFileSystem faulty;
            faulty.lacksProc = lacksProc;
            const Failure failure = saveAtomically(at("x"), bytes("new"));
            QVERIFY2(!failure, message(failure));
            QCOMPARE(contentOf(at("x")), std::string("new"));
            std::vector<std::string> steps;
            for (const std::string& call : faulty.calls)
                if (call == "write" || call == "fsync" || call == "rename")
                    steps.push_back(call);
            std::vector<std::string> expected = {"write", "fsync", "rename", "fsync"};
            if (lacksProc)  // What was written without a name cannot get one, and is written again.
                expected.insert(expected.begin(), {"write", "fsync"});
            QVERIFY(steps == expected);
            QVERIFY(strangersIn(at(""), {"x"}).empty());
        }
    }

    void draftThatMemoryRunsOutForIsNotLeftBehind()
    {
        put(at("x"), "old");
        const auto content = bytes("new");
        const std::span<const std::byte> parts[] = {content};
        const auto runOut = []() -> Failure { throw std::bad_alloc(); };
        QVERIFY_THROWS_EXCEPTION(std::bad_alloc, (void)saveAtomically(at("x"), parts, runOut));
        QCOMPARE(contentOf(at("x")), std::string("old"));
        QVERIFY(strangersIn(at(""), {"x"}).empty());
    }

    void draftsOfDeadProcessesAreSweptAway()
    {
        const QTemporaryDir folder;
        QProcess dead;
        dead.start(QStringLiteral("/bin/true"), QStringList());
        const qint64 id = dead.processId();
        QVERIFY(dead.waitForFinished());
        const QString ours = QStringLiteral(".chainrule-%1-3.tmp").arg(QCoreApplication::applicationPid());
        const QString living = QStringLiteral(".chainrule-1-3.tmp");
        const QString theirs = QStringLiteral(".chainrule-%1-3.tmp").arg(id);
        const QStringList kept = {ours, living, theirs + QLatin1Char('x'), QStringLiteral(".chainrule-%1-.tmp").arg(id),
                                  QStringLiteral(".chainrule--3.tmp"), QStringLiteral("a.chainrule")};
        for (const QString& name : kept + QStringList(theirs)) {
            QFile file(folder.filePath(name));
            QVERIFY(file.open(QIODevice::WriteOnly));
        }
        sweepDrafts(folder.path().toStdString());
        QStringList left = QDir(folder.path()).entryList(QDir::Files | QDir::Hidden);
        QStringList expected = kept;
        left.sort();
        expected.sort();
        QCOMPARE(left, expected);
    }

    void modeAndLinksAreKept()
    {
        fs::create_directory(at("data"));
        put(at("data/real"), "old");
        fs::permissions(at("data/real"), fs::perms(0640));
        fs::create_symlink("data/real", at("near"));
        fs::create_symlink(at("near"), at("far"));
        fs::create_symlink("data/later", at("dangling"));
        QVERIFY(!saveAtomically(at("far"), bytes("new")));
        QVERIFY(!saveAtomically(at("dangling"), bytes("made")));
        for (const char* link : {"near", "far", "dangling"})
            QVERIFY(fs::is_symlink(at(link)));
        QCOMPARE(contentOf(at("data/real")), std::string("new"));
        QCOMPARE(int(fs::status(at("data/real")).permissions()), 0640);
        QCOMPARE(contentOf(at("data/later")), std::string("made"));

        const mode_t before = umask(027);
        QVERIFY(!saveAtomically(at("fresh"), bytes("new")));
        umask(before);
        QCOMPARE(int(fs::status(at("fresh")).permissions()), 0640);
    }

    void whatMayNotBeReplacedIsRefused()
    {
        put(at("readonly"), "old");
        fs::permissions(at("readonly"), fs::perms(0444));
        fs::create_directory(at("folder"));
        QCOMPARE(mkfifo(at("pipe").c_str(), 0600), 0);
        fs::create_symlink("loop", at("loop"));
        put(at("file"), "");
        const std::pair<const char*, const char*> rows[] = {
            {"readonly", "it is read-only"},
            {"folder", "it is a folder"},
            {"pipe", "it is a pipe"},
            {"loop", "Too many levels of symbolic links"},
            {"missing/x", "No such file or directory"},
            {"file/x", "Not a directory"},
        };
        for (const auto& [name, why] : rows) {
            const Failure failure = saveAtomically(at(name), bytes("new"));
            QCOMPARE(*failure, fileError("cannot write " + at(name).string() + ": " + why));
        }
        QCOMPARE(saveAtomically("/dev/full", bytes("new"))->message,
                 std::string("cannot write /dev/full: it is a device"));
        QCOMPARE(contentOf(at("readonly")), std::string("old"));
        QVERIFY(strangersIn(at(""), {"readonly", "folder", "pipe", "loop", "file"}).empty());
    }

    void statisticsAreNumPys()
    {
        const Tensor numbers = Tensor::vector({3, -1, 0, 4, -0.0, 2.5}, DType::Float64);
        const Statistics s = statistics(numbers);
        QCOMPARE(s.count, 6);
        QCOMPARE(s.zeros, 2);
        QCOMPARE(std::get<double>(*s.min), -1.0);
        QCOMPARE(std::get<double>(*s.max), 4.0);
        QVERIFY(std::abs(*s.mean - 1.4166666666666667) < 1e-15);
        QVERIFY(std::abs(*s.std - 1.8352262954621035) < 1e-15);
        const Statistics every = statistics(numbers.restrided({3, 2}, {2, 0}));
        QCOMPARE(every.count, 6);
        QVERIFY(std::abs(*every.mean - 1.0) < 1e-15);

        const double infinity = std::numeric_limits<double>::infinity();
        const double nan = std::numeric_limits<double>::quiet_NaN();
        const Statistics odd = statistics(Tensor::vector({nan, infinity, 1, -infinity, 0, nan}, DType::Float16));
        QCOMPARE(odd.nans, 2);
        QCOMPARE(odd.infinities, 2);
        QCOMPARE(odd.zeros, 1);
        QCOMPARE(std::get<double>(*odd.min), -infinity);
        QCOMPARE(std::get<double>(*odd.max), infinity);
        QVERIFY(std::isnan(*odd.mean) && std::isnan(*odd.std));
        QCOMPARE(*statistics(Tensor::vector({1, infinity, 2})).mean, infinity);
        QCOMPARE(*statistics(Tensor::vector({-infinity, -infinity})).mean, -infinity);
        QCOMPARE(*statistics(Tensor::vector({1e308, -1e308}, DType::Float64)).mean, 0.0);

        for (const Tensor& none : {Tensor::vector({nan, nan}), sample({0, 3}, DType::Int32)})
            QVERIFY(!statistics(none).min && !statistics(none).max);
        QVERIFY(!statistics(sample({0}, DType::Float32)).mean && !statistics(sample({0}, DType::Float32)).std);
        QVERIFY(std::isnan(*statistics(Tensor::vector({nan, nan})).mean));
    }

    void statisticsKnowEveryDtype()
    {
        for (const DType dtype : allDTypes) {
            const Statistics s = statistics(sample({3, 4}, dtype));
            QCOMPARE(s.count, 12);
            QCOMPARE(as<double>(*s.min), 0.0);
            QCOMPARE(as<double>(*s.max), dtype == DType::Bool ? 1.0 : 6.0);
        }
        Tensor wide = Tensor::uninitialized({2}, DType::Int64);
        wide.writable<std::int64_t>()[0] = std::numeric_limits<std::int64_t>::max();
        wide.writable<std::int64_t>()[1] = std::numeric_limits<std::int64_t>::max() - 1;
        QCOMPARE(std::get<std::int64_t>(*statistics(wide).min), std::numeric_limits<std::int64_t>::max() - 1);
        QCOMPARE(*statistics(Tensor::scalar(2.0)).std, 0.0);
    }

    void impossibleShapesAreRefused()
    {
        const std::int64_t big = std::int64_t(1) << 62;
        QCOMPARE(checked({0, big, big})->message, std::string("Stride calculation overflowed"));
        QVERIFY(checked({big, big, 0})->message.starts_with("Storage size calculation overflowed with sizes="));
        QVERIFY(!checked({big, 0, 2}));
        QVERIFY(contiguousStrides({big, 0, 4}) == Strides({4, 4, 1}));
    }
};

QTEST_GUILESS_MAIN(IoTest)
#include "tst_io.moc"
