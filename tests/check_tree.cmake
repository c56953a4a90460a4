# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DROOT=FOLDER -P check_tree.cmake: the tree holds what it is agreed to hold, and each file begins as it should.
cmake_minimum_required(VERSION 3.25)
set(folders app engine installer resources tests widgets)
set(top ${folders} .ci .clang-format .clang-tidy .editorconfig .gitattributes .gitignore
    CHANGELOG.md CMakeLists.txt CMakePresets.json CONTRIBUTING.md LICENSE README.md
    .git build out)  # These last three are not part of it.

file(GLOB entries LIST_DIRECTORIES true RELATIVE ${ROOT} ${ROOT}/* ${ROOT}/.*)
foreach(entry IN LISTS entries)
    if(NOT entry IN_LIST top)
        message(SEND_ERROR "${entry} has no place at the top of the tree")
    endif()
endforeach()

foreach(folder IN LISTS folders)
    file(GLOB inner LIST_DIRECTORIES true RELATIVE ${ROOT} ${ROOT}/${folder}/*)
    foreach(candidate IN ITEMS ${folder} LISTS inner)
        if(IS_DIRECTORY ${ROOT}/${candidate} AND NOT candidate MATCHES "/__pycache__$"
           AND NOT EXISTS ${ROOT}/${candidate}/README.md)
            message(SEND_ERROR "${candidate} has no README.md that says what it is for")
        endif()
    endforeach()
endforeach()

file(GLOB code LIST_DIRECTORIES false ${ROOT}/.ci/run ${ROOT}/installer/[a-z]* ${ROOT}/tests/[a-z]*)  # Scripts have no suffix.
list(FILTER code INCLUDE REGEX "/[a-z_]+$")
foreach(folder IN LISTS folders)
    file(GLOB_RECURSE sources ${ROOT}/${folder}/*.h ${ROOT}/${folder}/*.cpp ${ROOT}/${folder}/*.py
        ${ROOT}/${folder}/*.sh ${ROOT}/${folder}/*.cmake ${ROOT}/${folder}/CMakeLists.txt)
    list(APPEND code ${sources})
endforeach()
foreach(file IN LISTS code ITEMS ${ROOT}/CMakeLists.txt)
    file(STRINGS ${file} start LIMIT_COUNT 2)
    if(NOT start MATCHES "(#|//) SPDX-License-Identifier: GPL-3\\.0-or-later")
        message(SEND_ERROR "${file} does not begin with its SPDX line")
    endif()
    if(file MATCHES "\\.h$")
        file(STRINGS ${file} guard REGEX "^#pragma once$")
        if(NOT guard)
            message(SEND_ERROR "${file} has no #pragma once")
        endif()
    endif()
endforeach()

# Nothing knows the machine that it was written on.
list(TRANSFORM folders PREPEND ${ROOT}/)
file(GLOB files LIST_DIRECTORIES false ${ROOT}/* ${ROOT}/.*)
list(FILTER files EXCLUDE REGEX "/\\.git$")  # In a worktree it is a file.
execute_process(
    COMMAND grep -rIHnE --exclude-dir=__pycache__ "(^|[^A-Za-z0-9._~/-])/(home|root|work|Users)/"
        ${folders} ${ROOT}/.ci ${files}
    RESULT_VARIABLE status OUTPUT_VARIABLE offences)
if(NOT status EQUAL 1)  # 1: no line found.
    message(SEND_ERROR "Paths of one machine:\n${offences}")
endif()
