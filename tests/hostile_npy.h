// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"

#include <string>
#include <vector>

/// The header of a .npy file with 80 bytes of data behind it, and why it is refused. The messages are
/// NumPy 2.4.6's and PyTorch 2.13's own, but for our limit of 16 dimensions.
struct HostileHeader {
    std::string header;
    chainrule::Error::Kind kind;
    std::string message;
    int major = 1;
};

inline std::string headerWith(const std::string& descr, const std::string& order, const std::string& shape)
{
    return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

inline std::vector<HostileHeader> hostileHeaders()
{
    using Kind = chainrule::Error::Kind;
    const auto shaped = [](const std::string& shape) { return headerWith("'<f4'", "False", shape); };
    const auto typed = [](const std::string& descr) { return headerWith(descr, "False", "(2,)"); };
    const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}";
    const std::string supported = " The only supported types are: float64, float32, float16, complex64, "
                                  "complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and "
                                  "bool.";
    const std::string ours = " The only supported types are: float64, float32, float16, int64, int32, "
                             "int16, int8, uint8, and bool.";
    const std::string tooBig = "array is too big; `arr.size * arr.dtype.itemsize` is larger than the maximum "
                               "possible size.";
    const std::string objects = "Object arrays cannot be loaded when allow_pickle=False";
    const auto large = [](std::size_t length) {
        return "Header info length (" + std::to_string(length)
               + ") is large and may not be safe to load securely.\nTo allow loading, adjust "
                 "`max_header_size` or fully trust the `.npy` file using `allow_pickle=True`.\nFor safety "
                 "against large resource use or crashes, sandboxing may be necessary.\n"
                 "No more than 10000 characters are read.";
    };
    const auto noArray = [](const std::string& type) { return "can't convert np.ndarray of type numpy." + type + "."; };

    std::vector<HostileHeader> rows = {
        {"[1,2]", Kind::ValueError, "Header is not a dictionary: [1, 2]"},
        {"'abc'", Kind::ValueError, "Header is not a dictionary: 'abc'"},
        {"1", Kind::ValueError, "Header is not a dictionary: 1"},
        {"()", Kind::ValueError, "Header is not a dictionary: ()"},
        {"None", Kind::ValueError, "Header is not a dictionary: None"},
        {"{}", Kind::ValueError, "Header does not contain the correct keys: []"},
        {"{'descr': '<f4'}\n", Kind::ValueError, "Header does not contain the correct keys: ['descr']"},
        {"{'descr': '<f4', 'fortran_order': False, 'shapo': (2,), }", Kind::ValueError,
         "Header does not contain the correct keys: ['descr', 'fortran_order', 'shapo']"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", Kind::ValueError,
         "Header does not contain the correct keys: ['descr', 'fortran_order', 'shape', 'x']"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), \"it's\": 1}", Kind::ValueError,
         "Header does not contain the correct keys: ['descr', 'fortran_order', \"it's\", 'shape']"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), '\xe9\x80\xa0': 1}", Kind::ValueError,
         "Header does not contain the correct keys: ['descr', 'fortran_order', 'shape', 'é\\x80\\xa0']"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), '∂': 1}", Kind::ValueError,
         "Header does not contain the correct keys: ['descr', 'fortran_order', 'shape', '∂']", 3},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), '\xff': 1}", Kind::ValueError,
         "'utf-8' codec can't decode byte 0xff in position 57: invalid start byte", 3},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), '\xe9': 1}", Kind::ValueError,
         "'utf-8' codec can't decode byte 0xe9 in position 57: invalid continuation byte", 3},
        {"{'de\\cr\\n': 1, 'b\\x41': 2}", Kind::ValueError,
         "Header does not contain the correct keys: ['bA', 'de\\\\cr\\n']"},
        {good + std::string(9946, ' '), Kind::ValueError, large(10001)},
        {good + std::string(99400, ' '), Kind::ValueError, large(99455), 2},
        {good + std::string(9946, ' '), Kind::ValueError, large(10001), 3},
        {std::string(100000, '['), Kind::ValueError, large(100000), 2},
        {std::string(100000, '('), Kind::ValueError, large(100000), 3},
        {shaped("[10]"), Kind::ValueError, "shape is not valid: [10]"},
        {shaped("2"), Kind::ValueError, "shape is not valid: 2"},
        {shaped("(2)"), Kind::ValueError, "shape is not valid: 2"},
        {shaped("(2.0,)"), Kind::ValueError, "shape is not valid: (2.0,)"},
        {shaped("(1e1,)"), Kind::ValueError, "shape is not valid: (10.0,)"},
        {shaped("('2',)"), Kind::ValueError, "shape is not valid: ('2',)"},
        {shaped("None"), Kind::ValueError, "shape is not valid: None"},
        {shaped("..."), Kind::ValueError, "shape is not valid: Ellipsis"},
        {shaped("(2, None)"), Kind::ValueError, "shape is not valid: (2, None)"},
        {shaped("((2,),)"), Kind::ValueError, "shape is not valid: ((2,),)"},
        {shaped("(2, 1.5, 'a', None, True, -3, 'it\\'s', b'x', 1e300, -0.0, [1], {}, {'a': (1,)})"),
         Kind::ValueError,
         "shape is not valid: (2, 1.5, 'a', None, True, -3, \"it's\", b'x', 1e+300, -0.0, [1], {}, {'a': (1,)})"},
        {shaped(std::string(150, '(') + "2" + std::string(150, ')')), Kind::ValueError, "shape is not valid: 2"},
        {shaped("(True,)"), Kind::TypeError, "an integer is required"},
        {shaped("(-1,)"), Kind::ValueError, "negative dimensions are not allowed"},
        {shaped("(- 2,)"), Kind::ValueError, "negative dimensions are not allowed"},
        {shaped("(-2,3)"), Kind::ValueError, "negative dimensions are not allowed"},
        {shaped("(99,)"), Kind::ValueError, "EOF: reading array data, expected 396 bytes got 80"},
        {shaped("(3,7)"), Kind::ValueError, "EOF: reading array data, expected 84 bytes got 80"},
        {shaped("(9223372036854775807,)"), Kind::ValueError, tooBig},
        {shaped("(0, 9223372036854775807)"), Kind::ValueError, tooBig},
        {shaped("(100000000000000000000000000,)"), Kind::OverflowError,
         "Python int too large to convert to C long"},
        {headerWith("'<f4'", "0", "(2,)"), Kind::ValueError, "fortran_order is not a valid bool: 0"},
        {headerWith("'<f4'", "None", "(2,)"), Kind::ValueError, "fortran_order is not a valid bool: None"},
        {headerWith("'<f4'", "'False'", "(2,)"), Kind::ValueError,
         "fortran_order is not a valid bool: 'False'"},
        {headerWith("'<q9'", "0", "[1]"), Kind::ValueError, "shape is not valid: [1]"},
        {headerWith("'<q9'", "0", "(1,)"), Kind::ValueError, "fortran_order is not a valid bool: 0"},
        {headerWith("'|O'", "False", "(0,)"), Kind::ValueError, objects},
        {headerWith("'|O'", "False", "(-1,)"), Kind::ValueError, objects},
        {typed("'O8'"), Kind::ValueError, objects},
        {typed("'T'"), Kind::ValueError, objects},
        {typed("[('a', '<f4'), ('b', '|O')]"), Kind::ValueError, objects},
        {typed("[('a', [('c', '|O')])]"), Kind::ValueError, objects},
        {typed("[('O', '<f4')]"), Kind::TypeError, noArray("void") + supported},
        {typed("[('a', '<f4')]"), Kind::TypeError, noArray("void") + supported},
        {typed("'<f4,<f4'"), Kind::TypeError, noArray("void") + supported},
        {typed("[]"), Kind::TypeError, noArray("void") + supported},
        {typed("'|V4'"), Kind::TypeError, noArray("void") + supported},
        {typed("'|S3'"), Kind::TypeError, noArray("bytes_") + supported},
        {typed("'<U3'"), Kind::TypeError, noArray("str_") + supported},
        {typed("'<M8[ns]'"), Kind::TypeError, noArray("datetime64") + supported},
        {typed("'<m8'"), Kind::TypeError, noArray("timedelta64") + supported},
        {typed("'<f16'"), Kind::TypeError, noArray("longdouble") + supported},
        {typed("'<c32'"), Kind::TypeError, noArray("clongdouble") + supported},
        {typed("'<c8'"), Kind::TypeError, noArray("complex64") + ours},
        {typed("'<c16'"), Kind::TypeError, noArray("complex128") + ours},
        {typed("'<u2'"), Kind::TypeError, noArray("uint16") + ours},
        {typed("'>u4'"), Kind::TypeError, noArray("uint32") + ours},
        {typed("'L'"), Kind::TypeError, noArray("uint64") + ours},
        {shaped("(" + std::string("1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1") + ")"), Kind::RuntimeError,
         "Chainrule supports tensors with at most 16 dimensions (got 17)"},
    };
    for (const char* descr : {"'<q9'", "'<f3'", "''", "'<'", "' <f4'", "'<f4 '", "'<F4'", "'Float32'", "'<i16'",
                              "'<float32'", "'bfloat16'", "'<bf2'", "None", "4", "True", "b'<f4'"})
        rows.push_back({typed(descr), Kind::ValueError,
                        "descr is not a valid dtype descriptor: " + std::string(descr)});
    return rows;
}

