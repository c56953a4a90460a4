# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DBUILD=FOLDER -P check_no_qt.cmake: the command line and the engine load no Qt, directly or through others.
cmake_minimum_required(VERSION 3.25)

file(GLOB_RECURSE engines ${BUILD}/lib/chainrule/libchainrule_engine.so)
if(NOT engines)
    message(FATAL_ERROR "${BUILD} has no engine")
endif()
foreach(file IN ITEMS ${BUILD}/bin/chainrule LISTS engines)
    execute_process(COMMAND ldd ${file} OUTPUT_VARIABLE libraries COMMAND_ERROR_IS_FATAL ANY)
    if(libraries MATCHES "(libQt[^\n]*|[^\n]*not found)")
        message(SEND_ERROR "${file} loads ${CMAKE_MATCH_1}")
    endif()
endforeach()
if(NOT libraries MATCHES "libc\\.so")
    message(SEND_ERROR "ldd does not list what it should:\n${libraries}")
endif()
