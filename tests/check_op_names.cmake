# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DROOT=FOLDER -DPROGRAM=FILE -P check_op_names.cmake: what an operation is called stands in engine/ops and nowhere else in
# the programs, so that everything that knows operations reads their records.
cmake_minimum_required(VERSION 3.25)

# Words of other languages that are names of operations, too: file, word, and what it is there.
set(others
    engine/codegen/python_names.cpp numpy   # a module of Python
    engine/io/document_reader.cpp   zeros   # how gradients are zeroed
    engine/io/document_reader.cpp   to      # a key of documents
    engine/io/document_writer.cpp   to
    engine/io/edit_json.cpp         to
    engine/io/edit_json.cpp         add     # an edit
    app/cli/export_arguments.cpp    dot     # Graphviz
    app/cli/export_command.cpp      dot)

execute_process(COMMAND ${PROGRAM} ops --json RESULT_VARIABLE status OUTPUT_VARIABLE catalogue)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "chainrule ops --json: exit status ${status}")
endif()
string(JSON count LENGTH "${catalogue}" ops)
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
    string(JSON name GET "${catalogue}" ops ${i} name)
    list(APPEND names ${name})
endforeach()

string(REPLACE ";" "|" any "${names}")
string(REPLACE "." "\\." any "${any}")
# A string that is a name, or any name that is looked up: that of an operation which only rules use.
execute_process(
    COMMAND grep -rnE --include=*.cpp --include=*.h "\"(${any})\"|(findOp|operation)\\(\"" engine app widgets
    WORKING_DIRECTORY ${ROOT} OUTPUT_VARIABLE found)
string(REPLACE ";" "," found "${found}")
string(REPLACE "[" "(" found "${found}")
string(REPLACE "]" ")" found "${found}")
string(REPLACE "\n" ";" lines "${found}")
foreach(line IN LISTS lines)
    # The records; comments; what people read, which tr() brings; the picture of a button; an edit in the words of --help.
    if(line STREQUAL "" OR line MATCHES "^engine/ops/" OR line MATCHES "^[^\"]*//" OR line MATCHES "(tr|icon\\(QStringLiteral)\\(\"" OR line MATCHES "^[^:]*:[0-9]*:  {\"")
        continue()
    endif()
    string(REGEX REPLACE ":.*" "" file "${line}")
    string(REGEX MATCHALL "\"(${any})\"" quoted "${line}")
    set(isOther FALSE)
    foreach(word IN LISTS quoted)
        string(REPLACE "\"" "" word "${word}")
        set(rest ${others})
        set(isOther FALSE)
        while(rest)
            list(POP_FRONT rest place known)
            if(place STREQUAL file AND known STREQUAL word)
                set(isOther TRUE)
                break()
            endif()
        endwhile()
        if(NOT isOther)
            break()
        endif()
    endforeach()
    if(NOT isOther)
        message(SEND_ERROR "names an operation: ${line}")
    endif()
endforeach()