/// No literals of Python, or not of the kind that is read: all are refused as a header that cannot be
/// parsed, quoted as Python quotes it. Of some NumPy says "malformed node", with an address.
inline std::vector<std::string> headersThatAreNoLiterals()
{
    const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}";
    const auto shaped = [](const std::string& shape) { return headerWith("'<f4'", "False", shape); };
    return {
        "", "   \n", "not a dict\n", "{", "}", "{,}", "(", ")", "[}", "{'a'}", "{'a':}", "{'a': 1, 'b'}",
        "{[]: 1}", good + " x", good + "; import os", good + "\nx=1\n", good + std::string(1, '\0'),
        "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}", "{'descr': '<f4', 'fortran_order': False,,}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)", "{'descr': '<f4",
        "{'descr': '<f4\n', 'fortran_order': False, 'shape': (2,)}", "{**{}, 'a': 1}",
        "__import__('os').system('id')", headerWith("__import__('os').system('id')", "False", "(2,)"),
        headerWith("'<f4'", "not True", "(2,)"), headerWith("'<f4'", "false", "(2,)"),
        headerWith("'<f4'", "TRUE", "(2,)"), headerWith("f'<f4'", "False", "(2,)"),
        headerWith("'\\u1234'", "False", "(2,)"), headerWith("'\\", "False", "(2,)"),
        shaped("(1+1,)"), shaped("(1,)*2"), shaped("(--2,)"), shaped("(~2,)"), shaped("(2,,)"), shaped("(,)"),
        shaped("(2 3)"), shaped("(2,3"), shaped("(02,)"), shaped("(2l,)"), shaped("(0x,)"), shaped("(1__0,)"),
        shaped("(1_,)"), shaped("(x,)"), shaped("(lambda: 2,)"), shaped("(-,)"), shaped("(1e,)"), shaped("(.,)"),
        shaped("(" + std::string(5000, '9') + ",)"), std::string(20, '\0'), std::string(5000, '('),
        std::string(5000, '['), std::string(300, '[') + std::string(300, ']'), "\xff\xfe\x01 binary",
        shaped(std::string(250, '(') + "2" + std::string(250, ')')),
    };
}
